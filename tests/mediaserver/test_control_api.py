"""The control API over its socket, in front of shards that are real processes."""

import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pantau import __version__
from pantau.mediaserver.path_fields import FIELDS
from pantau.mediaserver.sockets import API_SOCKET
from pantau.streaming.media_server import MediaServerClient
from tests.mediaserver.running import Running, media_server

pytestmark = pytest.mark.anyio

SECRET = "rtsp://root:hunter2@10.9.8.7/secret-path"


async def error(server: Running, method: str, route: str, **more: Any) -> tuple[int, str]:
    answer = await server.call(method, route, **more)
    assert answer.json.keys() == {"status", "error"}
    assert answer.json["status"] == "error"
    return answer.status, answer.json["error"]


async def test_server_says_who_it_is() -> None:
    async with media_server() as server:
        info = (await server.call("GET", "/v3/info")).json
        assert info["version"] == f"v1.20.0-pantau.{__version__}"
        assert info["started"].endswith("Z")
        conf = (await server.call("GET", "/v3/config/global/get")).json
        assert (conf["api"], conf["hls"], conf["hlsVariant"]) == (True, True, "fmp4")
        defaults = (await server.call("GET", "/v3/config/pathdefaults/get")).json
        assert defaults.keys() == FIELDS.keys()


async def test_life_of_a_path_configuration() -> None:
    async with media_server() as server:
        await server.add("north/gate", "testcard:dark", sourceOnDemandStartTimeout="90s")
        route = "/v3/config/paths/{}/north/gate"
        conf = (await server.call("GET", route.format("get"))).json
        assert conf.keys() == FIELDS.keys()
        assert conf["sourceOnDemandStartTimeout"] == "1m30s"
        await server.call("PATCH", route.format("patch"), json={"maxReaders": 3})
        conf = (await server.call("GET", route.format("get"))).json
        assert (conf["maxReaders"], conf["source"]) == (3, "testcard:dark")
        await server.call("POST", route.format("replace"), json={"source": "testcard:steady"})
        conf = (await server.call("GET", route.format("get"))).json
        assert (conf["maxReaders"], conf["source"]) == (0, "testcard:steady")
        await server.until_state("north/gate", ready=True)
        assert (await server.call("DELETE", route.format("delete"))).json == {"status": "ok"}
        assert (await server.call("GET", route.format("get"))).status == 404
        assert (await server.get("/north/gate/index.m3u8")).status == 404


async def test_failures_have_the_texts_that_clients_know() -> None:
    async with media_server() as server:
        await server.add("gate", "testcard:dark")
        body = {"source": "testcard:dark"}
        config = "/v3/config/paths"
        assert await error(server, "POST", f"{config}/add/gate", json=body) == (
            400,
            "path already exists",
        )
        assert await error(server, "GET", f"{config}/get/x") == (
            404,
            "path configuration not found",
        )
        for method, call in (("PATCH", "patch"), ("DELETE", "delete")):
            assert await error(server, method, f"{config}/{call}/x", json={}) == (
                404,
                "path not found",
            )
        assert await error(server, "GET", "/v3/paths/get/x") == (404, "path not found")
        assert await error(server, "GET", "/v3/hlsmuxers/get/x") == (404, "muxer not found")
        assert await error(server, "GET", f"{config}/get/") == (400, "invalid name")
        assert await error(server, "POST", f"{config}/add/x", json={"asd": 1}) == (
            400,
            'json: unknown field "asd"',
        )
        assert (await error(server, "POST", f"{config}/add/a//b", json=body))[0] == 400
        assert (await error(server, "POST", f"{config}/add/x", data=b"{"))[0] == 400
        assert (await error(server, "GET", "/v3/nothing"))[0] == 404
        assert (await error(server, "GET", f"{config}/add/x"))[0] == 404
        assert (await error(server, "POST", f"{config}/add/x", data=io.BytesIO(b"x" * 2_000_000)))[
            0
        ] == 413
        assert (await error(server, "GET", "/v3/paths/list?page=x"))[0] == 400
        assert (await error(server, "GET", "/v3/paths/list?itemsPerPage=0"))[0] == 400


