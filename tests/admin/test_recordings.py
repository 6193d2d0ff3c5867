"""The list of recorders: proof before switches, the most urgent first, and the true outcome."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.admin import recordings_words as words
from pantau.admin.recordings_alarms import shown_alarms
from pantau.admin.wording import Wording
from pantau.cameras.changes import CameraChange
from pantau.db.database import Database
from pantau.media.archive.orders import PauseCause
from pantau.recordings import recorder_rows, recorders
from pantau.recordings.keeping_values import Alarm, AlarmKind, Storage
from pantau.recordings.models import EndCause, PlaybackMode, Reason
from pantau.recordings.recorders import CommandAction, RecorderStatus, RestartReason
from pantau.ui.files import read_assets
from pantau.ui.i18n import Language, Texts, languages
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.admin.cameras import add_camera
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.admin.recordings import record, recording_pages_on, report

pytestmark = pytest.mark.anyio
SITE = Site(zone=ZoneInfo("UTC"))
CAUSES = [name for name in vars(recorders) if name.isupper()]


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[AdminHouse]:
    """An admin with pages about recordings."""
    async with admin_house(sqlite_database, more=recording_pages_on(tmp_path)) as house:
        await house.add("rini", "admin")
        yield house


async def street(house: AdminHouse) -> None:
    """Four cameras: one that writes nothing, one that records, one that rests, one off."""
    area = await house.area("Wanasari")
    await add_camera(house, "Simpang Lima", enable_recording=True)
    await add_camera(house, "Alun-Alun", enable_recording=True, area_id=area)
    await add_camera(house, "Bendung", enable_recording=True)
    await add_camera(house, "Puskesmas")
    await record(house, 1, hours=30, until_ago_s=7200)
    await record(house, 2, hours=50, gap_at=3)
    await report(
        house,
        1,
        RecorderStatus.STALLED,
        cause="no_fragments",
        fragment_ago_s=7200,
        segment_ago_s=7500,
    )
    await report(house, 2, RecorderStatus.RECORDING)
    await report(house, 3, RecorderStatus.RESTING, cause="schedule", fragment_ago_s=90_000)
    await report(house, 4, RecorderStatus.STOPPED, fragment_ago_s=None, segment_ago_s=None)


async def test_list_begins_with_what_is_lost_and_keeps_wish_and_proof_apart(
    house: AdminHouse, rini: Person
) -> None:
    await street(house)
    await rini.get("/admin/recordings")
    text = rini.text
    names = ["Simpang Lima", "Alun-Alun", "Bendung", "Puskesmas"]
    body = text[text.index("At work") :]
    assert [body.index(name) for name in names] == sorted(body.index(name) for name in names)
    assert "1 of 3 cameras that should be recorded are" in text
    assert "Writes nothing The camera is live, and nothing reaches the disk." in text
    assert "Last picture 2 hours ago last good file 2 hours ago" in text
    assert "Last picture 1 second ago last good file 4 minutes ago" in text
    assert "Rests by its schedule" in text
    assert "2 Mbit/s" in text
    assert rini.page.count("badge--bad") == 1


async def test_switch_alone_never_says_recording(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, "Simpang Lima", enable_recording=True)
    await rini.get("/admin/recordings")
    assert "0 of 1 cameras that should be recorded are" in rini.text
    assert "Recorded always" in rini.text
    assert "Not known" in rini.text
    assert "Never a picture" in rini.text


async def test_worker_that_fell_silent_is_no_stopped_recorder(
    house: AdminHouse, rini: Person
) -> None:
    await street(house)
    house.clock.wind(600)
    await rini.get("/admin/recordings")
    assert "0 of 3 cameras that should be recorded are" in rini.text
    assert "The worker says nothing, so nobody knows whether it records." in rini.text
    body = rini.text[rini.text.index("At work") :]
    assert "Not recording" not in body


async def test_list_is_narrowed_by_state_area_and_words(house: AdminHouse, rini: Person) -> None:
    await street(house)
    await rini.get("/admin/recordings?show=problems")
    assert "Simpang Lima" in rini.text
    assert "Alun-Alun" not in rini.text
    await rini.get("/admin/recordings?area=1")
    assert "Simpang Lima" not in rini.text
    assert "Alun-Alun" in rini.text
    await rini.get("/admin/recordings?q=bend%20&show=resting&page=99")
    assert "Bendung" in rini.text
    await rini.get("/admin/recordings?q=nowhere&area=abc&show=xyz&page=-1")
    assert "No camera fits" in rini.text


async def test_eight_hundred_cameras_come_in_pages(house: AdminHouse, rini: Person) -> None:
    for number in range(120):
        new = CameraChange(name=f"Jalan {number:03}", address="rtsp://10.0.0.9/a")
        await house.editor.create(new, by=AT_THE_CONSOLE)
    await rini.get("/admin/recordings")
    assert "1–50 of 120" in rini.text
    assert rini.page.count("<tr>") == 51
    await rini.get("/admin/recordings?page=3")
    assert "101–120 of 120" in rini.text
    assert "Jalan 119" in rini.text


async def test_empty_hub_says_so(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/recordings")
    assert "No camera yet" in rini.text


async def test_recording_is_started_from_the_list_and_taken_back(
    house: AdminHouse, rini: Person
) -> None:
    await street(house)
    await rini.get("/admin/recordings")
    answer = await rini.post("/admin/recordings/4/start", {"back": "/admin/recordings?q=pusk"})
    assert (answer.status, answer.header("location")) == (303, "/admin/recordings?q=pusk")
    await rini.get("/admin/recordings?q=pusk")
    assert "Puskesmas will be recorded." in rini.text
    assert 'action="/admin/recordings/4/stop"' in rini.page
    assert (await house.editor.one(4)).enable_recording
    await rini.send("/admin/recordings/4/stop")
    assert "Puskesmas is no longer recorded." in rini.text
    assert not (await house.editor.one(4)).enable_recording


async def test_what_cannot_be_recorded_has_no_button(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, name="Peta", address="https://example.com/map", kind="embed")
    await rini.get("/admin/recordings")
    assert "Peta" in rini.text
    assert "/start" not in rini.page


async def test_stop_asks_first(house: AdminHouse, rini: Person) -> None:
    await street(house)
    await rini.get("/admin/recordings/2/stop")
    assert "Stop recording Alun-Alun?" in rini.text
    assert (await house.editor.one(2)).enable_recording
    await rini.send("/admin/recordings/2/stop")
    assert "What there is stays until its time is over." in rini.text


async def test_what_came_of_a_restart_is_shown(house: AdminHouse, rini: Person) -> None:
    await street(house)
    await rini.get("/admin/recordings/2")
    await rini.send("/admin/recordings/2/restart")
    assert "Restart rini" in rini.text
    assert "Not done yet" in rini.text
    async with house.database.write() as work:
        (asked,) = await recorder_rows.open_commands(work)
        assert asked.action is CommandAction.RESTART
        await recorder_rows.finish_command(
            work,
            asked.id,
            outcome="Nobody was there to do it in time. Ask again.",
            at=house.clock.now(),
        )
    await rini.get("/admin/recordings/2")
    assert "Nobody was there to do it in time. Ask again." in rini.text


async def test_refused_command_is_not_swallowed(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, "Simpang Lima", enabled=False)
    await rini.get("/admin/cameras/1")
    await rini.send("/admin/recordings/1/start")
    assert "This camera is not in operation. Enable it first." in rini.text
    await rini.send("/admin/recordings/1/restart")
    assert "This camera is not recorded. Start it instead." in rini.text
    assert not (await house.editor.one(1)).enable_recording


async def test_many_restarts_are_worth_a_look(house: AdminHouse, rini: Person) -> None:
    await street(house)
    async with house.database.write() as work:
        for _ in range(3):
            await recorder_rows.add_restart(
                work, 2, RestartReason.STALLED, "", at=house.clock.now()
            )
    await rini.get("/admin/recordings?show=problems")
    assert "Alun-Alun" in rini.text
    assert "3 restarts" in rini.text
    await rini.get("/admin/recordings/2")
    assert "The camera was live and nothing was written" in rini.text


async def test_viewer_looks_and_has_no_buttons(house: AdminHouse, person: Person) -> None:
    await street(house)
    await house.add("budi", "viewer")
    await person.sign_in("budi")
    await person.get("/admin/recordings")
    assert "Simpang Lima" in person.text
    for path in ("/start", "/restart", "/stop"):
        assert path not in person.page
    await person.get("/admin/recordings/2")
    assert "Who may replay it" not in person.text
    assert (await person.post("/admin/recordings/2/restart")).status == 403


async def test_operator_runs_recorders_of_own_areas_only(house: AdminHouse, person: Person) -> None:
    await street(house)
    await house.add("siti", "operator", area_ids=frozenset({1}))
    await person.sign_in("siti")
    await person.get("/admin/recordings")
    assert 'action="/admin/recordings/2/restart"' in person.page
    assert 'action="/admin/recordings/4/start"' not in person.page
    await person.send("/admin/recordings/4/start")
    assert not (await house.editor.one(4)).enable_recording
    assert "cameras of your areas only" in person.text


@pytest.mark.parametrize("language", languages())
def test_every_word_of_services_has_words_for_people(language: Language) -> None:
    speak = Wording(
        Texts(language), Pages(assets=read_assets(), site=lambda: SITE, now=datetime.now)
    )
    storage = Storage(disks=(), alarms=(), seen_at=None)
    said = shown_alarms([Alarm(kind, "main", 3.0) for kind in AlarmKind], storage, speak)
    assert len({each.title for each in said}) == len(AlarmKind)
    assert all(each.advice for each in said)
    assert set(words.statuses(speak)) == set(RecorderStatus)
    assert set(words.restart_reasons(speak)) == set(RestartReason)
    assert set(words.actions(speak)) == set(CommandAction)
    assert set(words.reasons(speak)) == set(Reason)
    assert set(words.ends(speak)) == set(EndCause)
    assert set(words.playback_modes(speak)) == set(PlaybackMode)
    causes = {*PauseCause, *(getattr(recorders, name) for name in CAUSES)}
    assert causes == set(words.cause_sentences(speak))
