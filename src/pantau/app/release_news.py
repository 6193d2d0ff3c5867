"""How releases went, for alerts: read from the folder of releases."""

import asyncio
from pathlib import Path

from pantau.core.errors import Unavailable
from pantau.notifications.release_source import ReleaseNews, TakenBack
from pantau.operations.release.kept_watch import Noted, read_history, read_watch
from pantau.operations.release_steps.state import Outcome, read_state


async def release_news(releases_dir: Path) -> ReleaseNews:
    """Return what the watch says last, and which releases were taken back."""
    return await asyncio.to_thread(_news_in_thread, releases_dir)


def _news_in_thread(releases_dir: Path) -> ReleaseNews:
    taken_back = _taken_back(releases_dir)
    asked = read_watch(releases_dir)
    if asked is None or asked.is_over:
        # A watch that ended says no more; what it said last is told on the page.
        return ReleaseNews(taken_back=taken_back)
    verdicts = [each for each in read_history(releases_dir) if each.watch == asked.id]
    if not verdicts:
        return ReleaseNews(taken_back=taken_back)
    last = verdicts[-1].verdict
    return ReleaseNews(
        name=f"{last.version}-{last.build}",
        action=last.action.value,
        since_at=_since(verdicts).verdict.at,
        taken_back=taken_back,
    )


def _since(verdicts: list[Noted]) -> Noted:
    """Return the verdict with which the one of today began."""
    found = verdicts[-1]
    for each in reversed(verdicts):
        if each.verdict.action is not found.verdict.action:
            break
        found = each
    return found


def _taken_back(releases_dir: Path) -> tuple[TakenBack, ...]:
    try:
        deployments = read_state(releases_dir).deployments
    except Unavailable:
        return ()
    found = [
        TakenBack(id=each.id, name=each.after.name, at=each.changed_at, reason=each.sentence)
        for each in deployments
        if each.outcome is Outcome.ROLLED_BACK
    ]
    return tuple(sorted(found, key=lambda each: each.at))
