"""When a backup is due, and which old ones stay.  Pure.

Due is judged by the last success that is on record, never by how long a process runs (lesson A12).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from pantau.backups.models import Plan

LATE_BY: Final = timedelta(hours=3)
"""How long after its time a backup may still be on its way before somebody should be told."""
RETRY_AFTER: Final = timedelta(hours=1)


def next_due_at(
    plan: Plan, last_success_at: datetime | None, *, since: datetime
) -> datetime | None:
    """Return when the next one should begin; None: nothing is planned.

    `since` is when the plan was made: without a success the first is due then.
    """
    if not plan.enabled:
        return None
    if last_success_at is None:
        return since
    return last_success_at + timedelta(hours=plan.every_hours)


def may_begin(due_at: datetime | None, last_try_at: datetime | None, now: datetime) -> bool:
    """Tell whether to begin: it is due, and the last try that failed was a while ago."""
    if due_at is None or now < due_at:
        return False
    return last_try_at is None or now - last_try_at >= RETRY_AFTER


def is_overdue(due_at: datetime | None, now: datetime) -> bool:
    """Tell whether there is no success where there should be one by now."""
    return due_at is not None and now - due_at > LATE_BY


def kept(moments: Iterable[datetime], plan: Plan) -> set[datetime]:
    """Return which backups stay: the newest, and the newest of so many days, weeks and months."""
    newest_first = sorted(set(moments), reverse=True)
    stay = set(newest_first[:1])
    rules: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (plan.keep_daily, lambda at: at.date()),
        (plan.keep_weekly, lambda at: at.isocalendar()[:2]),
        (plan.keep_monthly, lambda at: (at.year, at.month)),
    )
    for most, period in rules:
        seen: list[object] = []
        for at in newest_first:
            if len(seen) == most:
                break
            if period(at) not in seen:
                seen.append(period(at))
                stay.add(at)
    return stay
