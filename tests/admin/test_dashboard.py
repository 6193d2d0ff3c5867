"""The overview: what is wrong first, then figures that say what they count."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from pantau.admin.dashboard_figures import clock_time, compared, compared_time, duration
from pantau.admin.wording import Wording
from pantau.cameras.models import CameraSource, HealthState
from pantau.core.ids import CameraId
from pantau.db.database import Database
from pantau.health.values import Alarm as HealthAlarm
from pantau.recordings.keeping_values import Alarm, AlarmKind
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.admin.house import admin_house, report
from tests.admin.person import Person
from tests.admin.watching import ZONE, Watching, past_view, watching_on
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def watching(sqlite_database: Database) -> AsyncIterator[Watching]:
    """A hub that knows everything about itself; `rini` is its admin."""
    held: list[Watching] = []
    async with admin_house(sqlite_database, more=watching_on(held)) as house:
        await house.add("rini", "admin")
        await house.add("tono", "viewer")
        yield held[0]


@pytest.fixture
async def rini(watching: Watching) -> Person:
    """The admin, signed in."""
    person = Person(watching.house)
    await person.sign_in("rini")
    return person


def in_order(text: str, *words: str) -> bool:
    places = [text.index(word) for word in words]
    return places == sorted(places)


async def test_what_is_broken_stands_before_figures_and_machine(
    watching: Watching, rini: Person
) -> None:
    house = watching.house
    watching.record()
    watching.alarms.insert(0, Alarm(AlarmKind.FUTURE))
    await watching.look_at_machine()
    house.health.recent_alarms = (
        HealthAlarm(
            id=1,
            kind="our_network",
            began_at=house.clock.now(),
            ended_at=None,
            cameras=4,
            acknowledged_at=None,
            acknowledged_by="",
        ),
    )
    house.report = report(disk_ok=False)
    await rini.get("/admin")
    assert in_order(
        rini.text,
        "7 things to look after",
        "The disk of the data folder is full.",
        "Most cameras fell silent at once",
        "The disk is as good as full",
        "1 camera should be recorded and is not",
        "Bendung Margaluyu",
        "There is footage of days that have not come yet",
        "Watching now",
        "Most watched now",
        "This machine",
    )


async def test_figures_say_what_they_count_and_what_they_are_compared_with(
    watching: Watching, rini: Person
) -> None:
    now = watching.house.clock.now()
    yesterday = now - timedelta(days=1)
    await watching.keep([past_view(now - timedelta(minutes=number)) for number in range(2, 5)])
    await watching.keep([past_view(yesterday, visitor="b" * 32, seconds=30)])
    for number in range(3):
        watching.watch(1, f"{number:032x}")
    watching.watch(2, f"{0:032x}")
    await rini.get("/admin")
    assert "Watching now 4 Players open; who watches two cameras counts twice" in rini.text
    assert "Cameras on 2 of 6 2 offline, 2 not checked yet" in rini.text
    assert "Views 3 Players open for at least 5 seconds 1 on the whole day before" in rini.text
    assert "Mean time of a view 1:30 minutes" in rini.text
    assert "Longer than in the time before: 30 s" in rini.text
    assert in_order(rini.text, "Most watched now", "Simpang Lima Tirtasari 3", "Alun-Alun Barat 1")
    await rini.get("/admin?period=yesterday")
    assert "Views 1 Players open for at least 5 seconds None in the equally" in rini.text
    await rini.get("/admin?period=2030")
    assert "Views 3 " in rini.text


async def test_machine_and_recordings_are_told_and_what_is_not_known_is_said_so(
    watching: Watching, rini: Person
) -> None:
    watching.record()
    await rini.get("/admin")
    assert "It has not been looked at yet." in rini.text
    await watching.look_at_machine()
    await rini.get("/admin")
    assert "Processors 24 %" in rini.text
    assert "Data folder 400 GB free of 1 TB" in rini.text
    assert "/mnt/rekaman not known" in rini.text
    assert "Media server 3 processes · 700 MB" in rini.text
    assert "1 of 2 cameras that should be recorded are" in rini.text
    assert 'aria-label="Processors in the last hour: at most 24 per cent"' in rini.page
    watching.is_media_connected = False
    await rini.get("/admin")
    assert "what streams do is not known" in rini.text


async def test_hub_without_views_worker_or_database_says_so(
    watching: Watching, rini: Person
) -> None:
    await rini.get("/admin")
    assert "Nobody watches at this moment." in rini.text
    assert "The worker has not looked at the disks yet" in rini.text
    assert "Mean time of a view –" in rini.text

    watching.analytics.is_silent = True
    watching.house.catalogue.replace([])
    await rini.get("/admin")
    assert "No camera yet" in rini.text
    assert "How much is watched cannot be read at the moment" in rini.text


async def test_many_cameras_offline_are_named_in_part(watching: Watching, rini: Person) -> None:
    house = watching.house
    house.catalogue.take_health({CameraId(number): HealthState.OFFLINE for number in range(1, 7)})
    await rini.get("/admin")
    assert "6 things to look after" in rini.text
    assert "1 more camera is offline" in rini.text
    assert "/admin/health?state=offline" in rini.page


@pytest.mark.parametrize("path", ["/admin", "/admin/cameras"])
async def test_a_hub_without_a_camera_leads_to_the_first_one(
    watching: Watching, rini: Person, path: str
) -> None:
    watching.house.catalogue.replace([])
    await rini.get(path)
    assert "No camera yet" in rini.text
    assert 'href="/admin/cameras/new">' in rini.page.split('class="empty', 1)[1]
    assert ('href="/admin/settings/texts"' in rini.page.split('class="empty', 1)[1]) == (
        path == "/admin"
    )


async def test_who_may_not_add_a_camera_is_not_sent_to_do_so(watching: Watching) -> None:
    watching.house.catalogue.replace([])
    tono = Person(watching.house)
    await tono.sign_in("tono")
    await tono.get("/admin")
    assert "Cameras that are configured show here." in tono.text
    assert "/admin/cameras/new" not in tono.page


async def test_observers_see_it_without_the_trail(watching: Watching) -> None:
    tono = Person(watching.house)
    await tono.sign_in("tono")
    await tono.get("/admin")
    assert "Watching now" in tono.text
    assert "What happened last" not in tono.text
    assert CameraSource("testcard:").url not in tono.page


@pytest.fixture(scope="module")
def speak() -> Wording:
    """English."""
    site = Site(zone=ZONE)
    pages = Pages(assets=read_assets(), site=lambda: site, now=HandWoundClock().now)
    return Wording(Texts("en"), pages)


def test_comparisons_are_possible_numbers(speak: Wording) -> None:
    for before, now, period, told in (
        (0, 0, "7days", ""),
        (0, 9, "7days", "None in the equally long time before"),
        (9, 9, "7days", "As many as in the equally long time before"),
        (10, 15, "7days", "50 per cent more than the 10 in the time before"),
        (3_000, 1, "7days", "100 per cent fewer than the 3,000 in the time before"),
        (3_000, 1, "today", "3,000 on the whole day before"),
        (0, 0, "today", "0 on the whole day before"),
    ):
        assert compared(before, now, period, speak) == told


def test_times_are_never_negative(speak: Wording) -> None:
    plain = {ord("\u00a0"): " "}
    assert duration(-3_461, speak).translate(plain) == "0 s"
    assert duration(107.6, speak).translate(plain) == "1 min 48 s"
    assert duration(3_601 * 1_000, speak).translate(plain) == "1,000 h 16 min"
    assert clock_time(-5, speak) == ("0", "seconds")
    assert clock_time(108, speak) == ("1:48", "minutes")
    assert clock_time(7_260, speak) == ("2:01", "hours")
    assert compared_time(0, 5, speak) == compared_time(5, 0, speak) == ""
    assert compared_time(5, 5, speak) == "As long as in the time before"
