"""The public status over three months: strips, areas, single cameras, incidents, the feed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from pantau.audit.trail import AuditTrail
from pantau.cameras.decisions import PublicDecision, Visibility
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.errors import NotFound
from pantau.core.ids import AreaId
from pantau.db.database import Database
from pantau.health.figures import FigureBook
from pantau.health.public_days import Stretch
from pantau.health.rows import CameraHealthSpanRow, HealthAlarmRow
from pantau.health.service import HealthBook
from pantau.health.status import PublicStatus
from pantau.portal.status.page import StatusPage
from pantau.portal.status.strips import strip
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.exchange import Reply
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock
from tests.support.requests import hot

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Jakarta")
NOW = START + timedelta(days=200)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = PublicDecision(visibility=Visibility.PRIVATE)
ATOM = "{http://www.w3.org/2005/Atom}"
Past = tuple[int, str, datetime, datetime | None]


@cache
def pages() -> Pages:
    site = Site(zone=ZONE, name="Hub & <Co>\x0b")
    return Pages(assets=read_assets(), site=lambda: site, now=lambda: NOW)


def placed(number: int, area: int | None = 1, name: str = "", **changes: object) -> Camera:
    more = {} if area is None else {"area_id": AreaId(area), "area_name": f"Area {area}"}
    return camera(number, name=name or f"Camera {number}", **(more | changes))  # type: ignore[arg-type]  # fields


class Town:
    """A hub whose spans and alarms a test writes."""

    def __init__(self, database: Database, *cameras: Camera) -> None:
        self.clock = HandWoundClock(NOW)
        self.database = database
        self.catalogue = Catalogue(cameras, clock=self.clock)
        self.book = HealthBook(
            database,
            catalogue=self.catalogue,
            figures=FigureBook(database, clock=self.clock, zone=always(ZONE)),
            trail=AuditTrail(database, key=b"k" * 32, clock=self.clock),
            clock=self.clock,
        )
        self.public = PublicStatus(self.catalogue, self.book, self.clock)
        self.page = StatusPage(self.public, pages(), public_url="https://hub.example")

    async def past(self, spans: Iterable[Past] = (), alarms: Iterable[timedelta] = ()) -> None:
        """Write spans, and alarms of an hour that ended so long ago; draw everything anew."""
        async with self.database.write() as writing:
            writing.session.add_all(
                CameraHealthSpanRow(
                    camera_id=number, state=state, cause="none", began_at=began, ended_at=ended
                )
                for number, state, began, ended in spans
            )
            writing.session.add_all(
                HealthAlarmRow(
                    kind="media_server",
                    began_at=NOW - ago - HOUR,
                    ended_at=NOW - ago,
                    cameras=7,
                    acknowledged_by="",
                )
                for ago in alarms
            )
        await self.book.refresh()
        await self.public.refresh()

    def get(self, path: str = "/status", **headers: str) -> Reply:
        address, _, query = path.partition("?")
        request = hot(address, rest=address.removeprefix("/status/"), query=query, **headers)
        if address == "/status.atom":
            return self.page.feed(request)
        return (self.page.show if address == "/status" else self.page.show_camera)(request)

    def html(self, path: str = "/status") -> str:
        reply = self.get(path, accept_language="en")
        assert reply.status == 200
        return reply.body.decode()


def parsed(reply: Reply) -> ET.Element:
    return ET.fromstring(reply.body)  # noqa: S314 - our own


def up_with_a_hole(number: int, *, hole: timedelta, lasting: timedelta) -> list[Past]:
    """Return forty days, with a hole that ended so long ago."""
    return [
        (number, "online", NOW - 40 * DAY, NOW - hole - lasting),
        (number, "offline", NOW - hole - lasting, NOW - hole),
        (number, "online", NOW - hole, None),
    ]


async def test_three_months_are_counted_with_those_before_the_first_as_unknown(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, placed(1), placed(2, 2))
    await town.past(
        [
            (1, "online", NOW - 80 * DAY, NOW - 60 * DAY),
            (1, "offline", NOW - 60 * DAY, NOW - 58 * DAY),
            (1, "online", NOW - 58 * DAY, None),
        ]
    )
    days = town.public.days
    assert len(days.days) == 90
    assert days.days[-1] == NOW.astimezone(ZONE).date()
    measured = [share for share in days.cameras.days if share is not None]
    assert (days.cameras.days[8], len(measured)) == (None, 81)
    assert days.cameras.days[89 - 59] == 0.0
    assert days.cameras.whole == pytest.approx(100 * 78 / 80, abs=0.01)
    assert days.areas is not None
    assert days.areas[1] == days.cameras
    assert days.areas[2].whole is None
    assert town.public.uptime_of(1) == 100.0
    assert town.public.uptime_of(2) is None


async def test_what_is_over_is_counted_once_and_again_when_the_day_changes(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, placed(1))
    await town.past([(1, "online", NOW - 50 * DAY, None)])
    first = await town.book.long_days()
    town.clock.wind(2 * 60)
    second = await town.book.long_days()
    assert second.counted is not first.counted
    assert second.older is first.older
    town.clock.wind(86_400)
    third = await town.book.long_days()
    assert third.older is not first.older
    assert third.days[-2] == first.days[-1]


async def test_the_hub_answers_for_its_own_faults_and_not_for_the_time_before_it_looked(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, placed(1))
    begin = NOW - 5 * DAY
    await town.past([(1, "online", begin, None)], alarms=[3 * DAY])
    hub = town.public.days.hub
    assert hub.days[0] is None
    assert sum(share is not None for share in hub.days) == 6
    assert min(share for share in hub.days if share is not None) == pytest.approx(95.83, abs=0.01)
    assert "The hub itself had a fault" in town.html()


async def test_an_outage_has_a_beginning_and_an_end_and_is_one_for_its_area(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, placed(1), placed(2), placed(3, 2), placed(4, decision=SECRET))
    spans = [
        *up_with_a_hole(1, hole=DAY, lasting=2 * HOUR),
        *up_with_a_hole(2, hole=DAY - HOUR, lasting=HOUR),
        *up_with_a_hole(3, hole=2 * DAY, lasting=timedelta(minutes=5)),
        *up_with_a_hole(4, hole=DAY, lasting=9 * HOUR),
    ]
    await town.past(spans)
    (outage,) = town.public.days.outages
    assert (outage.area_id, outage.cameras) == (1, 2)
    assert (outage.began_at, outage.ended_at) == (NOW - DAY - 2 * HOUR, NOW - DAY + HOUR)
    assert "Area 1: 2 cameras were offline" in town.html()
    camera_page = town.html("/status/1-camera-1")
    assert f'datetime="{outage.began_at.isoformat()}"' in camera_page
    assert "None that we know of" in town.html("/status/3-camera-3")


async def test_an_area_shows_each_of_its_cameras_and_nobody_elses(
    sqlite_database: Database,
) -> None:
    hidden = placed(4, name="Hidden", decision=SECRET)
    town = Town(sqlite_database, placed(1, name="<i>"), placed(2, 2), placed(3, None), hidden)
    await town.past([(1, "online", NOW - DAY, None)])
    first = town.html("/status?area=1")
    assert 'href="/status/1-camera-1">&lt;i&gt;</a>' in first
    assert "Camera 2" not in first
    assert "Hidden" not in first
    assert "Camera 3" in town.html("/status?area=0")
    assert "Other places" in town.html("/status?area=0")
    for nonsense in ("9", "x", "%00", "-1", "9" * 30, "1.0", ""):
        assert town.html(f"/status?area={nonsense}") == town.html()


async def test_a_camera_has_one_address_and_vanishes_with_its_being_public(
    sqlite_database: Database,
) -> None:
    town = Town(sqlite_database, placed(1), placed(2))
    await town.past([(1, "online", NOW - DAY, None)])
    moved = town.get("/status/1-old-name?lang=en")
    assert moved.status == 308
    assert dict(moved.headers)[b"location"] == b"/status/1-camera-1?lang=en"
    assert "Camera 1" in town.html("/status?area=1")
    town.catalogue.replace([placed(1, decision=SECRET), placed(2)])
    assert "Camera 1<" not in town.html("/status?area=1")
    for path in ("/status/1-camera-1", "/status/99", "/status/", "/status/x", "/status/1/2"):
        with pytest.raises(NotFound):
            town.get(path)


async def test_the_feed_is_atom_with_marks_that_stay(sqlite_database: Database) -> None:
    town = Town(sqlite_database, placed(1, area_name="Kota & <Desa>"), placed(2, None))
    empty = parsed(town.get("/status.atom"))
    assert empty.findtext(f"{ATOM}updated") == "2000-01-01T00:00:00Z"
    await town.past(up_with_a_hole(1, hole=DAY, lasting=HOUR), alarms=[2 * DAY])
    reply = town.get("/status.atom?lang=en")
    assert dict(reply.headers)[b"content-type"].startswith(b"application/atom+xml")
    root = parsed(reply)
    assert root.findtext(f"{ATOM}id") == "https://hub.example/status"
    assert root.findtext(f"{ATOM}title") == "Status · Hub & <Co>"
    links = {each.get("rel"): each.get("href") for each in root.findall(f"{ATOM}link")}
    assert links["self"] == "https://hub.example/status.atom?lang=en"
    entries = root.findall(f"{ATOM}entry")
    required = ("id", "title", "updated", "published", "summary")
    assert all(each.findtext(f"{ATOM}{name}") for each in entries for name in required)
    titles = [each.findtext(f"{ATOM}title") for each in entries]
    assert titles == ["Kota & <Desa>: 1 camera was offline", "The hub itself had a fault"]
    marks = {each.findtext(f"{ATOM}id") for each in entries}
    assert len(marks) == 2
    again = parsed(town.get("/status.atom?lang=id"))
    assert {each.findtext(f"{ATOM}id") for each in again.findall(f"{ATOM}entry")} == marks
    assert 'href="/status.atom?lang=en" title' in town.html()


def test_days_that_look_alike_are_one_shape_and_grey_is_never_fine() -> None:
    days = [START.date() + n * DAY for n in range(5)]
    texts = Texts("en")
    drawn = strip(days, Stretch((None, None, 100.0, 60.0, 10.0), 56.67), texts, "en", what="X")
    assert drawn is not None
    assert dict(drawn.shapes) == {
        "d0": "M0 0h2v1h-2z",
        "fine": "M2 0h1v1h-1zM3 .5h1v.5h-1z",
        "d2": "M3 0h1v.5h-1z",
        "d3": "M4 0h1v1h-1z",
    }
    assert "2 days without data." in drawn.text
    assert drawn.whole == "56.67\u00a0%"
    nothing = strip(days, Stretch((None,) * 5, None), texts, "en", what="X")
    assert nothing is not None
    assert (dict(nothing.shapes), nothing.whole) == ({"d0": "M0 0h5v1h-5z"}, "")
    assert "Nothing has been measured yet." in nothing.text
    assert strip(days, Stretch(), texts, "en", what="X") is None
