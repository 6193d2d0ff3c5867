"""Three ways to write a moment, one meaning."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.operations.reference_import.times import SHORT_ZONES, utc_time, zone_named

ZONES = [ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC")]
MOMENTS = st.datetimes(
    datetime(2000, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2099, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_text_of_sqlite_is_utc(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert utc_time(at.strftime("%Y-%m-%d %H:%M:%S")) == at


@given(MOMENTS)
def test_text_of_javascript_names_its_zone_whatever_else_holds(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    written = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert [utc_time(written, otherwise=zone) for zone in ZONES] == [at] * len(ZONES)


@given(MOMENTS, st.sampled_from(ZONES))
def test_local_text_is_of_the_zone_of_the_hub(at: datetime, zone: ZoneInfo) -> None:
    at = at.replace(microsecond=0)
    written = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    found = utc_time(written, otherwise=zone)
    assert (found, found.tzinfo) == (at, UTC)


@given(MOMENTS, st.integers(-12 * 60, 14 * 60))
def test_written_offset_counts(at: datetime, minutes: int) -> None:
    at = at.replace(microsecond=0)
    written = at.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert utc_time(written, otherwise=ZONES[0]) == at


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30 10:00:00",  # lesson D22: shaped well, in no calendar
        "2026-13-01 10:00:00",
        "2025-02-29T00:00:00Z",
        "2026-02-20 24:00:01",
        "2026-02-20 10:60:00",
        "0001-01-01 00:00:00",
        "1970-01-01 00:00:00",
        "2026-02-20",
        "20/02/2026 10:00",
        "10:00",
        "",
        "now",
        "undefined",
        "２０２６-02-20 10:00:00",
        None,
        0,
        1_771_000_000,
        1.5,
        b"2026-02-20 10:00:00",
        "2026-02-20 10:00:00 garbage",
        "2026-02-20 10:00:00+99:99",
    ],
)
def test_what_is_no_moment_is_refused(written: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words for some of them
        utc_time(written)


@given(st.one_of(st.text(), st.integers(), st.binary(), st.none(), st.floats()))
def test_anything_is_a_moment_in_utc_or_a_value_error(written: object) -> None:
    with contextlib.suppress(ValueError):
        assert utc_time(written, otherwise=ZONES[0]).tzinfo is UTC


def test_zones_of_indonesia_have_short_names() -> None:
    assert {zone_named(name) for name in SHORT_ZONES} == set(ZONES[:3])
    assert zone_named(" wita ") == ZONES[1]
    assert zone_named("Asia/Tokyo") == ZoneInfo("Asia/Tokyo")
    assert [zone_named(name) for name in ("", "Mars/Base", "../etc/passwd", "Asia")] == [None] * 4
