"""`/api/recordings/exports` over HTTP: who may, what is said, and any part of a file."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pantau.db.database import Database
from pantau.recordings.exports.models import ExportState
from pantau.web.principal import ANONYMOUS, Principal
from tests.audit.trails import rows
from tests.recordings.exports.house import (
    ADMIN,
    NOW_MS,
    READER,
    House,
    by,
    open_house,
    operator,
)

pytestmark = pytest.mark.anyio

EXPORTS = "/api/recordings/exports"
MAKE = "/api/recordings/1/exports"
SPAN = {"from": NOW_MS - 60_000, "to": "2026-03-01T15:00:00+07:00"}
VIEWER = Principal(kind="session", user_id=4, username="v", role="viewer", session_id=4)


@pytest.fixture
async def house(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(sqlite_database, tmp_path) as one:
        yield one


@pytest.fixture
async def each_house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The same on both databases."""
    async with open_house(database, tmp_path) as one:
        yield one


async def actions(house: House) -> list[str]:
    return [row["name"] for row in await rows(house.database)]


async def test_export_is_asked_for_watched_fetched_and_deleted(each_house: House) -> None:
    house = each_house
    (tape,) = await house.tapes(1)
    asked = await house.asking.post(MAKE, SPAN)
    assert asked.status == 202
    export_id = asked.data["id"]
    assert asked.data == {
        "id": export_id,
        "camera_id": 1,
        "camera_name": "Gerbang Utara / 1",
        "from_ms": NOW_MS - 60_000,
        "to_ms": NOW_MS,
        "kind": "clip",
        "speed": 1,
        "state": "queued",
        "progress": 0,
        "error": "",
        "cancel_asked": False,
        "size_bytes": asked.data["size_bytes"],
        "files": [],
        "manifest_url": None,
        "created_by": "admin",
        "created_at": "2026-03-01T08:00:00Z",
        "finished_at": None,
        "expires_at": None,
    }
    await house.maker.make_next()
    shown = (await house.asking.get(f"{EXPORTS}/{export_id}")).data
    assert (shown["state"], shown["progress"]) == ("done", 1000)
    assert shown["expires_at"] == "2026-03-03T08:00:00Z"
    (file,) = shown["files"]
    whole = await house.fetch(file["url"])
    assert whole.status == 200
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"] == f'attachment; filename="{file["name"]}"'
    assert whole.headers["etag"] == f'"{file["sha256"]}"'
    assert "no-store" in whole.headers["cache-control"]
    assert len(whole.body) == file["size_bytes"] > tape.fragments[0].size
    manifest = await house.fetch(shown["manifest_url"])
    assert manifest.headers["content-type"] == "application/json"
    assert manifest.json["files"][0]["sha256"] == file["sha256"]
    listed = (await house.asking.get(EXPORTS)).json
    assert [one["id"] for one in listed["data"]] == [export_id]
    assert (await house.asking.delete(f"{EXPORTS}/{export_id}")).status == 200
    for path in (f"{EXPORTS}/{export_id}", file["url"], shown["manifest_url"]):
        assert (await house.fetch(path)).status == 404
    assert await actions(house) == ["EXPORT_CLIP", "DELETE_EXPORT"]


async def test_any_range_of_a_file_can_be_fetched(house: House) -> None:
    await house.tapes(1)
    export = await house.made()
    (file,) = export.files
    url = f"{EXPORTS}/{export.id}/files/{file.name}"
    data = (house.folder(export) / file.name).read_bytes()
    size = len(data)
    for asked, first, last in (
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, size - 1),
        ("bytes=-50", size - 50, size - 1),
        (f"bytes=10-{size * 2}", 10, size - 1),
    ):
        part = await house.fetch(url, range=asked)
        assert part.status == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.body == data[first : last + 1]
    beyond = await house.fetch(url, range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    tag = f'"{file.sha256}"'
    resumed = await house.fetch(url, range="bytes=5-9", if_range=tag)
    other = await house.fetch(url, range="bytes=5-9", if_range='"other"')
    assert (resumed.status, other.status) == (206, 200)
    assert (await house.fetch(url, if_none_match=tag)).status == 304
    head = await house.fetch(url, method="HEAD", range="bytes=0-9")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(size), b"")


