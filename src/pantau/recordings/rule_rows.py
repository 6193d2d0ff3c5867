"""Rules of footage in and out of the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select

from pantau.db.database import Reading, Writing
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rows import RuleRow
from pantau.recordings.rules import RecordingRules, schedule_from, schedule_text


async def all_rules(reading: Reading) -> dict[int, RecordingRules]:
    """Return the rules of every camera about which something was decided."""
    found = await reading.session.execute(select(RuleRow.__table__))
    return {row["camera_id"]: _rules(row) for row in found.mappings()}


async def rules_of(reading: Reading, camera_id: int) -> RecordingRules:
    """Return the rules of one camera."""
    query = select(RuleRow.__table__).where(RuleRow.camera_id == camera_id)
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return RecordingRules() if row is None else _rules(row)


async def save_rules(
    writing: Writing, camera_id: int, rules: RecordingRules, *, at: datetime
) -> None:
    """Replace the rules of a camera that is there."""
    values: dict[str, Any] = {
        "camera_id": camera_id,
        "playback": rules.playback.value,
        "preview_minutes": rules.preview_minutes,
        "quota_bytes": rules.quota_bytes,
        "schedule": schedule_text(rules.schedule),
        "sound": rules.sound,
        "updated_at": at,
    }
    await writing.session.execute(delete(RuleRow).where(RuleRow.camera_id == camera_id))
    await writing.session.execute(insert(RuleRow).values(values))
    writing.changed("recordings")
    writing.changed("playback")


def _rules(row: RowMapping) -> RecordingRules:
    return RecordingRules(
        playback=PlaybackMode(row["playback"]),
        preview_minutes=row["preview_minutes"],
        quota_bytes=row["quota_bytes"],
        schedule=schedule_from(row["schedule"]),
        sound=row["sound"],
    )