async def test_lists_are_sorted_and_paged() -> None:
    async with media_server() as server:
        for name in ("c", "a", "b/x", "b"):
            await server.add(name, "publisher")
        for route in ("/v3/config/paths/list", "/v3/paths/list"):
            whole = (await server.call("GET", route)).json
            assert (whole["itemCount"], whole["pageCount"]) == (4, 1)
            assert [item["name"] for item in whole["items"]] == ["a", "b", "b/x", "c"]
            last = (await server.call("GET", f"{route}?page=1&itemsPerPage=3")).json
            assert (last["itemCount"], last["pageCount"]) == (4, 2)
            assert [item["name"] for item in last["items"]] == ["c"]


async def test_idle_path_is_in_the_runtime_list() -> None:
    async with media_server() as server:
        await server.add("gate", "publisher")
        path = await server.path("gate")
        assert (path["ready"], path["available"], path["online"]) == (False, False, False)
        assert (path["source"], path["readers"], path["tracks2"]) == (None, [], [])
        assert path["pantau"]["state"] == "idle"


async def test_runtime_report_of_a_camera_with_a_picture() -> None:
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        await server.get("/gate/index.m3u8")
        path = await server.until_state("gate", state="live")
        assert path["confName"] == "gate"
        assert path["source"] == {"type": "testcardSource", "id": ""}
        assert path["online"] is True
        props = {"width": 640, "height": 360, "profile": "High", "level": "4"}
        assert path["tracks"] == ["H264"]
        assert path["tracks2"] == [{"codec": "H264", "codecProps": props}]
        async with MediaServerClient(unix_socket=str(server.folder / API_SOCKET)) as client:
            assert (await client.path("gate")).width_px == 640
        await server.until_answered("/v3/hlsmuxers/list", lambda muxers: muxers["itemCount"])
        assert (await server.call("GET", "/v3/hlsmuxers/get/gate")).json["outboundBytes"] > 0


async def test_cause_of_darkness_is_told_in_words() -> None:
    async with media_server() as server:
        await server.add("gate", "testcard:dark")
        path = await server.until_state("gate", cause="login_refused")
        assert path["pantau"]["message"] == "The camera refused the user name or password."
        answer = await server.get("/gate/index.m3u8")
        assert (answer.status, answer.headers["X-Pantau-Cause"]) == (404, "login_refused")


def process_lists() -> list[bytes]:
    """Return the arguments and the environment of every process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                found.append((entry / name).read_bytes())
            except OSError:
                continue
    return found


async def test_address_of_a_camera_is_given_by_the_configuration_alone(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Settings may come from the environment, secrets among them; shards must not inherit them.
    monkeypatch.setenv("PANTAU_CAMERAS", SECRET)
    async with media_server() as server:
        await server.add("gate", SECRET)
        told = [
            (await server.call("GET", "/v3/paths/list")).body,
            (await server.get("/gate/index.m3u8")).body,
            json.dumps(await error(server, "POST", "/v3/config/paths/add/gate", json={})).encode(),
        ]
        told += process_lists()
        assert SECRET in (await server.call("GET", "/v3/config/paths/get/gate")).body.decode()
    output = capfd.readouterr()
    everything = b"".join(told).decode(errors="replace") + output.out + output.err
    for part in ("hunter2", "10.9.8.7", "secret-path"):
        assert part not in everything


async def test_browsers_are_turned_away() -> None:
    forged = ({"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Host": "evil:1"})
    async with media_server() as server, aiohttp.ClientSession() as session:
        for headers in forged:
            url = f"{server.api_url}/v3/info"
            async with session.get(url, headers=headers) as response:
                assert response.status == 403


async def test_loopback_port_serves_the_same() -> None:
    async with media_server() as server, MediaServerClient(base_url=server.api_url) as client:
        assert await client.version() == f"v1.20.0-pantau.{__version__}"
        for number in range(250):
            await client.replace(f"p{number}", {"source": "publisher"})
        assert len(await client.paths()) == len(await client.config_paths()) == 250
