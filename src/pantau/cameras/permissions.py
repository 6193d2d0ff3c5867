"""What may be done to which camera: areas of operators, and who describes a camera."""

from dataclasses import replace
from typing import Final

from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Conflict, Forbidden, Problem
from pantau.web.principal import Principal

_IN_SETTINGS: Final = (
    "This camera is described in pantau.toml. Change it there and restart. "
    "Who sees it, and how, can be decided here."
)


def check_area(who: Principal, area_id: int | None) -> None:
    """Raise Forbidden when `who` may not run cameras of that area."""
    if not who.may_change_area(area_id):
        raise Forbidden(
            "cameras.area", "You may change cameras of your areas only.", field="area_id"
        )


def kept_by(before: StoredCamera, after: StoredCamera) -> StoredCamera:
    """Return `after` with the keeper that it has then.

    Raises Conflict for what stands in the settings.  A camera of the demo becomes an operator's;
    the name by which the demo knows it stays, so that the demo leaves it alone.
    """
    if before.managed_by == "settings" and _as_the_settings_say(before, after) != before:
        raise in_settings()
    return adopted(after)


def adopted(stored: StoredCamera) -> StoredCamera:
    """Return a camera of the demo as an operator's; any other as it is."""
    return replace(stored, managed_by="operator") if stored.managed_by == "demo" else stored


def in_settings() -> Problem:
    """Return the refusal to change what stands in the settings."""
    return Conflict("camera.in_settings", _IN_SETTINGS)


def _as_the_settings_say(before: StoredCamera, after: StoredCamera) -> StoredCamera:
    """Return `after` without what the settings cannot say, and so do not take away."""
    camera = before.camera
    return replace(
        after,
        camera=replace(
            after.camera,
            decision=camera.decision,
            group_name=camera.group_name,
            announced_codec=camera.announced_codec,
            recorded=camera.recorded,
        ),
        enable_recording=before.enable_recording,
        recording_duration_hours=before.recording_duration_hours,
        sponsor=before.sponsor,
    )
