"""Taking cameras from the public, and giving them back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from pantau.cameras.changes import MOST_REASON, CutOffOrder
from pantau.cameras.decisions import CutOff
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Invalid

_MOST_NAME: Final = 100


def cutting_off(
    order: CutOffOrder, who: str, *, now: datetime
) -> Callable[[StoredCamera], StoredCamera]:
    """Return what carries out `order`; raises Invalid for one that means nothing."""
    if order.until is not None and order.until <= now:
        raise Invalid("cameras.until", "This moment has passed.", field="until")
    reason = order.reason.strip()
    if not reason or len(reason) > MOST_REASON or not reason.isprintable():
        raise Invalid(
            "cameras.reason",
            f"Say why, in one line of at most {MOST_REASON} characters.",
            field="reason",
        )
    cut = CutOff(at=now, until=order.until, reason=reason, by=who[:_MOST_NAME])
    return lambda stored: _with_cut_off(stored, cut)


def restored(stored: StoredCamera) -> StoredCamera:
    """Return a camera that the public has again."""
    return _with_cut_off(stored, None)


def _with_cut_off(stored: StoredCamera, cut: CutOff | None) -> StoredCamera:
    decision = replace(stored.camera.decision, cut_off=cut)
    return replace(stored, camera=replace(stored.camera, decision=decision))
