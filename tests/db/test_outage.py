"""A database that cannot be used is said once, and once that it can again."""

from structlog.testing import capture_logs

from pantau.core.errors import Exhausted, NotFound, Unavailable
from pantau.db.outage import Outage
from tests.support.clock import HandWoundClock

AWAY = ("database.away", "The database does not answer.")
FULL = ("database.full", "The disk of the database is full.")


def test_many_who_fail_and_many_who_are_served_are_told_as_one_outage() -> None:
    clock = HandWoundClock()
    outage = Outage(clock)
    with capture_logs() as told:
        for _ in range(5):
            outage.failed("reading", Unavailable(*AWAY))
        clock.wind(60)
        for _ in range(5):
            outage.worked("reading")
    assert [line["event"] for line in told] == ["database_unusable", "database_usable_again"]
    assert told[1]["for_s"] == 60.0
    assert outage.problem is None


def test_reading_proves_nothing_about_writing() -> None:
    outage = Outage(HandWoundClock())
    outage.failed("writing", Unavailable("database.busy", "The database is busy."))
    outage.worked("reading")
    assert outage.problem is not None
    outage.worked("writing")
    assert outage.problem is None


def test_a_full_disk_that_takes_a_small_write_is_still_full() -> None:
    clock = HandWoundClock()
    outage = Outage(clock)
    outage.failed("writing", Exhausted(*FULL))
    clock.wind(5)
    outage.worked("writing")
    assert outage.problem is not None
    clock.wind(6)
    outage.worked("writing")
    assert outage.problem is None


def test_who_waits_for_what_was_told_need_not_tell_it_and_refusals_are_no_outage() -> None:
    outage = Outage(HandWoundClock())
    refused, away = NotFound("camera.unknown", "There is no such camera."), Unavailable(*AWAY)
    outage.failed("reading", refused)
    assert (outage.problem, refused.is_told) == (None, False)
    outage.failed("reading", away)
    assert away.is_told
