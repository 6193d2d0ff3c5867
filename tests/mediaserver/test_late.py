"""Delayed cameras, stills and guarded paths through the whole media server, with real shards."""

import asyncio
import re
from io import BytesIO
from pathlib import Path

import av
import pytest

from pantau.mediaserver.process import SHARD_COMMAND
from tests.mediaserver.running import Answer, Running, media_server
from tests.support.farm import FarmInThread
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
LATE_FILE = re.compile(r"late-(?:init-)?[0-9a-f]{24}\.\w+")


async def answered(server: Running, route: str, *, status: int) -> Answer:
    async with asyncio.timeout(45):
        while True:
            answer = await server.get(route)
            if answer.status == status and "X-Pantau-Delay" in answer.headers:
                return answer
            await asyncio.sleep(0.1)


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_a_delayed_camera_is_pulled_unasked_and_shown_late() -> None:
    async with media_server(shard_command=SHARD_COMMAND) as server:
        await server.add("gate", "testcard:", sourceOnDemand=True, pantauDelay="3s")
        shown = await answered(server, "/gate/late-index.m3u8", status=200)
        assert shown.headers["X-Pantau-Delay"] == "3"
        names = LATE_FILE.findall(shown.body.decode())
        pieces = [await server.get(f"/gate/{name}") for name in names]
        assert {piece.status for piece in pieces} == {200}
        with av.open(BytesIO(b"".join(piece.body for piece in pieces)), "r") as container:
            assert len(list(container.decode(video=0))) >= 6
        assert (await server.path("gate"))["pantauLate"]["cause"] is None
        still = await server.get("/gate/still.webp?width=320&late=1")
        assert (still.status, still.body[:4]) == (200, b"RIFF")
        spool = server.folder.parent / "spool"
        assert files_of(spool)
        await server.call("DELETE", "/v3/config/paths/delete/gate")
        await until(lambda: not files_of(spool))
        assert (await server.get(f"/gate/{names[-1]}")).status == 404


async def test_what_is_not_delayed_has_no_late_files() -> None:
    async with media_server(shard_command=SHARD_COMMAND) as server:
        await server.add("gate", "testcard:")
        await server.until_state("gate", ready=True)
        for name in ("late-index.m3u8", f"late-{'0' * 24}.m4s", "still.jpg?late=1"):
            assert (await server.get(f"/gate/{name}")).status == 404
        assert (await server.path("gate"))["pantauLate"] is None


async def test_pictures_that_are_not_old_enough_are_waited_for_and_never_left_on_the_disk() -> None:
    async with media_server(shard_command=SHARD_COMMAND) as server:
        spool = server.folder.parent / "spool"
        await server.add("gate", "testcard:", pantauDelay="1h")
        await until(lambda: files_of(spool), timeout_s=45)
        waiting = await answered(server, "/gate/late-index.m3u8", status=503)
        assert waiting.headers["X-Pantau-Cause"] == "late_waiting"
        assert waiting.headers["X-Pantau-Delay"] == "3600"
        assert int(waiting.headers["Retry-After"]) > 60
        assert isinstance(waiting.json, dict)
        assert waiting.json["code"] == "stream.late_waiting"
        assert (await server.get("/gate/still.jpg?late=1")).status == 404
        report = (await server.path("gate"))["pantauLate"]
        assert (report["delay"], report["cause"]) == (3600, "late_waiting")
        left = files_of(spool)
    assert not any(file.exists() for file in left)


async def test_stills_have_two_forms_and_four_widths() -> None:
    async with media_server(shard_command=SHARD_COMMAND) as server:
        await server.add("gate", "testcard:")
        await server.until_state("gate", ready=True)
        for width_px, wide in ((160, 160), (320, 320), (640, 640), (1280, 640)):
            answer = await server.get(f"/gate/still.webp?width={width_px}")
            assert answer.headers["Content-Type"] == "image/webp"
            with av.open(BytesIO(answer.body), "r") as picture:
                assert picture.streams.video[0].width == wide
        assert len((await server.get("/gate/still.webp?width=320")).body) <= 12_000
        assert (await server.get("/gate/still.webp?width=321")).status == 400
        assert (await server.get("/gate/still.jpg?width=321")).status == 200


async def test_guarded_paths_may_go_where_the_settings_say() -> None:
    with FarmInThread() as farm:
        farm.add("cam")
        async with media_server(shard_command=SHARD_COMMAND) as server:
            await server.add("gate", farm.url("cam"), pantauGuarded=True)
            await server.add("cloud", "http://169.254.169.254/latest", pantauGuarded=True)
            await server.until_state("gate", ready=True)
            refused = await server.until_state("cloud", cause="not_allowed")
            assert "allowed_networks" in refused["pantau"]["message"]
