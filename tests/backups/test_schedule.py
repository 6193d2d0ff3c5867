"""When a backup is due, and which old ones stay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pantau.backups.models import Plan
from pantau.backups.names import archive_name, moment_in
from pantau.backups.schedule import is_overdue, kept, may_begin, next_due_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAILY = Plan(enabled=True, every_hours=24)
MOMENTS = st.lists(st.integers(0, 800 * 24).map(lambda hours: NOW - timedelta(hours=hours)))


def test_due_follows_the_last_success_and_not_the_start_of_a_process() -> None:
    success_at = NOW - timedelta(hours=23)
    due_at = next_due_at(DAILY, success_at, since=NOW - timedelta(days=9))
    assert due_at == NOW + timedelta(hours=1)
    assert not may_begin(due_at, None, NOW)
    assert may_begin(due_at, None, NOW + timedelta(hours=1))


def test_without_a_success_the_first_is_due_when_the_plan_was_made() -> None:
    assert next_due_at(DAILY, None, since=NOW) == NOW
    assert next_due_at(Plan(), None, since=NOW) is None


def test_a_failure_is_tried_again_after_an_hour() -> None:
    assert not may_begin(NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=60))
    assert may_begin(NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=61))


def test_three_hours_late_is_overdue() -> None:
    assert not is_overdue(NOW, NOW + timedelta(hours=3))
    assert is_overdue(NOW, NOW + timedelta(hours=3, seconds=1))
    assert not is_overdue(None, NOW)


def test_a_year_of_daily_backups_becomes_days_weeks_and_months() -> None:
    moments = [NOW - timedelta(days=days) for days in range(365)]
    stay = kept(moments, Plan(keep_daily=7, keep_weekly=4, keep_monthly=6))
    assert len([at for at in stay if NOW - at < timedelta(days=7)]) == 7
    assert len({(at.year, at.month) for at in stay}) == 6
    assert len(stay) <= 7 + 4 + 6


@given(MOMENTS, st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_the_newest_always_stays_and_no_more_than_was_asked_for(
    moments: list[datetime], days: int, weeks: int, months: int
) -> None:
    stay = kept(moments, Plan(keep_daily=days, keep_weekly=weeks, keep_monthly=months))
    assert stay <= set(moments)
    assert len(stay) <= days + weeks + months
    assert not moments or max(moments) in stay


def test_only_what_is_called_like_a_backup_is_one() -> None:
    assert moment_in(archive_name(NOW, "none")) == NOW
    assert moment_in(archive_name(NOW, "passphrase")) == NOW
    for name in (
        "../pantau-backup-20260301T120000Z.tar",
        "pantau-backup-20269901T120000Z.tar",
        "pantau-before-restore-20260301T120000Z.tar",
        "pantau-backup-1.tar",
        "x",
    ):
        assert moment_in(name) is None
