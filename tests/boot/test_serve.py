"""`pantau serve` with real processes: it comes up, shows pictures, survives, and goes."""

import io
import os
import re
import signal
from collections.abc import Iterator

import av
import psutil
import pytest

from pantau.demo.behaviour import Behaviour, Login
from tests.boot.installation import Installation, command_line, free_port
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

PASSWORD = "rahasia"
CAMERAS = """
[[cameras]]
name = "Card"
source = "testcard:"
on_demand = false

[[cameras]]
name = "Gate"
source = "{gate}"
on_demand = false

[[cameras]]
name = "Dead"
source = "rtsp://admin:{password}@127.0.0.1:{dead}/secret/path"
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with FarmInThread() as farm:
        farm.add("gate", behaviour=Behaviour(login=Login(password=PASSWORD)))
        toml = CAMERAS.format(
            gate=farm.url("gate", user="admin", password=PASSWORD),
            dead=free_port(),
            password=PASSWORD,
        )
        with Installation(tmp_path_factory.mktemp("hub"), toml) as installation:
            yield installation.until_ready()


def decoded(hub: Installation, stream_key: str) -> int:
    """Fetch a playlist, its init segment and two segments as a player does; decode and count."""
    playlist = hub.get(f"/hls/{stream_key}/index.m3u8")[2].decode()
    init = re.search(r'URI="([^"]+)"', playlist)
    assert init is not None, playlist
    names = [line for line in playlist.splitlines() if line.endswith(".mp4")]
    pieces = [hub.get(f"/hls/{stream_key}/{name}") for name in (init[1], *names[:2])]
    assert [status for status, _, _ in pieces] == [200] * len(pieces)
    with av.open(io.BytesIO(b"".join(body for _, _, body in pieces)), "r") as container:
        return len(list(container.decode(video=0)))


def test_first_line_on_stdout_is_the_address_and_stands_alone(hub: Installation) -> None:
    first, *rest = hub.stdout.splitlines()
    assert first == f"Pantau is ready on http://127.0.0.1:{hub.port}"
    assert not any("is ready on" in line for line in rest)


@pytest.mark.parametrize("name", ["Card", "Gate"])
def test_playlist_and_segments_can_be_decoded(hub: Installation, name: str) -> None:
    camera = hub.until_live(name)
    key = camera["stream_key"]
    assert camera["streams"]["hls"] == f"/hls/{key}/index.m3u8"
    until_in_thread(lambda: hub.get(f"/hls/{key}/index.m3u8")[2].count(b"EXTINF") >= 2)
    assert decoded(hub, key) > 5


def test_camera_that_cannot_be_reached_is_offline_and_the_others_are_not(
    hub: Installation,
) -> None:
    until_in_thread(lambda: hub.streams()["Dead"]["is_online"] == 0, timeout_s=45)
    assert hub.until_live("Gate")["is_online"] == 1
    status, _, body = hub.get(f"/hls/{hub.streams()['Dead']['stream_key']}/index.m3u8")
    assert status == 503
    assert b"stream." in body


def test_thumbnail_of_a_live_camera_is_a_jpeg(hub: Installation) -> None:
    camera = hub.until_live("Gate")
    until_in_thread(lambda: hub.get(f"/api/thumbnails/{camera['id']}.jpg")[0] == 200)
    status, headers, body = hub.get(f"/api/thumbnails/{camera['id']}.jpg?w=640")
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert body.startswith(b"\xff\xd8")


def test_health_is_measured(hub: Installation) -> None:
    until_in_thread(lambda: hub.json("/health")["status"] == "ok", timeout_s=45)
    health = hub.json("/api/health")
    assert health["parts"]["worker"]["paths"] == 3
    assert health["parts"]["media_server"]["answered_ago_s"] < 10


def test_stderr_is_for_what_somebody_must_look_at(hub: Installation) -> None:
    # A camera that does not answer is told by its shard, and is nothing to act upon at once.
    told = "camera_lost"
    until_in_thread(lambda: told in hub.logs, timeout_s=45, what="the dead camera's loss")
    assert told in hub.stdout
    assert told not in hub.stderr


def test_killed_web_comes_back_and_the_engine_never_notices(hub: Installation) -> None:
    hub.until_live("Gate")
    media_pid = hub.pid_of("media")
    sequence = media_sequence(hub, "Gate")
    hub.kill("web")
    assert hub.until_live("Gate")["state"] == "live"
    assert hub.pid_of("media") == media_pid
    assert media_sequence(hub, "Gate") - sequence < 60
    assert "process_ended" in hub.stderr


def test_visitors_wait_instead_of_being_refused_while_web_is_replaced(hub: Installation) -> None:
    web_pid = hub.pid_of("web")
    assert web_pid is not None
    os.kill(hub.process.pid, signal.SIGHUP)
    statuses = set()

    def asked() -> bool:
        statuses.add(hub.get("/api/cameras/active")[0])
        return not psutil.pid_exists(web_pid)

    until_in_thread(asked, timeout_s=45, what="the old web process gone")
    assert statuses == {200}
    assert hub.pid_of("web") not in {None, web_pid}


def test_killed_media_process_comes_back_with_all_its_cameras(hub: Installation) -> None:
    hub.until_live("Gate")
    hub.kill("media")
    until_in_thread(lambda: hub.get("/health/ready")[0] == 200, timeout_s=45)
    key = hub.until_live("Gate")["stream_key"]
    until_in_thread(lambda: hub.get(f"/hls/{key}/index.m3u8")[0] == 200, timeout_s=45)


def test_nothing_that_others_see_holds_an_address_a_password_or_a_path(hub: Installation) -> None:
    hub.until_live("Gate")
    names = ["/", "/api/stream", "/api/cameras/active", "/health", "/api/health", "/health/ready"]
    names += ["/api/openapi.json", "/nothing-here", "/api/nothing", "/hls/nothing/index.m3u8"]
    for camera in hub.streams().values():
        names += [f"/api/stream/{camera['id']}", camera["streams"]["hls"]]
        names += [f"/k/{camera['id']}", f"/api/thumbnails/{camera['id']}.jpg"]
    for camera in hub.json("/api/cameras/active")["data"]:
        names += [f"/kamera/{camera['id']}-{camera['slug']}"]
    seen = {name: b"".join([repr(hub.get(name)[1]).encode(), hub.get(name)[2]]) for name in names}
    seen["stdout"], seen["stderr"] = hub.stdout.encode(), hub.stderr.encode()
    for process in hub.family():
        environment = "\n".join(f"{k}={v}" for k, v in process.environ().items() if k != "OLDPWD")
        seen[f"process {process.pid}"] = "\n".join(command_line(process)).encode()
        seen[f"environment {process.pid}"] = environment.encode()
    forbidden = re.compile(rb"rtsps?://(?!\*)|%s|secret/path|@127\.0\.0\.1" % PASSWORD.encode())
    assert {
        name: forbidden.findall(text) for name, text in seen.items() if forbidden.search(text)
    } == {}
    folder = str(hub.folder).encode()
    told = [
        name
        for name, text in seen.items()
        if folder in text and not name.startswith(("process", "environment"))
    ]
    assert told == []


def media_sequence(hub: Installation, name: str) -> int:
    key = hub.streams()[name]["stream_key"]
    playlist = hub.get(f"/hls/{key}/index.m3u8")[2]
    found = re.search(rb"MEDIA-SEQUENCE:(\d+)", playlist)
    assert found is not None, playlist
    return int(found[1])
