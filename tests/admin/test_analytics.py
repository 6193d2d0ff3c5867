"""Analytics: every number has its words, every chart a table, and nothing breaks a page."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, timedelta

import pytest

from pantau.db.database import Database
from pantau.viewers.models import PlayQualityRow
from tests.admin.cameras import add_camera
from tests.admin.house import CAMERAS, admin_house
from tests.admin.person import Person
from tests.admin.watching import ZONE, Watching, a_month_of_views, past_view, watching_on

pytestmark = pytest.mark.anyio
NAMES = [name for name, _, _ in CAMERAS]
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "W" * 60


@pytest.fixture
async def watching(sqlite_database: Database) -> AsyncIterator[Watching]:
    """A hub; `rini` is its admin."""
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


def numbers(text: str, before: str) -> str:
    found = re.search(rf"{before} ([\d,.:]+)", text)
    return found.group(1) if found else ""


async def test_empty_hub_says_when_a_view_counts(rini: Person) -> None:
    for period in ("today", "yesterday", "7days", "30days", "all", "date:2025-01-31"):
        answer = await rini.get(f"/admin/analytics?period={period}")
        assert answer.status == 200
        assert "No view in this time" in rini.text
        assert "Nobody watches at this moment." in rini.text
        assert "No view that is over, here." in rini.text


async def test_a_month_is_drawn_and_told(watching: Watching, rini: Person) -> None:
    views = a_month_of_views(watching.house.clock.now(), NAMES)
    await watching.keep(views)
    for number in range(3):
        watching.watch(1, f"{number:032x}")
    await rini.get("/admin/analytics?period=30days")
    text, page = rini.text, rini.page
    assert numbers(text, "Views") == str(len(views))
    assert "3 different visitors watch now" in text
    assert page.count('class="plot__bar"') == 30 + len(
        {v.started_at.astimezone(ZONE).hour for v in views}
    )
    assert page.count('<td class="h') == 7 * 24
    assert 'class="h5"' in page
    assert "Busiest: " in text
    for words in ("Do people come again?", "Phone 2", "Busiest hours 07:00", "Busiest visitors"):
        assert words in text
    assert f"1–{len({v.camera_id for v in views})} of" in text
    # The same in a table, with a way to each day.
    day = views[0].started_at.astimezone(ZONE).date().isoformat()
    assert f"?period=date:{day}" in page


async def test_one_day_is_chosen_by_link_or_by_picker(watching: Watching, rini: Person) -> None:
    at = watching.house.clock.now() - timedelta(days=3)
    await watching.keep([past_view(at), past_view(at + timedelta(days=1), visitor="b" * 32)])
    day = at.astimezone(ZONE).date().isoformat()
    for path in (f"?period=date:{day}", f"?day={day}&period=30days"):
        await rini.get(f"/admin/analytics{path}")
        assert numbers(rini.text, "Views") == "1"
        assert f'value="{day}"' in rini.page
    await rini.get("/admin/analytics?period=all")
    assert numbers(rini.text, "Views") == "2"
    assert "Everything that was ever counted" in rini.text


async def test_a_day_that_is_none_is_said_so(rini: Person) -> None:
    for day in ("2026-02-30", "0000-00-00", "9999-99-99", "x%00y", "%F0%9F%92%A5", "%ED%A0%80"):
        answer = await rini.get(f"/admin/analytics?day={day}")
        assert answer.status == 400
        assert "What follows is about the last 7 days." in rini.text


async def test_years_are_drawn_by_month(watching: Watching, rini: Person) -> None:
    now = watching.house.clock.now()
    await watching.keep([past_view(now - timedelta(days=days)) for days in (0, 100, 400)])
    await rini.get("/admin/analytics?period=all")
    assert "Views by month" in rini.text
    assert "February 2025" in rini.text
    assert "?period=date:" not in rini.page


async def test_how_well_a_camera_plays_is_told_where_players_told_it(
    watching: Watching, rini: Person
) -> None:
    house, now = watching.house, watching.house.clock.now()
    await add_camera(house, NAMES[0])
    await add_camera(house, NAMES[1], "rtsp://10.0.0.22:554/stream2")
    async with house.database.write() as work:
        work.session.add(
            PlayQualityRow(
                camera_id=1,
                hour_at=now.replace(minute=0, second=0, microsecond=0),
                plays=9,
                starts=4,
                start_ms=6_000,
                starts_within_1s=0,
                starts_within_2s=4,
                starts_within_4s=0,
                starts_within_8s=0,
                stalls=3,
                stalled_ms=9_000,
                played_ms=60_000,
                codec_refusals=5,
            )
        )
    await watching.keep([past_view(now), past_view(now, camera_id=2, camera=NAMES[1])])
    await rini.get("/admin/analytics?period=today&camera=1")
    row = rini.text[rini.text.index("Not played") :]
    assert "1.5 s 3 5" in row
    assert "– – –" in row
    assert "The chosen camera in this time" in rini.text
    assert "As players themselves tell; 9 have" in rini.text


async def test_newest_views_are_narrowed_and_paged(watching: Watching, rini: Person) -> None:
    now = watching.house.clock.now()
    views = [
        past_view(
            now - timedelta(minutes=number), camera_id=1 + number % 2, camera=NAMES[number % 2]
        )
        for number in range(50)
    ]
    await watching.keep(views)
    table = r"<caption[^>]*>Newest views</caption>.*?</table>"

    async def rows(path: str) -> list[str]:
        await rini.get(f"/admin/analytics{path}")
        found = re.search(table, rini.page, re.DOTALL)
        return re.findall(r'<th scope="row".*?</th>', found.group(0), re.DOTALL) if found else []

    assert len(await rows("")) == 20
    assert len(await rows("?page=3")) == 10
    assert await rows("?page=4") == []
    chosen = await rows("?camera=2&page=2")
    assert len(chosen) == 5
    assert all(NAMES[1] in row for row in chosen)
    for strange in ("?camera=x", "?camera=99999999999999999999", "?page=-1", "?page=99999"):
        await rini.get(f"/admin/analytics{strange}")
        assert "Newest views" in rini.text


async def test_newest_views_are_those_of_the_period_in_the_hubs_days(
    watching: Watching, rini: Person
) -> None:
    now = watching.house.clock.now()
    midnight_at = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = {
        "today": midnight_at,
        "yesterday": midnight_at - timedelta(microseconds=1),
        "older": midnight_at - timedelta(days=20),
    }
    views = [
        past_view(at.astimezone(UTC), camera_id=700, camera=name) for name, at in begins.items()
    ]
    # Many at one moment: pages neither repeat one nor leave one out.
    views += [past_view(views[0].started_at, camera_id=700, camera=f"n{n:02}") for n in range(30)]
    await watching.keep(views)

    async def names(path: str) -> list[str]:
        await rini.get(f"/admin/analytics{path}")
        table = rini.page.partition(">Newest views</caption>")[2].partition("</table>")[0]
        return re.findall(r'<th scope="row"[^>]*>([^<]+)</th>', table)

    assert await names("?period=yesterday") == ["yesterday"]
    shown = await names("?period=today") + await names("?period=today&page=2")
    assert sorted(shown) == sorted(["today", *(f"n{number:02}" for number in range(30))])
    assert (await names("?period=all&page=2"))[-2:] == ["yesterday", "older"]
    assert await names(f"?day={begins['older'].date().isoformat()}") == ["older"]


async def test_what_came_from_outside_is_text(watching: Watching, rini: Person) -> None:
    now = watching.house.clock.now()
    view = past_view(now, camera_id=77, camera=HOSTILE, device=HOSTILE[:32], visitor="<b>" * 10)
    await watching.keep([view])
    await rini.get("/admin/analytics?period=today")
    assert "<img" not in rini.page
    assert "<b>" not in rini.page
    assert HOSTILE[:28] in rini.text


async def test_addresses_are_for_admins_and_export_for_who_runs_the_hub(
    watching: Watching, rini: Person
) -> None:
    now = watching.house.clock.now()
    await watching.keep([past_view(now, address="203.0.113.9")])
    await rini.get("/admin/analytics")
    assert "203.0.113.9" in rini.text
    assert "/api/admin/analytics/export.csv?period=7days" in rini.page
    tono = Person(watching.house)
    await tono.sign_in("tono")
    await tono.get("/admin/analytics")
    assert "aaaaaaaa" in tono.text
    assert "203.0.113.9" not in tono.page
    assert "export.csv" not in tono.page


async def test_a_database_that_does_not_answer_is_said_so(watching: Watching, rini: Person) -> None:
    watching.analytics.is_silent = True
    answer = await rini.get("/admin/analytics")
    assert answer.status == 503
    assert "The numbers cannot be read" in rini.text


async def test_what_the_worker_has_not_counted_yet_is_said(
    watching: Watching, rini: Person
) -> None:
    await watching.keep([])
    now = watching.house.clock.now()
    await watching.write([past_view(now) for _ in range(1_500)])
    await rini.get("/admin/analytics")
    assert "1500 views are not counted yet" in rini.text