async def test_only_files_that_the_manifest_names_are_sent(house: House) -> None:
    await house.tapes(1)
    export = await house.made()
    (house.folder(export) / "secret.mp4").write_bytes(b"x")
    for name in (
        "secret.mp4",
        "making.lock",
        "..",
        "%2e%2e%2fmaking.lock",
        "..%2f..%2fpantau.db",
        "clip.mp4",
        "manifest.JSON",
    ):
        answer = await house.fetch(f"{EXPORTS}/{export.id}/files/{name}")
        assert answer.status == 404
    assert (await house.fetch(f"{EXPORTS}/../{export.id}")).status == 404


NONSENSE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["from", "to"]),
    ({**SPAN, "from": None}, ["from"]),
    ({**SPAN, "from": "yesterday"}, ["from"]),
    ({**SPAN, "from": "2026-03-01T08:00:00"}, ["from"]),
    ({**SPAN, "from": 1.5}, ["from"]),
    ({**SPAN, "from": True}, ["from"]),
    ({**SPAN, "from": 10**30}, ["from"]),
    ({**SPAN, "from": NOW_MS, "to": NOW_MS + 5}, ["from"]),
    ({**SPAN, "to": NOW_MS - 60_000}, ["to"]),
    ({**SPAN, "from": NOW_MS - 25 * 3_600_000}, ["to"]),
    ({**SPAN, "kind": "film"}, ["kind"]),
    ({**SPAN, "kind": "timelapse", "speed": 1}, ["speed"]),
    ({**SPAN, "kind": "timelapse", "speed": 601}, ["speed"]),
    ({**SPAN, "speed": "fast"}, ["speed"]),
    ({**SPAN, "colour": "red"}, ["colour"]),
    ({"from": 1, "to": 2}, ["from"]),
]


async def test_nonsense_is_refused_with_its_fields(house: House) -> None:
    await house.tapes(1)
    for body, fields in NONSENSE:
        answer = await house.asking.post(MAKE, body)
        assert answer.status == 400, answer.body
        assert sorted(answer.fields) == fields
    assert (await house.asking.get(EXPORTS)).data == []


async def test_operators_have_the_exports_of_their_areas_only(house: House) -> None:
    await house.tapes(1)
    begin = NOW_MS - 6_000
    await house.tape(begin, camera_id=2)
    own, foreign = operator(5), operator(6)
    mine = await house.asking.post(MAKE, SPAN, who=own)
    assert mine.status == 202
    other = await house.asking.post("/api/recordings/2/exports", SPAN)
    assert other.status == 202
    assert (await house.asking.post(MAKE, SPAN, who=foreign)).status == 403
    assert (await house.asking.post("/api/recordings/2/exports", SPAN, who=own)).status == 403
    assert (await house.asking.post("/api/recordings/99/exports", SPAN)).status == 404
    listed = (await house.asking.get(EXPORTS, who=own)).data
    assert [one["id"] for one in listed] == [mine.data["id"]]
    assert (await house.asking.get(EXPORTS, who=foreign)).data == []
    assert len((await house.asking.get(EXPORTS)).data) == 2
    path = f"{EXPORTS}/{other.data['id']}"
    unknown = await house.asking.get(f"{EXPORTS}/{'0' * 32}", who=own)
    for answer in (
        await house.asking.get(path, who=own),
        await house.asking.delete(path, who=own),
        await house.asking.post(f"{path}/cancel", None, who=own),
        await house.asking.post(f"{path}/links", {}, who=own),
        await house.asking.get(f"{path}/links", who=own),
        await house.asking.get(f"{path}/manifest.json", who=own),
    ):
        assert (answer.status, answer.json["code"]) == (404, unknown.json["code"])


