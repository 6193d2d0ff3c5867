"""The part of the cameras' rules that says who may replay them."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from pantau.db.database import Reading
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rights.values import PlaybackRule
from pantau.recordings.rows import RuleRow

_MODES: Final = frozenset(str(mode) for mode in PlaybackMode)


async def playback_rules(work: Reading) -> Mapping[int, PlaybackRule]:
    """Return what was decided, by camera; a word that nobody knows denies (lesson X11)."""
    rows = await work.session.execute(
        select(RuleRow.camera_id, RuleRow.playback, RuleRow.preview_minutes)
    )
    return {
        camera_id: PlaybackRule(
            mode=PlaybackMode(mode) if mode in _MODES else PlaybackMode.NOBODY,
            preview_minutes=minutes,
        )
        for camera_id, mode, minutes in rows
    }
