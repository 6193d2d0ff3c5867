"""What many cameras can be given at once."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from pantau.cameras.changes import CameraChange
from pantau.core.errors import Invalid

ALIKE: Final = frozenset(
    {
        "area_id",
        "group_name",
        "enabled",
        "status",
        "on_demand",
        "low_latency",
        "is_tunnel",
        "transport",
        "enable_recording",
        "recording_duration_hours",
        "visibility",
        "delay_s",
        "still_only",
        "schedule",
    }
)
"""What can be the same for many; none of it is secret."""


def check_alike(change: CameraChange) -> None:
    """Raise Invalid where `change` gives something else, or nothing."""
    strange = sorted(change.given - ALIKE)
    if strange or not change.given:
        raise Invalid(
            "cameras.alike",
            "Many cameras at once can be given these only: " + ", ".join(sorted(ALIKE)) + ".",
            field=f"change.{strange[0]}" if strange else "change",
        )


def given_in(change: CameraChange) -> Mapping[str, object]:
    """Return what `change` gives, for the trail."""
    return {
        each.name: getattr(change, each.name)
        for each in fields(change)
        if each.name in change.given
    }
