"""Recording by way of the control API: ordered, reported, begun anew, and closed at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pantau.media.archive.index import Ending
from pantau.media.archive.orders import RecordRules
from pantau.media.archive.reading import is_whole
from pantau.mediaserver.process import SHARD_COMMAND
from tests.media.archive.looped import files_in, index_of
from tests.mediaserver.running import Running, media_server
from tests.support.farm import FarmInThread

pytestmark = pytest.mark.anyio

FIELDS = {
    "state",
    "cause",
    "message",
    "since",
    "openStartMs",
    "openBytes",
    "lastFragmentAt",
    "closed",
    "lastClosedStartMs",
    "lastClosedEndMs",
    "dropped",
    "bytesPerSecond",
}


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        farm.add("gate")
        yield farm


def rules(root: Path) -> RecordRules:
    return RecordRules((root,), reserve_bytes=0)


async def recorder(server: Running, name: str, **wanted: Any) -> dict[str, Any]:
    """Wait until a path's recorder is as wanted."""

    def is_so(path: dict[str, Any]) -> bool:
        told = path["pantauRecorder"]
        return told is not None and all(told[key] == value for key, value in wanted.items())

    path = await server.until_answered(f"/v3/paths/get/{name}", is_so)
    found = path["pantauRecorder"]
    assert isinstance(found, dict)
    return found


async def test_recorded_path_reports_itself_begins_anew_and_is_closed_at_the_end(
    farm: FarmInThread, tmp_path: Path
) -> None:
    async with media_server(shard_command=SHARD_COMMAND, recording=rules(tmp_path)) as server:
        await server.add(
            "gate",
            farm.url("gate"),
            sourceOnDemand=True,
            pantauRecord=True,
            pantauRecordAs=7,
        )
        told = await recorder(server, "gate", state="recording", cause=None)
        assert told.keys() == FIELDS
        (first,) = files_in(tmp_path)
        assert told["openStartMs"] in {index_of(first).head.start_ms, None}
        answer = await server.call("POST", "/v3/pantau/recorder/restart/gate")
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        told = await recorder(server, "gate", closed=1)
        assert told["lastClosedStartMs"] == index_of(first).head.start_ms
        assert is_whole(first)
        # A schedule that ends says so, and the file is closed while the camera stays.
        await server.call("PATCH", "/v3/config/paths/patch/gate", json={"pantauRecord": False})
        await server.until_answered("/v3/paths/get/gate", lambda path: not path["pantauRecorder"])
        await server.call("PATCH", "/v3/config/paths/patch/gate", json={"pantauRecord": True})
        await recorder(server, "gate", state="recording")
    files = files_in(tmp_path)
    assert len(files) >= 2
    assert all(map(is_whole, files))
    assert {index_of(file).ending for file in files} == {Ending.STOPPED}


async def test_restart_of_what_is_not_recorded_is_refused_by_name(tmp_path: Path) -> None:
    async with media_server(recording=rules(tmp_path)) as server:
        restart = "/v3/pantau/recorder/restart"
        unknown = await server.call("POST", f"{restart}/nobody")
        assert unknown.status == 404
        await server.add("gate")
        plain = await server.call("POST", f"{restart}/gate")
        assert (plain.status, plain.json["error"]) == (400, "path is not recorded")
        for name in ("recorded", "idle"):
            await server.add(name, pantauRecord=True, pantauRecordAs=7)

        async def status(name: str) -> int:
            return (await server.call("POST", f"{restart}/{name}")).status

        await server.until_state("recorded", ready=True)
        assert await status("recorded") == 200
        assert await status("idle") == 503


async def test_order_without_a_camera_number_is_refused(tmp_path: Path) -> None:
    async with media_server(recording=rules(tmp_path)) as server:
        answer = await server.call(
            "POST",
            "/v3/config/paths/add/gate",
            json={"source": "testcard:steady", "pantauRecord": True},
        )
        assert answer.status == 400
        assert "pantauRecordAs" in answer.json["error"]