async def test_footage_of_a_removed_camera_is_for_whoever_has_all_areas(house: House) -> None:
    await house.tape(NOW_MS - 6_000, camera_id=3)
    path = "/api/recordings/3/exports"
    assert (await house.asking.post(path, SPAN, who=operator(5))).status == 404
    asked = await house.asking.post(path, SPAN)
    assert (asked.status, asked.data["camera_name"]) == (202, "3")


async def test_keys_read_and_write_by_their_scopes_and_viewers_nothing(house: House) -> None:
    await house.tapes(1)
    writer = Principal(kind="api_key", key_id=4, scopes=frozenset({"recordings:write"}))
    assert (await house.asking.post(MAKE, SPAN, who=READER)).status == 403
    made = await house.asking.post(MAKE, SPAN, who=writer)
    assert (made.status, made.data["created_by"]) == (202, "api key 4")
    assert (await house.asking.get(EXPORTS, who=READER)).status == 200
    assert (await house.asking.get(EXPORTS, who=writer)).status == 403
    assert (await house.asking.get(EXPORTS, who=VIEWER)).status == 403
    assert (await house.asking.get(EXPORTS, who=ANONYMOUS)).status == 401


async def test_list_is_paged_and_filtered(each_house: House) -> None:
    house = each_house
    await house.tapes(1)
    made = []
    for _ in range(5):
        made.append((await house.ask()).id)
        await house.clock.advance(1)
    await house.exports.cancel(made[0], by=by())
    first = (await house.asking.get(EXPORTS, query="limit=2")).json
    assert [one["id"] for one in first["data"]] == [made[4], made[3]]
    cursor = first["pagination"]["next_cursor"]
    second = (await house.asking.get(EXPORTS, query=f"limit=2&cursor={cursor}")).json
    assert [one["id"] for one in second["data"]] == [made[2], made[1]]
    queued = (await house.asking.get(EXPORTS, query="state=queued&camera_id=1")).data
    assert len(queued) == 4
    assert (await house.asking.get(EXPORTS, query="camera_id=2")).data == []
    for query, field in (
        ("state=lost", "state"),
        ("camera_id=x", "camera_id"),
        ("limit=0", "limit"),
        ("cursor=rubbish", "cursor"),
    ):
        answer = await house.asking.get(EXPORTS, query=query)
        assert (answer.status, answer.fields) == (400, [field])


async def test_cancelling_is_told_and_only_once(house: House) -> None:
    await house.tapes(1)
    export = await house.ask()
    path = f"{EXPORTS}/{export.id}/cancel"
    answer = await house.asking.post(path, None)
    assert (answer.status, answer.data["state"]) == (202, "cancelled")
    assert (await house.asking.post(path, None)).status == 409
    assert await actions(house) == ["EXPORT_CLIP", "CANCEL_EXPORT"]


async def test_crowd_of_exports_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.recordings.exports.service.MOST_UNDER_WAY", 2)
    await house.tapes(1)
    for _ in range(2):
        assert (await house.asking.post(MAKE, SPAN)).status == 202
    assert (await house.asking.post(MAKE, SPAN)).status == 409


async def test_no_answer_names_a_path_of_the_disk(house: House, tmp_path: Path) -> None:
    await house.tapes(1)
    done = await house.made()
    (file,) = done.files
    (house.folder(done) / file.name).unlink()
    gone = await house.fetch(f"{EXPORTS}/{done.id}/files/{file.name}")
    assert gone.status == 404
    for answer in (gone, await house.asking.get(EXPORTS)):
        assert str(tmp_path).encode() not in answer.body
    assert (await house.again(done)).state is ExportState.DONE
    assert ADMIN.username == "admin"
