"""A camera's footage on a whole Pantau: recorded, found, replayed, cut out, survived, let go."""

import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from tests.boot.installation import Installation, run
from tests.boot.test_managed_cameras import Operator
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

SETTINGS = """
[media]
allowed_networks = ["127.0.0.0/8"]

[recordings]
segment_s = 10
reserve_bytes = 1048576
preview_minutes = 5
"""


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        yield farm


def segments(installation: Installation, camera_id: int) -> list[dict[str, Any]]:
    """Return what the public finds of a camera, newest first."""
    answer = installation.json(f"/api/recordings/{camera_id}/segments")
    found: list[dict[str, Any]] = answer.get("data", {}).get("segments", [])
    return found


def closed(installation: Installation, camera_id: int) -> list[dict[str, Any]]:
    return [each for each in segments(installation, camera_id) if not each["is_open"]]


def pictures(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        return sum(1 for _ in container.decode(video=0))


def until_closed(installation: Installation, camera_id: int, count: int) -> None:
    until_in_thread(
        lambda: len(closed(installation, camera_id)) >= count,
        timeout_s=90,
        what=f"{count} finished files",
    )


def verified(folder: Path) -> dict[str, Any]:
    """Return what the command says that compares catalogue and disk."""
    said = run(folder, "recordings", "verify", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    answer: dict[str, Any] = json.loads(said.stdout)
    return answer


@pytest.mark.timeout(300)
def test_footage_lives_through_a_crash_and_is_found_again(
    tmp_path: Path, farm: FarmInThread
) -> None:
    farm.add("gate")
    with Installation(tmp_path, SETTINGS) as installation:
        installation.until_ready()
        operator = Operator(installation)
        camera = operator.add(
            name="Gerbang",
            private_rtsp_url=farm.url("gate"),
            enable_recording=True,
            latitude=None,
            area_id=None,
        )
        number = camera["id"]
        until_closed(installation, number, 2)

        # The public replays a finished file, whole and in part.
        target = f"/api/recordings/{number}/stream/{closed(installation, number)[0]['filename']}"
        status, headers, whole = installation.get(target)
        assert (status, headers["accept-ranges"]) == (200, "bytes")
        assert pictures(whole) > 30
        status, _, listed = installation.get(f"/api/recordings/{number}/playlist.m3u8")
        assert (status, b"#EXT-X-BYTERANGE" in listed) == (200, True)

        # A recorder that is killed loses no file; what it left is put in order.
        before = {each["start_ms"] for each in segments(installation, number)}
        pid = installation.pid_of("media")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until_in_thread(
            lambda: before <= {each["start_ms"] for each in closed(installation, number)},
            timeout_s=90,
            what="every file of before finished",
        )
        assert farm.sessions_most("gate") <= 2
        until_closed(installation, number, len(before) + 1)

        # Operators cut out a clip.
        newest = closed(installation, number)[0]
        wish = {"from": newest["start_ms"], "to": newest["end_ms"], "kind": "clip"}
        status, answer = operator.ask("POST", f"/api/recordings/{number}/exports", wish)
        assert status in {201, 202}, answer
        export = f"/api/recordings/exports/{answer['data']['id']}"
        until_in_thread(
            lambda: operator.ask("GET", export)[1]["data"]["state"] == "done",
            timeout_s=60,
            what="the clip",
        )

        # Nobody but operators, once that is decided.
        rules = f"/api/recordings/{number}/rules"
        status, answer = operator.ask("PUT", rules, {"playback": "operators"})
        assert status == 200, answer
        until_in_thread(
            lambda: installation.get(target)[0] == 404, timeout_s=10, what="no replay for all"
        )
        assert operator.browser.ask(f"/api/recordings/{number}/segments")[0] == 200

        status, answer = operator.ask("POST", f"/api/recordings/{number}/stop")
        assert status == 200, answer
        until_in_thread(
            lambda: (
                operator.ask("GET", f"/api/recordings/{number}/status")[1]["data"][
                    "runtime_status"
                ]["isRecording"]
                is False
            ),
            timeout_s=30,
            what="the recorder stopped",
        )
        until_in_thread(
            lambda: (
                not [
                    each
                    for each in operator.ask("GET", f"/api/recordings/{number}/segments")[1][
                        "data"
                    ]["segments"]
                    if each["is_open"]
                ]
            ),
            timeout_s=30,
            what="no file open",
        )
        assert verified(tmp_path)
        assert operator.ask("DELETE", f"/api/cameras/{number}")[0] == 200
    # Its footage stays until its time is over, and the catalogue can be made again from the disk.
    files = sorted((tmp_path / "data" / "recordings" / str(number)).glob("*/*.mp4"))
    assert len(files) >= 3
    assert run(tmp_path, "recordings", "rescan").returncode == 0
    assert verified(tmp_path)
