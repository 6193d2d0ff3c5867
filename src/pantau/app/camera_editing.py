"""Builds what people change cameras with, from the foundation and the catalogue."""

from dataclasses import dataclass

from pantau.app.foundation import Foundation
from pantau.cameras.conditions import CatalogueConditions
from pantau.cameras.editing import CameraEditor
from pantau.cameras.listing import CameraList
from pantau.cameras.probing import LiveReport, Prober
from pantau.cameras.service import Catalogue
from pantau.core.networks import policy_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEditing:
    """The parts of one process; pages and imports use the same."""

    editor: CameraEditor
    cameras: CameraList
    prober: Prober


def camera_editor(base: Foundation) -> CameraEditor:
    """Return the editor alone, for commands."""
    return CameraEditor(
        base.database,
        sealer=base.sealer,
        trail=base.trail,
        clock=base.clock,
        policy=policy_of(base.settings.media.allowed_networks),
    )


def camera_editing(
    base: Foundation, catalogue: Catalogue, *, live_report: LiveReport | None = None
) -> CameraEditing:
    """Return the parts; starts nothing.

    `live_report` tells what is known of a stream that is live, so that its camera is not asked
    once more.
    """
    cameras = CameraList(
        base.database,
        base.sealer,
        conditions=CatalogueConditions(catalogue),
        clock=base.clock,
    )
    return CameraEditing(
        editor=camera_editor(base),
        cameras=cameras,
        prober=Prober(
            clock=base.clock,
            allowed_networks=base.settings.media.allowed_networks,
            key_of=cameras.stream_key_of,
            live_report=live_report,
        ),
    )
