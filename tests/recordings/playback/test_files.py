"""Files as they go out over real sockets, to curl and to visitors that say odd things."""

import asyncio
import json
import os
from pathlib import Path, PurePosixPath

import pytest

from pantau.db.database import Database
from pantau.recordings.models import Span
from pantau.recordings.playback.files import Files, Source, Told, answer, pieces
from pantau.recordings.playback.ranges import Wanted
from pantau.recordings.storage.base import Entry, StorageError
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route, Streamed
from pantau.web.fast_lane import FastLane
from tests.recordings.playback.house import NOTHING, NOW_MS, House, open_house, preview
from tests.support.waiting import until
from tests.web.http_peer import no_app, serving_lane, visiting

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000


async def curl(*arguments: str) -> tuple[int, dict[str, str], bytes]:
    """Run curl; return status, headers and body."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sS", "-i", "--max-time", "60", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    head, _, body = out.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def one_file(house: House) -> tuple[str, bytes]:
    tape = house.tape(NOW_MS - 10 * MINUTE_MS)
    await house.index()
    return house.url(f"stream/{tape.video.name}"), tape.video.read_bytes()


async def test_curl_gets_the_parts_it_asks_for(sqlite_database: Database, tmp_path: Path) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, body = await one_file(house)
        size = len(body)
        for asked, expected in (
            ("0-99", body[:100]),
            ("-500", body[-500:]),
            (f"{size - 10}-", body[-10:]),
            (f"{size - 10}-{size + 900}", body[-10:]),
        ):
            status, headers, got = await curl("-r", asked, url)
            assert (status, got) == (206, expected)
            assert headers["content-length"] == str(len(expected))
            assert headers["content-range"].endswith(f"/{size}")
        status, headers, got = await curl(url)
        assert (status, got) == (200, body)
        assert headers["content-type"] == "video/mp4"
        assert headers["accept-ranges"] == "bytes"
        assert "content-range" not in headers


async def test_curl_is_told_of_parts_that_are_not_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, body = await one_file(house)
        for asked in (f"{len(body)}-", "0-1,5-9"):
            status, headers, got = await curl("-r", asked, url)
            assert status == 416
            assert headers["content-range"] == f"bytes */{len(body)}"
            assert b'"success":false' in got


async def test_curl_takes_up_a_download_where_it_stopped(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, body = await one_file(house)
        _, headers, _ = await curl("-r", "0-0", url)
        etag, modified = headers["etag"], headers["last-modified"]
        for condition in (etag, modified):
            status, _, got = await curl("-r", "100-", "-H", f"If-Range: {condition}", url)
            assert (status, got) == (206, body[100:])
        status, _, got = await curl("-r", "100-", "-H", 'If-Range: "stale"', url)
        assert (status, got) == (200, body)
        status, _, got = await curl("-H", f"If-None-Match: {etag}", url)
        assert (status, got) == (304, b"")
        target = tmp_path / "half.mp4"
        target.write_bytes(body[:1000])
        process = await asyncio.create_subprocess_exec(
            "curl", "-sS", "--max-time", "60", "-C", "-", "-o", str(target), url
        )
        assert await process.wait() == 0
        assert target.read_bytes() == body


async def test_head_says_what_get_would_and_sends_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, body = await one_file(house)
        for range_header in ([], ["-r", "0-9"]):
            status, headers, got = await curl("-I", *range_header, url)
            assert (status, got) == (200, b"")
            assert headers["content-length"] == str(len(body))
            assert headers["content-type"] == "video/mp4"


async def test_pages_of_other_sites_may_ask_for_parts(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, _ = await one_file(house)
        origin = ("-H", "Origin: https://elsewhere.example")
        status, headers, _ = await curl("-r", "0-9", *origin, url)
        assert status == 206
        assert headers["access-control-allow-origin"] == "*"
        exposed = headers["access-control-expose-headers"]
        for name in ("Content-Length", "Content-Range", "Accept-Ranges"):
            assert name in exposed
        status, headers, _ = await curl(
            *("-X", "OPTIONS", *origin, "-H", "Access-Control-Request-Method: GET"), url
        )
        assert status == 204
        assert "Range" in headers["access-control-allow-headers"]
        assert "GET" in headers["access-control-allow-methods"]
        status, headers, _ = await curl("-X", "DELETE", url)
        assert status == 405


async def test_pieces_of_one_file_cost_one_query_and_a_deleted_one_is_not_there(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, body = await one_file(house)

        def queries() -> int:
            return sqlite_database.stats().total_queries

        assert (await curl("-r", "0-9", url))[2] == body[:10]
        before = queries()
        for first in range(10, 60, 10):
            assert (await curl("-r", f"{first}-{first + 9}", url))[2] == body[first : first + 10]
        assert queries() == before
        house.clock.wind(3)
        assert (await curl("-r", "0-9", url))[0] == 206
        assert queries() > before
        for file in house.folder.rglob("*.mp4"):
            file.unlink()
        assert (await curl("-r", "0-9", url))[0] == 404


async def test_the_index_of_another_file_opens_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        old, fresh = house.tape(NOW_MS - 50 * MINUTE_MS), house.tape(NOW_MS - 10 * MINUTE_MS)
        await house.index()
        old.index_file.write_bytes(fresh.index_file.read_bytes())
        house.reach[1] = preview(Span(NOW_MS - 20 * MINUTE_MS, NOW_MS))
        assert (await curl("-r", "0-9", house.url(f"stream/{fresh.video.name}")))[0] == 206
        assert (await curl("-r", "0-9", house.url(f"stream/{old.video.name}")))[0] == 404


async def test_lists_of_files_count_no_hidden_ones(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        starts = [NOW_MS - minutes * MINUTE_MS for minutes in (50, 40, 30, 20)]
        for start_ms in starts:
            house.tape(start_ms)
        await house.index()
        # The two in the middle were dark.
        house.reach[1] = preview(
            Span(0, starts[1] - MINUTE_MS), Span(starts[2] + MINUTE_MS, NOW_MS)
        )
        told = []
        for limit, to_ms in ((1, NOW_MS), (2, NOW_MS), (1, starts[3])):
            address = house.url(f"segments?from={starts[0]}&to={to_ms}&limit={limit}")
            status, _, body = await curl(address)
            assert status == 200
            data = json.loads(body)["data"]
            told.append((data["total_segments"], data["is_cut"]))
        assert told == [(1, True), (2, False), (1, False)]


async def test_what_is_not_there_and_what_is_not_for_somebody_look_alike(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        await one_file(house)
        hidden = house.tape(NOW_MS - 20 * MINUTE_MS, camera_id=2)
        await house.index()
        house.reach[2] = NOTHING
        answers = [
            await curl("-r", "0-9", address)
            for address in (
                house.url(f"stream/{hidden.video.name}", camera_id=2),
                house.url(f"stream/{hidden.video.name}", camera_id=99),
                house.url(f"stream/{hidden.video.name}"),
                house.url("stream/nothing.mp4"),
                house.url("stream/20260301T080000000Z.idx"),
                house.url("stream/20261301T080000000Z.mp4"),
            )
        ]
        assert {status for status, _, _ in answers} == {404}
        told = {
            (body.partition(b"request_id")[0], tuple(sorted(headers)))
            for _, headers, body in answers
        }
        assert len(told) == 1


async def test_other_addresses_of_the_prefix_are_the_applications(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        for path in ("/api/recordings/overview", "/api/recordings/1/status"):
            _, _, body = await curl(f"http://127.0.0.1:{house.port}{path}")
            assert body == f"slow GET {path}".encode()


async def test_a_file_that_vanished_is_a_404_and_no_descriptor_stays_open(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        url, _ = await one_file(house)
        before = descriptors()
        for _ in range(5):
            await curl("-r", "0-99", url)
            await curl("-I", url)
            await curl("-r", "0-0,5-6", url)
        await until(lambda: descriptors() <= before)
        for video in house.folder.glob("*/*/*.mp4"):
            video.unlink()
        status, _, _ = await curl(url)
        assert status == 404


class Slow:
    """A source that counts what is read and whether it was closed."""

    chunk_bytes = 64 * 1024
    size_bytes = 2**30

    def __init__(self) -> None:
        self.read_bytes = 0
        self.closed = 0

    async def read(self, offset: int, length: int) -> bytes:
        self.read_bytes += length
        return bytes(length)

    def close(self) -> None:
        self.closed += 1


async def test_a_visitor_who_reads_slowly_or_leaves_costs_no_memory() -> None:
    source = Slow()

    async def handle(request: HotRequest) -> Reply | Streamed:
        return answer(request, source, Told())

    lane = FastLane(
        no_app, exact={"/film": Route(handle)}, prefixes={}, clients=ClientAddresses(())
    )
    async with serving_lane(lane) as port:
        async with visiting(port) as visitor:
            await visitor.say(b"GET /film HTTP/1.1\r\nhost: x\r\n\r\n")
            await visitor.reader.readexactly(1000)
            seen = -1
            while seen != source.read_bytes:
                seen = source.read_bytes
                for _ in range(50):
                    await asyncio.sleep(0)
            # What the kernel's and asyncio's buffers hold; the film is a gigabyte.
            assert seen < 32 * 2**20
            assert not source.closed
        await until(lambda: source.closed == 1)
        assert source.read_bytes < 64 * 2**20


async def test_a_file_that_ends_too_early_ends_the_connection() -> None:
    class Short(Slow):
        async def read(self, offset: int, length: int) -> bytes:
            return b"x" * 10 if offset == 0 else b""

    source = Short()

    async def handle(request: HotRequest) -> Reply | Streamed:
        return answer(request, source, Told())

    lane = FastLane(
        no_app, exact={"/film": Route(handle)}, prefixes={}, clients=ClientAddresses(())
    )
    async with serving_lane(lane) as port, visiting(port) as visitor:
        await visitor.say(b"GET /film HTTP/1.1\r\nhost: x\r\n\r\n")
        rest = await visitor.hear_the_end()
        assert rest.endswith(b"x" * 10)
    assert source.closed == 1


class Bucket:
    """A place that is no folder: all it can do is read."""

    name = "bucket"

    def __init__(self, files: dict[PurePosixPath, bytes]) -> None:
        self._files = files
        self.reads = 0

    async def read(self, key: PurePosixPath, offset: int, length: int) -> bytes:
        self.reads += 1
        return self._files[key][offset : offset + length]

    async def size(self, key: PurePosixPath) -> int | None:
        data = self._files.get(key)
        return None if data is None else len(data)

    async def put(self, key: PurePosixPath, file: Path) -> None:
        raise NotImplementedError

    async def delete(self, key: PurePosixPath) -> bool:
        raise NotImplementedError

    async def entries(self, below: PurePosixPath) -> "list[Entry]":
        raise NotImplementedError

    async def room(self) -> None:
        return None

    def local_path(self, key: PurePosixPath) -> Path | None:
        return None


async def test_places_that_are_no_folders_are_read_through() -> None:
    key = PurePosixPath("1/2026-03-01/film.mp4")
    data = os.urandom(3 * 2**20 + 17)
    bucket, files = Bucket({key: data}), Files()
    try:
        source: Source = await files.open(bucket, key)  # type: ignore[arg-type]
        assert source.size_bytes == len(data)
        wanted = Wanted(206, 100, 2 * 2**20)
        got = b"".join([part async for part in pieces(source, wanted)])
        assert got == data[100 : 100 + 2 * 2**20]
        assert bucket.reads == 2
        with pytest.raises(StorageError) as refused:
            await files.open(bucket, PurePosixPath("nothing"))  # type: ignore[arg-type]
        assert refused.value.is_gone
    finally:
        files.close()
