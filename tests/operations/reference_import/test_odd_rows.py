"""Rows that no form would have let in: each is brought or left behind with a reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.db.database import Database
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.texts import plain_text
from pantau.operations.reference_import.values import SourceRow
from tests.operations.reference_import.test_import import bring, rows
from tests.support.hub import Hub
from tests.support.reference_database import (
    INSTALLED,
    ReferenceDatabase,
    a_small_town,
    password_hash,
    watch,
)

pytestmark = pytest.mark.anyio

ANY_VALUE = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=10),
)


def town_with(tmp_path: Path) -> ReferenceDatabase:
    return ReferenceDatabase(tmp_path / "cctv.db")


async def test_people_that_cannot_sign_in_here_are_left_behind(
    database: Database, tmp_path: Path
) -> None:
    town = town_with(tmp_path)
    town.add("users", username="root", password_hash=password_hash(), role="superuser")
    town.add("users", username="ROOT", password_hash=password_hash(), role="admin")
    town.add("users", username="plain", password_hash="secret", role="admin")
    town.add("users", username=" ", password_hash=password_hash())
    town.add("users", username="x" * 51, password_hash=password_hash())
    town.add("password_history", user_id=99, password_hash=password_hash())
    town.close()
    told = await bring(Hub(database, tmp_path), tmp_path / "cctv.db")
    assert [(row["username"], row["role"]) for row in await rows(database, "users")] == [
        ("root", "viewer")
    ]
    assert told["users"].skipped == {
        "another user has the same name but for upper and lower case": 1,
        "the password hash is not one of bcrypt": 1,
        "the name is empty or longer than 50 characters": 2,
    }
    assert told["users"].adjusted == {"role: unknown value, set to viewer": 1}
    assert told["password_history"].skipped == {"its user was left behind": 1}
    assert "secret" not in str(told)


async def test_odd_cameras_come_in_a_form_that_can_be_edited(
    database: Database, tmp_path: Path
) -> None:
    town = town_with(tmp_path)
    town.run("PRAGMA foreign_keys = OFF")
    url = "rtsp://u:p@10.0.0.1/é?ß=\t1"
    town.add(
        "cameras", name="N" * 150 + "\x00\n", private_rtsp_url=url, area_id=9, enabled="true",
        status="broken", video_codec="MJPEG", recording_duration_hours=-3, latitude="north",
        longitude=12, sponsor_url="javascript:alert(1)", sponsor_logo="data:text/html,x",
        stream_key="../../etc", created_at="yesterday",
    )  # fmt: skip
    town.add("cameras", name="Web", private_rtsp_url="not an address", stream_key="web")
    town.add("cameras", name="None", private_rtsp_url="", stream_key="none")
    town.close()
    hub = Hub(database, tmp_path)
    told = (await bring(hub, tmp_path / "cctv.db"))["cameras"]
    cameras = await hub.cameras()
    odd = cameras["N" * 100]
    assert odd.camera.source.url == url
    assert (odd.camera.area_id, odd.camera.status, odd.camera.enabled) == (None, "active", True)
    assert (odd.camera.announced_codec, odd.recording_duration_hours) == (None, 5)
    assert (odd.camera.latitude, odd.camera.longitude) == (None, None)
    assert (odd.sponsor.url, odd.sponsor.logo) == (None, None)
    assert len(odd.camera.stream_key) == 36
    assert odd.created_at == hub.clock.now()
    assert cameras["Web"].camera.enabled is False
    assert told.skipped == {"it has no readable address": 1}
    assert any("Web: its address is not one of a camera" in each for each in told.remarks)


async def test_numbers_of_two_towns_do_not_mix(database: Database, tmp_path: Path) -> None:
    hub = Hub(database, tmp_path)
    a_small_town(tmp_path / "one.db").close()
    await bring(hub, tmp_path / "one.db")
    town = ReferenceDatabase(tmp_path / "two.db")
    town.add("system_settings", setting_key="installation_id", setting_value="town-2")
    town.add("cameras", name="Other", private_rtsp_url="rtsp://10.1.0.1/", stream_key="other")
    watch(town, camera_id=1, started_at="2026-02-22 08:00:00", ended_at="2026-02-22 08:00:10")
    town.close()
    told = await bring(hub, tmp_path / "two.db")
    assert told["viewer_session_history"].brought == 1
    number = (await hub.cameras())["Other"].camera.id
    assert (await rows(database, "view_history"))[-1]["camera_id"] == number == 4


async def test_views_that_end_before_they_begin_are_repaired(
    database: Database, tmp_path: Path
) -> None:
    # Defect 58.
    town = town_with(tmp_path)
    begin = "2026-02-22 08:00:00"
    watch(town, camera_id=1, started_at=begin, ended_at="2026-02-22 01:00:00", duration_seconds=40)
    watch(town, camera_id=1, started_at=begin, ended_at="2026-02-22 01:00:00", duration_seconds=-9)
    watch(town, camera_id=1, started_at=begin, ended_at="2027-02-22 08:00:00", duration_seconds=7)
    watch(town, camera_id=1, started_at="2026-02-30 08:00:00", ended_at=begin)
    watch(town, camera_id=1, started_at="2026-02-22T01:00:00.000Z", ended_at="2026-02-22 08:00:05")
    town.close()
    told = (await bring(Hub(database, tmp_path), tmp_path / "cctv.db"))["viewer_session_history"]
    assert [row["duration_s"] for row in await rows(database, "view_history")] == [40, 0, 7, 5]
    assert told.skipped == {"its times cannot be read": 1}
    assert told.adjusted["ended_at: before the begin or long after it, set by the duration"] == 3


async def test_factory_donation_page_and_map_are_left_behind(
    database: Database, tmp_path: Path
) -> None:
    town = town_with(tmp_path)
    town.add("users", username="admin", password_hash=password_hash(), created_at=INSTALLED)
    town.add("saweria_settings", id=1, saweria_link="https://v.example/", updated_at=INSTALLED)
    town.add(
        "settings", key="map_default_center", updated_at="2026-01-01 00:00:00",
        value='{"latitude":-7.1507,"longitude":111.8815,"zoom":13,"name":"Elsewhere"}',
    )  # fmt: skip
    town.add(
        "settings", key="landing_section_title", value="x" * 300, updated_at="2026-01-01 00:00"
    )
    town.close()
    told = await bring(Hub(database, tmp_path), tmp_path / "cctv.db")
    assert await rows(database, "site_values") == []
    factory = "nobody changed what the software came with"
    assert told["saweria_settings"].skipped == {factory: 1}
    assert told["settings"].skipped == {factory: 1, "its value cannot be used here": 1}


async def test_script_links_for_donations_are_left_behind(
    database: Database, tmp_path: Path
) -> None:
    # Defect 29: they were stored, and pressed.
    town = town_with(tmp_path)
    town.add("users", username="admin", password_hash=password_hash(), created_at=INSTALLED)
    town.add(
        "saweria_settings", id=1, saweria_link="javascript:alert(1)", updated_at="2026-01-01 00:00"
    )
    town.close()
    told = await bring(Hub(database, tmp_path), tmp_path / "cctv.db")
    assert await rows(database, "site_values") == []
    assert told["saweria_settings"].skipped == {"its value cannot be used here": 1}


@given(ANY_VALUE)
def test_any_value_in_any_column_becomes_something(value: object) -> None:
    report = TableReport("any")
    row = SourceRow({"id": value, "x": value, "latitude": value, "longitude": value}, report)
    text = row.text("x", most=10)
    assert len(text) <= 10
    text.encode()
    assert "\x00" not in text
    assert 1 <= row.whole("x", least=1, most=9, default=5) <= 9
    assert row.choice("x", ("a", "b"), "a") in {"a", "b"}
    latitude, longitude = row.degrees()
    assert latitude is None or (abs(latitude) <= 90 and abs(longitude or 0) <= 180)
    link = row.link("x", most=500)
    assert link is None or not link.lower().startswith("javascript:")
    assert row.moment("x", otherwise=None) is None or isinstance(value, str)
    assert isinstance(row.address("x"), str)
    assert isinstance(row.number, int)


@given(st.text(st.characters(codec="utf-8", exclude_characters="<&"), max_size=200))
def test_words_without_markup_stay_as_they_are(words: str) -> None:
    told = plain_text(f"{words}<script>alert(1)</script>")
    assert told.split() == words.split()


def test_markup_becomes_the_words_it_showed() -> None:
    assert plain_text("<p>Desa <b>Satu</b> &amp; Dua</p><ul><li>a<li>b</ul>") == (
        "Desa Satu & Dua\na\nb"
    )
    assert plain_text("a &lt;b&gt; <style>p{}</style><img onerror=x> c") == "a <b> c"
    assert plain_text("tanpa tanda") == "tanpa tanda"
