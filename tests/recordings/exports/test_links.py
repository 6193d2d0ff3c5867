"""Links to one clip: for whoever has them, until they end; every way of not being there is one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pantau.db.database import Database
from pantau.web.principal import ANONYMOUS
from tests.audit.trails import rows
from tests.media.live.coded import coded
from tests.recordings.exports.house import ADMIN, NOW_MS, SOUND, House, by, open_house, operator

pytestmark = pytest.mark.anyio

EXPORTS = "/api/recordings/exports"


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(sqlite_database, tmp_path) as one:
        yield one


@pytest.fixture
async def each_house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The same on both databases."""
    async with open_house(database, tmp_path) as one:
        yield one


async def downloads(house: House, export_id: str) -> int:
    return (await house.links.of(export_id, by=ADMIN))[0].downloads


async def test_whoever_has_the_link_fetches_the_clip(each_house: House) -> None:
    house = each_house
    await house.tapes(1)
    done = await house.made()
    path = f"{EXPORTS}/{done.id}/links"
    made = await house.asking.post(path, {"hours": 5, "max_downloads": 3})
    assert made.status == 201
    token = made.data["token"]
    assert made.data["url"] == f"/api/clips/{token}"
    assert made.data["expires_at"] == "2026-03-01T13:00:00Z"
    (listed,) = (await house.asking.get(path)).data
    assert listed == {
        name: value for name, value in made.data.items() if name not in {"token", "url"}
    }
    assert token.startswith(listed["prefix"])
    got = await house.fetch(made.data["url"], who=ANONYMOUS)
    (file,) = done.files
    assert got.status == 200
    assert got.body == (house.folder(done) / file.name).read_bytes()
    assert got.headers["content-disposition"] == f'attachment; filename="{file.name}"'
    assert "no-store" in got.headers["cache-control"]
    assert await downloads(house, done.id) == 1


async def test_token_is_kept_nowhere(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    _, token = await house.links.make(done.id, hours=1, max_downloads=None, by=by())
    async with house.database.read() as reading:
        found = await reading.session.execute(text("SELECT * FROM clip_links"))
        stored = [str(value) for row in found for value in row]
    told = [str(value) for row in await rows(house.database) for value in row.values()]
    assert all(token not in value for value in stored + told)
    assert any(row["name"] == "LINK_CLIP" for row in await rows(house.database))


async def test_ranges_of_one_download_count_once(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    _, token = await house.links.make(done.id, hours=1, max_downloads=1, by=by())
    url = f"/api/clips/{token}"
    assert (await house.fetch(url, method="HEAD")).status == 200
    assert await downloads(house, done.id) == 0
    assert (await house.fetch(url, range="bytes=0-")).status == 206
    for part in ("bytes=10-20", "bytes=500-", "bytes=-5"):
        assert (await house.fetch(url, range=part)).status == 206
    assert await downloads(house, done.id) == 1
    assert (await house.fetch(url)).status == 404
    # Six hours are enough for the slowest line.
    await house.clock.advance(6 * 3600)
    assert (await house.fetch(url, range="bytes=10-20")).status == 404


async def test_whoever_never_began_a_download_does_not_resume_one(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    _, token = await house.links.make(done.id, hours=1, max_downloads=1, by=by())
    # All but the first byte is a download too.
    assert (await house.fetch(f"/api/clips/{token}", range="bytes=1-")).status == 206
    assert await downloads(house, done.id) == 1
    house.links._begun.clear()
    assert (await house.fetch(f"/api/clips/{token}", range="bytes=1-")).status == 404


async def test_everything_that_is_not_there_is_the_same(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    links = house.links

    async def fresh(most: int | None = None) -> tuple[int, str]:
        link, token = await links.make(done.id, hours=1, max_downloads=most, by=by())
        return link.id, token

    never = await house.fetch(f"/api/clips/{'0' * 64}")
    revoked_id, revoked = await fresh()
    assert (await house.asking.delete(f"{EXPORTS}/{done.id}/links/{revoked_id}")).status == 200
    again = await house.asking.delete(f"{EXPORTS}/{done.id}/links/{revoked_id}")
    assert again.status == 404
    _, used = await fresh(1)
    assert (await house.fetch(f"/api/clips/{used}")).status == 200
    _, other_part = await fresh()
    _, late = await fresh()
    answers = [
        await house.fetch(f"/api/clips/{revoked}"),
        await house.fetch(f"/api/clips/{used}"),
        await house.fetch(f"/api/clips/{other_part}/2"),
        await house.fetch("/api/clips/x"),
    ]
    await house.clock.advance(3601)
    answers.append(await house.fetch(f"/api/clips/{late}"))
    _, orphan = await fresh()
    await house.exports.delete(done.id, by=by())
    answers.append(await house.fetch(f"/api/clips/{orphan}"))
    for answer in answers:
        assert (answer.status, answer.body) == (404, never.body)


async def test_link_ends_with_its_clip_at_the_latest(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    link, token = await house.links.make(done.id, hours=700, max_downloads=None, by=by())
    assert link.expires_at == done.expires_at
    await house.clock.advance(48 * 3600)
    # Its files are still there: nobody has tidied up.
    assert house.folder(done).exists()
    assert (await house.fetch(f"/api/clips/{token}")).status == 404


async def test_every_part_of_a_clip_has_its_own_address(house: House) -> None:
    await house.tape(NOW_MS - 60_000, source=SOUND)
    await house.tape(NOW_MS - 30_000, source=coded(seconds=2.0, size=(320, 180)))
    done = await house.made()
    _, token = await house.links.make(done.id, hours=1, max_downloads=1, by=by())
    for number, file in enumerate(done.files, 1):
        got = await house.fetch(f"/api/clips/{token}/{number}")
        assert len(got.body) == file.size_bytes
    assert await downloads(house, done.id) == 1
    assert (await house.fetch(f"/api/clips/{token}/0")).status == 400


NONSENSE: list[tuple[dict[str, object], str]] = [
    ({"hours": 0}, "hours"),
    ({"hours": 745}, "hours"),
    ({"hours": "x"}, "hours"),
    ({"max_downloads": 0}, "max_downloads"),
    ({"max_downloads": 10_001}, "max_downloads"),
    ({"more": 1}, "more"),
]


async def test_nonsense_is_refused_with_its_field(house: House) -> None:
    await house.tapes(1)
    done = await house.made()
    for body, field in NONSENSE:
        answer = await house.asking.post(f"{EXPORTS}/{done.id}/links", body)
        assert (answer.status, answer.fields) == (400, [field])


async def test_only_finished_clips_of_own_areas_are_shared(house: House) -> None:
    await house.tapes(1)
    export = await house.ask()
    path = f"{EXPORTS}/{export.id}/links"
    assert (await house.asking.post(path, {})).status == 409
    await house.maker.make_next()
    assert (await house.asking.post(path, {}, who=operator(6))).status == 404
    assert (await house.asking.post(path, {}, who=operator(5))).status == 201
    assert (await house.asking.delete(f"{path}/1", who=operator(6))).status == 404
