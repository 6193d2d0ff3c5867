"""How a camera is recorded, in a line: for its page and its form, which are about other things."""

from dataclasses import dataclass

from pantau.admin.camera_words import Mark
from pantau.admin.cameras import CameraServices
from pantau.admin.recordings_needs import path_of
from pantau.admin.recordings_rows import Evidence, shown
from pantau.admin.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderLine:
    """What the recorder does and what proves it."""

    status: Mark
    why: str
    evidence: Evidence
    is_wanted: bool
    path: str
    size: str


async def recorder_line(
    services: CameraServices, camera_id: int, speak: Wording
) -> RecorderLine | None:
    """Return it; None where nobody knows anything of recorders."""
    if services.recording_of is None:
        return None
    recording = await services.recording_of(camera_id)
    row = shown(recording, speak, services.access.clock.now(), may_run=False)
    return RecorderLine(
        status=row.status,
        why=row.why,
        evidence=row.evidence,
        is_wanted=row.is_wanted,
        path=path_of(camera_id),
        size=row.size,
    )
