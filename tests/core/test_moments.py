"""Moments that no clock shows are refused as rubbish, wherever they are typed."""

from zoneinfo import ZoneInfo

import pytest

from pantau.core.moments import local_moment, moment_of


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York"])
@pytest.mark.parametrize("written", ["0001-01-01T00:00", "9999-12-31T23:59", "1999-12-31T00:00"])
def test_the_ends_of_the_calendar_are_out_of_range(written: str, zone: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        local_moment(written, ZoneInfo(zone))
    for offset in ("+14:00", "-12:00"):
        with pytest.raises(ValueError, match="out of range"):
            moment_of(f"{written}:00{offset}")
