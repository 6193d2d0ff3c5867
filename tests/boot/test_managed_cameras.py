"""A camera's whole life on a whole Pantau: added, watched, changed, cut off, moved, deleted."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.boot.installation import Installation
from tests.boot.test_accounts import Browser, first_link, redeem
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

SETTINGS = """
[media]
allowed_networks = ["127.0.0.0/8"]
"""


class Operator:
    """The first admin, over the API."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.browser = Browser(installation.port)
        status, _ = redeem(self.browser, first_link(installation))
        assert status == 200

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        if method == "GET":
            status, text = self.browser.ask(path)
            return status, json.loads(text)
        # A body, however empty, makes the browser prove that it means it.
        status, text = self.browser.ask(path, body={} if body is None else body, method=method)
        return status, json.loads(text) if text else None

    def add(self, **camera: object) -> dict[str, Any]:
        status, answer = self.ask("POST", "/api/cameras", camera)
        assert status == 201, answer
        data: dict[str, Any] = answer["data"]
        return data


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        yield farm


def files_of(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def head(installation: Installation, target: str, **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", installation.port, timeout=45)
    try:
        connection.request(
            "GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def playing(installation: Installation, key: str) -> list[str]:
    """Wait for pictures; return the addresses of the stream's files."""
    target = f"/hls/{key}/index.m3u8"
    until_in_thread(lambda: installation.get(target)[0] == 200, timeout_s=45, what=f"{key} playing")
    text = installation.get(target)[2].decode()
    return [f"/hls/{key}/{name}" for name in files_of(text)]


def key_of(installation: Installation) -> object:
    return installation.streams().get("Gerbang", {}).get("stream_key")


def until_gone(installation: Installation, target: str) -> None:
    until_in_thread(lambda: installation.get(target)[0] == 404, timeout_s=45, what=f"{target} gone")


def test_a_camera_lives_and_ends(tmp_path: Path, farm: FarmInThread) -> None:
    gate = farm.add("gate")
    with Installation(tmp_path, SETTINGS) as installation:
        installation.until_ready()
        operator = Operator(installation)
        made = operator.add(
            name="Gerbang", private_rtsp_url=farm.url("gate"), latitude=None, area_id=None
        )
        until_in_thread(
            lambda: "Gerbang" in installation.streams(), timeout_s=45, what="Gerbang listed"
        )
        key = installation.streams()["Gerbang"]["stream_key"]
        assert key == made["stream_key"]
        segment = playing(installation, key)[-1]
        assert installation.get(segment)[0] == 200

        # Whoever looks at a camera that is live does not take its only session.
        status, answer = operator.ask("POST", f"/api/cameras/{made['id']}/probe")
        assert (status, answer["data"]["video_codec"]) == (200, "h264"), answer
        assert farm.call(lambda: gate.counters.sessions_most) == 1

        # Pages of other sites get no playlist; what is in caches stays cacheable.
        playlist = f"/hls/{key}/index.m3u8"
        assert head(installation, playlist, Sec_Fetch_Site="cross-site") == 403
        assert head(installation, segment, Sec_Fetch_Site="cross-site") == 200

        number = made["id"]
        status, _ = operator.ask("PUT", f"/api/cameras/{number}/cut-off", {"reason": "accident"})
        assert status == 200
        for target in (playlist, segment, f"/api/stream/{number}", f"/api/thumbnails/{number}.jpg"):
            until_gone(installation, target)
        until_in_thread(
            lambda: "Gerbang" not in installation.streams(), timeout_s=45, what="no line in lists"
        )
        assert operator.browser.ask(playlist)[0] == 200, "operators keep it"
        assert operator.ask("DELETE", f"/api/cameras/{number}/cut-off")[0] == 200
        until_in_thread(
            lambda: installation.get(playlist)[0] == 200, timeout_s=45, what="the feed is back"
        )

        status, answer = operator.ask("POST", f"/api/cameras/{number}/rotate-key")
        assert status == 200, answer
        until_gone(installation, playlist)
        until_in_thread(
            lambda: key_of(installation) not in {key, None},
            timeout_s=45,
            what="the new key in the lists",
        )
        assert playing(installation, str(key_of(installation)))

        status, answer = operator.ask("POST", "/api/admin/mediamtx/sync", {"forceUpdate": True})
        assert status == 200, answer
        assert operator.ask("DELETE", f"/api/cameras/{number}")[0] == 200
        until_in_thread(lambda: not installation.streams(), timeout_s=45, what="Gerbang is gone")
        until_in_thread(
            lambda: farm.call(lambda: gate.counters.sessions_now) == 0,
            timeout_s=45,
            what="the camera was left",
        )
        assert "rtsp://" not in installation.logs


def test_bad_input_names_the_field(tmp_path: Path) -> None:
    with Installation(tmp_path) as installation:
        installation.until_ready()
        operator = Operator(installation)
        for wrong, field in (
            ({"name": "", "private_rtsp_url": "rtsp://10.0.0.1/"}, "name"),
            ({"name": "A", "private_rtsp_url": "gopher://10.0.0.1/"}, "private_rtsp_url"),
            ({"name": "A", "private_rtsp_url": "rtsp://127.0.0.1/"}, "private_rtsp_url"),
            ({"name": "A", "private_rtsp_url": "rtsp://169.254.169.254/"}, "private_rtsp_url"),
            ({"name": "A", "private_rtsp_url": "rtsp://10.0.0.1/", "area_id": 77}, "area_id"),
            ({"name": "A", "private_rtsp_url": "rtsp://10.0.0.1/", "latitude": 91}, "latitude"),
            ({"name": "A", "private_rtsp_url": "rtsp://10.0.0.1/", "wrong": 1}, "wrong"),
        ):
            status, answer = operator.ask("POST", "/api/cameras", wrong)
            assert status == 400, (wrong, answer)
            assert field in {error["field"] for error in answer["errors"]}, (wrong, answer)
        assert operator.ask("GET", "/api/cameras")[1]["data"] == []
