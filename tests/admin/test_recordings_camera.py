"""One camera's recordings: its days, its rules, and deleting a span of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.db.database import Database
from pantau.recordings import rule_rows
from pantau.recordings.models import PlaybackMode, Span
from pantau.recordings.recorders import RecorderStatus
from pantau.recordings.rules import RecordingRules
from tests.admin.cameras import add_camera
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.admin.recordings import keeping_on, record, recording_pages_on, report

pytestmark = pytest.mark.anyio
HERE = "/admin/recordings/1"
FORM: dict[str, object] = {
    "enable_recording": "1",
    "recording_duration_hours": "72",
    "playback": "token",
    "preview_minutes": "",
    "quota_bytes": "1,5",
    "w0_day": ["1", "5"],
    "w0_begins": "22:00",
    "w0_ends": "05:00",
}
JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[AdminHouse]:
    """An admin with pages about recordings, and one camera that records."""
    async with admin_house(sqlite_database, more=recording_pages_on(tmp_path)) as house:
        await house.add("rini", "admin")
        await add_camera(house, "Simpang Lima", enable_recording=True)
        await record(house, 1, hours=50, gap_at=3)
        await report(house, 1, RecorderStatus.RECORDING)
        yield house


async def rules(house: AdminHouse) -> RecordingRules:
    async with house.database.read() as reading:
        return await rule_rows.rules_of(reading, 1)


def local(house: AdminHouse, *, hours_ago: float) -> str:
    at = house.clock.now() - timedelta(hours=hours_ago)
    return at.astimezone(JAKARTA).strftime("%Y-%m-%dT%H:%M")


async def test_page_tells_what_is_proven_and_its_days(house: AdminHouse, rini: Person) -> None:
    answer = await rini.get(HERE)
    assert answer.status == 200
    assert "Last picture 1 second ago" in rini.text
    assert "23 hours recorded · 1 gap" in rini.text
    assert "3 days with footage" in rini.text
    assert "none within" not in rini.text
    assert 'href="/rekaman/1-simpang-lima?t=' in rini.page
    assert (await rini.get("/admin/recordings/99")).status == 404


async def test_camera_without_footage_says_so(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, "Puskesmas")
    await rini.get("/admin/recordings/2")
    assert "No footage yet" in rini.text
    assert "Record it" in rini.text
    assert "nobody has looked yet" in rini.text


async def test_rules_are_saved_and_shown_again(house: AdminHouse, rini: Person) -> None:
    await rini.get(HERE)
    await rini.send(f"{HERE}/rules", FORM)
    assert "It is recorded as you said from now on." in rini.text
    found = await rules(house)
    assert (found.playback, found.sound, found.quota_bytes) == (
        PlaybackMode.TOKEN,
        False,
        1_500_000_000,
    )
    (window,) = found.schedule
    assert (window.days, f"{window.begins:%H:%M}") == (frozenset({1, 5}), "22:00")
    stored = await house.editor.one(1)
    assert (stored.enable_recording, stored.recording_duration_hours) == (True, 72)
    await rini.get(HERE)
    assert 'name="quota_bytes" value="1.5"' in rini.page
    assert 'value="token" checked' in rini.page
    assert "Recorded by its schedule" in rini.text
    await rini.send(f"{HERE}/rules", FORM)
    assert "There was nothing to save." in rini.text


async def test_empty_fields_mean_as_everywhere_and_without_limit(
    house: AdminHouse, rini: Person
) -> None:
    await rini.get(HERE)
    await rini.send(f"{HERE}/rules", FORM)
    await rini.send(f"{HERE}/rules", {"playback": "inherit", "sound": "1"})
    stored = await house.editor.one(1)
    assert (stored.enable_recording, stored.recording_duration_hours) == (False, None)
    assert await rules(house) == RecordingRules()


MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"recording_duration_hours": "0"}, "This is a whole number from 1 to 2160."),
    ({"recording_duration_hours": "²"}, "This is a whole number from 1 to 2160."),
    ({"preview_minutes": "-3"}, "This is a whole number from 1 to 525600."),
    ({"quota_bytes": "nan"}, "Give a number above zero, or nothing."),
    ({"quota_bytes": "1e400"}, "Give a number above zero, or nothing."),
    ({"playback": "everybody"}, "Choose one of the list."),
    ({"w0_begins": ""}, "Give each window a time at which it begins and ends."),
    ({"w0_day": ["9"]}, "Give each window a time at which it begins and ends."),
]


async def test_mistakes_stand_beside_their_field_and_nothing_is_saved(
    house: AdminHouse, rini: Person
) -> None:
    for wrong, sentence in MISTAKES:
        await rini.get(HERE)
        answer = await rini.send(f"{HERE}/rules", FORM | wrong)
        assert answer.status == 400
        assert sentence in rini.text
        assert "Nothing was saved" in rini.text
        assert await rules(house) == RecordingRules()
        assert (await house.editor.one(1)).recording_duration_hours != 72


async def test_camera_of_the_settings_is_recorded_as_operators_say(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(house, "Bendung", managed_by="settings")
    await rini.get("/admin/recordings/2")
    await rini.send("/admin/recordings/2/rules", {**FORM, "playback": "nobody"})
    assert "It is recorded as you said from now on." in rini.text
    assert (await house.editor.one(2)).enable_recording


async def test_deleting_shows_first_what_would_go(house: AdminHouse, rini: Person) -> None:
    span = f"from={local(house, hours_ago=5)}&to={local(house, hours_ago=4)}"
    await rini.get(f"{HERE}/delete")
    assert "Which span?" in rini.text
    await rini.get(f"{HERE}/delete?{span}")
    assert "Delete 7 files?" in rini.text or "Delete 6 files?" in rini.text
    assert "gone for good:" in rini.text
    fields: dict[str, object] = {"from": local(house, hours_ago=5), "to": local(house, hours_ago=4)}
    await rini.send(f"{HERE}/delete", fields)
    assert "files are deleted within seconds." in rini.text


async def test_held_footage_is_not_deleted(house: AdminHouse, rini: Person) -> None:
    now_ms = int(house.clock.now().timestamp() * 1000)
    await keeping_on(house).hold(
        1,
        Span(now_ms - 5 * 3_600_000, now_ms - 4 * 3_600_000),
        reason="LP/B/12",
        until_at=None,
        by=AT_THE_CONSOLE,
    )
    await rini.get(HERE)
    assert "LP/B/12" in rini.text
    await rini.get(f"{HERE}/delete")
    fields: dict[str, object] = {
        "from": local(house, hours_ago=6),
        "to": local(house, hours_ago=4.5),
    }
    answer = await rini.send(f"{HERE}/delete", fields)
    assert answer.status == 409
    assert "Some of this footage is held." in rini.text


NO_SPANS: list[tuple[dict[str, object], str]] = [
    ({"from": "", "to": "2026-03-01T10:00"}, "Give date and time."),
    ({"from": "yesterday", "to": "2026-03-01T10:00"}, "Give date and time."),
    ({"from": "0001-01-01T00:00", "to": "2026-03-01T10:00"}, "Give date and time."),
    ({"from": "2026-03-01T10:00", "to": "2026-03-01T09:00"}, "The end must come after"),
]


async def test_span_that_is_none_is_refused(rini: Person) -> None:
    for fields, sentence in NO_SPANS:
        await rini.get(f"{HERE}/delete")
        assert (await rini.send(f"{HERE}/delete", fields)).status == 400
        assert sentence in rini.text
        assert (
            await rini.get(f"{HERE}/delete?from={fields['from']}&to={fields['to']}")
        ).status == 400


async def test_strangers_delete_nothing(house: AdminHouse, person: Person) -> None:
    area = await house.area("Wanasari")
    await house.add("siti", "operator", area_ids=frozenset({area}))
    await person.sign_in("siti")
    await person.get(HERE)
    fields: dict[str, object] = {"from": local(house, hours_ago=5), "to": local(house, hours_ago=4)}
    assert (await person.post(f"{HERE}/delete", fields)).status == 403
    assert (await person.post(f"{HERE}/rules", FORM)).status == 403
    assert await rules(house) == RecordingRules()
