"""The control API client against small servers that behave like old, new and broken ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.streaming.media_server import MediaServerClient

pytestmark = pytest.mark.anyio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(handler: Handler, *, within_s: float = 45) -> AsyncIterator[MediaServerClient]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    base_url = f"http://127.0.0.1:{port}"
    async with MediaServerClient(base_url=base_url, call_timeout_s=within_s) as client:
        yield client
    await runner.cleanup()


def paged(items: list[dict[str, Any]]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        size = int(request.query.get("itemsPerPage", "100"))
        first = int(request.query.get("page", "0")) * size
        return web.json_response(
            {
                "itemCount": len(items),
                "pageCount": -(-len(items) // size),
                "items": items[first : first + size],
            }
        )

    return answer


def fixed(answer: object, *, status: int = 200) -> Handler:
    async def reply(_: web.Request) -> web.Response:
        return web.json_response(answer, status=status)

    return reply


async def test_lists_are_read_to_the_end() -> None:
    items = [{"name": f"camera-{number:03d}", "source": "publisher"} for number in range(250)]
    async with server(paged(items)) as client:
        assert len(await client.config_paths()) == 250
        assert len(await client.paths()) == 250


async def test_empty_list_is_no_path() -> None:
    async with server(paged([])) as client:
        assert await client.paths() == {}


async def test_list_that_shrinks_while_it_is_read_still_ends() -> None:
    async def shrinking(request: web.Request) -> web.Response:
        items = [{"name": "a"}] if request.query["page"] == "0" else []
        return web.json_response({"itemCount": 300, "pageCount": 3, "items": items})

    async with server(shrinking) as client:
        assert list(await client.paths()) == ["a"]


async def test_list_without_an_end_is_given_up() -> None:
    async def endless(request: web.Request) -> web.Response:
        name = f"p{request.query['page']}"
        return web.json_response({"itemCount": 1, "pageCount": 10**9, "items": [{"name": name}]})

    async with server(endless) as client:
        with pytest.raises(Unavailable):
            await client.paths()


async def test_current_field_names_are_read() -> None:
    item = {
        "name": "north/gate",
        "available": True,
        "availableTime": "2026-11-22T01:02:03.123456789Z",
        "online": True,
        "source": {"type": "rtspSource", "id": ""},
        "tracks2": [
            {"codec": "MPEG-4 Audio", "codecProps": {"sampleRate": 8000, "channelCount": 1}},
            {"codec": "H264", "codecProps": {"width": 1280, "height": 720}},
        ],
        "inboundBytes": 12,
        "outboundBytes": 34,
        "readers": [{"type": "hlsSession", "id": "x"}],
    }
    async with server(fixed(item)) as client:
        path = await client.path("north/gate")
    assert (path.name, path.ready, path.online) == ("north/gate", True, True)
    assert path.ready_at == datetime(2026, 11, 22, 1, 2, 3, 123456, tzinfo=UTC)
    assert path.tracks == ("MPEG-4 Audio", "H264")
    assert (path.width_px, path.height_px) == (1280, 720)
    assert (path.inbound_bytes, path.outbound_bytes, path.readers) == (12, 34, 1)
    assert (path.source_type, path.state, path.cause) == ("rtspSource", "", None)


async def test_field_names_of_an_old_server_are_read() -> None:
    item = {
        "name": "gate",
        "ready": True,
        "readyTime": "2026-11-22T01:02:03+07:00",
        "source": None,
        "tracks": ["H264"],
        "bytesReceived": 12,
        "bytesSent": 34,
        "readers": [],
    }
    async with server(fixed(item)) as client:
        path = await client.path("gate")
    assert path.ready
    assert path.ready_at is not None
    assert path.tracks == ("H264",)
    assert (path.inbound_bytes, path.outbound_bytes) == (12, 34)


async def test_engine_tells_why_there_is_no_picture() -> None:
    own = {
        "state": "waiting",
        "cause": "login_refused",
        "message": "The camera refused the user name or password.",
        "detail": "401 after Digest",
        "nextAttempt": "2026-11-22T01:02:03Z",
        "lastPicture": None,
        "sessionsOpened": 3,
    }
    async with server(fixed({"name": "gate", "available": False, "pantau": own})) as client:
        path = await client.path("gate")
    assert (path.state, path.cause, path.sessions_opened) == ("waiting", "login_refused", 3)
    assert path.next_attempt_at == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert path.last_picture_at is None


async def test_success_without_a_body_is_success() -> None:
    seen: list[tuple[str, str, Any]] = []

    async def mute(request: web.Request) -> web.Response:
        body = await request.read()
        seen.append((request.method, request.path, json.loads(body) if body else None))
        return web.Response(status=200)

    async with server(mute) as client:
        await client.replace("north/gate", {"source": "rtsp://127.0.0.1/1"})
        await client.delete("north/gate")
    assert seen == [
        ("POST", "/v3/config/paths/replace/north/gate", {"source": "rtsp://127.0.0.1/1"}),
        ("DELETE", "/v3/config/paths/delete/north/gate", None),
    ]


async def test_version_is_unknown_where_the_server_is_too_old_to_say() -> None:
    async with server(fixed({"error": "not found"}, status=404)) as client:
        assert await client.version() is None
    async with server(fixed({"version": "v1.15.2", "started": "2026-11-22T01:02:03Z"})) as client:
        assert await client.version() == "v1.15.2"


async def test_refusal_is_told_without_the_address_of_the_camera() -> None:
    told = {"status": "error", "error": "'rtsp://root:secret@10.0.0.7/1' is not a valid URL"}
    async with server(fixed(told, status=400)) as client:
        with pytest.raises(Invalid) as caught:
            await client.replace("gate", {"source": "rtsp://root:secret@10.0.0.7/1"})
    assert "not a valid URL" in caught.value.sentence
    assert "secret" not in f"{caught.value.sentence} {caught.value.facts}"
    assert "10.0.0.7" not in caught.value.sentence


async def test_missing_path_is_not_found() -> None:
    async with server(fixed({"status": "error", "error": "path not found"}, status=404)) as client:
        with pytest.raises(NotFound):
            await client.path("gate")


@pytest.mark.parametrize("status", [401, 403, 500, 302])
async def test_server_that_does_not_let_us_work_is_unavailable(status: int) -> None:
    async with server(fixed({"status": "error", "error": "x"}, status=status)) as client:
        with pytest.raises(Unavailable):
            await client.paths()


async def test_answer_that_is_no_json_is_unavailable() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>router login</html>", content_type="text/html")

    async with server(page) as client:
        with pytest.raises(Unavailable):
            await client.paths()


async def test_silent_server_is_given_up() -> None:
    async def silence(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with server(silence, within_s=0.5) as client:
        with pytest.raises(Unavailable) as caught:
            await client.info()
    assert caught.value.code == "media_server.silent"


async def test_nobody_at_the_address_is_unavailable(tmp_path: Path) -> None:
    async with MediaServerClient(unix_socket=str(tmp_path / "nobody.sock")) as client:
        with pytest.raises(Unavailable) as caught:
            await client.info()
    assert caught.value.code == "media_server.unreachable"
    assert str(tmp_path) not in caught.value.sentence


async def test_fields_of_a_wrong_type_are_absent_rather_than_fatal() -> None:
    item = {"name": "gate", "available": "yes", "tracks2": 7, "readers": None, "inboundBytes": "1"}
    async with server(fixed(item)) as client:
        path = await client.path("gate")
    assert (path.ready, path.tracks, path.readers, path.inbound_bytes) == (False, (), 0, 0)
