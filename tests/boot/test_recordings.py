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


class Footage:
    """One camera's, asked for by an operator and by everybody."""

    def __init__(self, operator: Operator, camera_id: int) -> None:
        self.operator, self.number = operator, camera_id
        self.at = f"/api/recordings/{camera_id}"
        self.installation = operator.installation

    def answer(self, method: str, rest: str, body: Any = None) -> Any:
        status, answer = self.operator.ask(method, self.at + rest, body)
        assert status in {200, 201, 202}, answer
        return answer["data"]

    def is_recording(self) -> bool:
        return bool(self.answer("GET", "/status")["runtime_status"]["isRecording"])

    def is_open(self) -> bool:
        return any(each["is_open"] for each in self.answer("GET", "/segments")["segments"])

    def replayed(self) -> str:
        """Replay a finished file as everybody may; return its address."""
        target = f"{self.at}/stream/{closed(self.installation, self.number)[0]['filename']}"
        status, headers, whole = self.installation.get(target)
        assert (status, headers["accept-ranges"]) == (200, "bytes")
        assert pictures(whole) > 0
        status, _, listed = self.installation.get(f"{self.at}/playlist.m3u8")
        assert (status, b"#EXT-X-BYTERANGE" in listed) == (200, True)
        return target

    def outlive_a_kill(self) -> None:
        """Kill the recorder: it loses no file, and what it left is put in order."""
        before = {each["start_ms"] for each in segments(self.installation, self.number)}
        pid = self.installation.pid_of("media")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until_in_thread(
            lambda: before <= {each["start_ms"] for each in closed(self.installation, self.number)},
            timeout_s=90,
            what="every file of before finished",
        )
        until_closed(self.installation, self.number, len(before) + 1)

    def cut_out(self) -> None:
        """Have a clip made of the newest file."""
        newest = closed(self.installation, self.number)[0]
        wish = {"from": newest["start_ms"], "to": newest["end_ms"], "kind": "clip"}
        export = f"/api/recordings/exports/{self.answer('POST', '/exports', wish)['id']}"
        until_in_thread(
            lambda: self.operator.ask("GET", export)[1]["data"]["state"] == "done",
            timeout_s=60,
            what="the clip",
        )

    def stop(self) -> None:
        """Stop recording, and wait until the last file is finished."""
        self.answer("POST", "/stop")
        until_in_thread(lambda: not self.is_recording(), timeout_s=60, what="no recorder")
        until_in_thread(lambda: not self.is_open(), timeout_s=60, what="no open file")


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
        footage = Footage(operator, camera["id"])
        until_closed(installation, footage.number, 1)
        target = footage.replayed()
        footage.outlive_a_kill()
        footage.cut_out()
        footage.answer("PUT", "/rules", {"playback": "operators"})
        until_in_thread(
            lambda: installation.get(target)[0] == 404, timeout_s=45, what="no replay for all"
        )
        assert operator.browser.ask(f"{footage.at}/segments")[0] == 200
        footage.stop()
        assert verified(tmp_path)
        assert operator.ask("DELETE", f"/api/cameras/{footage.number}")[0] == 200
    # Its footage stays until its time is over, and the catalogue can be made again from the disk.
    files = sorted((tmp_path / "data" / "recordings" / str(footage.number)).glob("*/*.mp4"))
    assert len(files) >= 2
    assert run(tmp_path, "recordings", "rescan").returncode == 0
    assert verified(tmp_path)
