"""Streams: what the hub sees of a camera, and what a viewer gets of it."""

import io
import re
from urllib.parse import urljoin

import av
import pytest

from tests.contract.conftest import SERVES_STREAMS
from tests.contract.server import MediaServer

pytestmark = pytest.mark.parametrize("subject", SERVES_STREAMS, indirect=True)


def add_camera(server: MediaServer, camera_url: str, *, on_demand: bool = False) -> str:
    name = server.new_name("camera")
    server.change("POST", "add", name, {"source": camera_url, "sourceOnDemand": on_demand})
    return name


def until_ready(server: MediaServer, name: str) -> None:
    server.until(lambda: server.path(name)["ready"], f"{name} to be ready")


def segments(playlist: str) -> list[str]:
    return re.findall(r"^#EXTINF:.*\n(?:#.*\n)*([^#\s].*)$", playlist, re.MULTILINE)


def test_idle_camera_is_in_the_runtime_list(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url, on_demand=True)
    items = server.all_items("paths/list", per_page=100)
    (path,) = [item for item in items if item["name"] == name]
    assert path["confName"] == name
    assert path["ready"] is False
    assert path["readyTime"] is None
    assert path["tracks"] == []
    assert path["readers"] == []
    assert (path["bytesReceived"], path["bytesSent"]) == (0, 0)


def test_camera_becomes_ready_and_its_bytes_grow(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url)
    until_ready(server, name)
    path = server.path(name)
    assert path["readyTime"]
    assert path["source"]["type"] == "rtspSource"
    assert "H264" in path["tracks"]
    before = path["bytesReceived"]
    server.until(lambda: server.path(name)["bytesReceived"] > before, "bytes to grow")
    if "available" in path:
        assert path["available"] is True
        assert path["inboundBytes"] == path["bytesReceived"]
        (video,) = [track for track in path["tracks2"] if track["codec"] == "H264"]
        assert (video["codecProps"]["width"], video["codecProps"]["height"]) == (640, 360)


def test_viewer_gets_segments_that_decode(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url)
    until_ready(server, name)
    server.until(lambda: server.media_playlist(name).status == 200, "a playlist")
    server.until(
        lambda: len(segments(server.media_playlist(name).body.decode())) >= 2, "two segments"
    )
    playlist = server.media_playlist(name)
    text = playlist.body.decode()
    assert text.startswith("#EXTM3U")
    assert re.search(r"#EXT-X-TARGETDURATION:\d+", text)
    assert re.search(r"#EXT-X-MEDIA-SEQUENCE:\d+", text)
    init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
    assert init
    parts = [server.get(urljoin(playlist.url, uri)) for uri in (init[1], *segments(text))]
    assert {part.status for part in parts} == {200}
    with av.open(io.BytesIO(b"".join(part.body for part in parts)), "r") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 640, 360)
        assert sum(1 for _ in container.decode(video)) >= 5


def test_reading_shows_in_readers_and_muxers(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url)
    until_ready(server, name)
    server.until(lambda: server.media_playlist(name).status == 200, "a playlist")
    server.until(lambda: server.path(name)["readers"], "a reader")
    assert {reader["type"] for reader in server.path(name)["readers"]} <= {
        "hlsMuxer",
        "hlsSession",
    }
    server.until(
        lambda: name in [m["path"] for m in server.all_items("hlsmuxers/list", per_page=100)],
        "a muxer",
    )
    muxer = server.call("GET", f"hlsmuxers/get/{name}").json
    assert muxer["path"] == name
    assert muxer["created"]
    assert muxer["lastRequest"]
    assert muxer["bytesSent"] >= 0


def test_camera_on_demand_starts_for_the_first_viewer(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url, on_demand=True)
    assert server.path(name)["ready"] is False
    assert server.media_playlist(name).status == 200
    assert server.path(name)["ready"] is True


def test_other_source_takes_effect_at_once(server: MediaServer, camera_url: str) -> None:
    name = server.new_name("camera")
    server.change("POST", "replace", name, {"source": "rtsp://127.0.0.1:9/nobody"})
    assert server.path(name)["ready"] is False
    server.change("POST", "replace", name, {"source": camera_url})
    until_ready(server, name)


def test_deleted_camera_is_not_served(server: MediaServer, camera_url: str) -> None:
    name = add_camera(server, camera_url)
    until_ready(server, name)
    server.change("DELETE", "delete", name)
    server.until(lambda: server.call("GET", f"paths/get/{name}").status == 404, "its end")
    server.until(lambda: server.get(f"{name}/index.m3u8").status == 404, "its end")


@pytest.mark.parametrize("file", ["index.m3u8", "abc_seg1.mp4"])
def test_unknown_path_is_not_served(server: MediaServer, file: str) -> None:
    assert server.get(f"{server.new_name()}/{file}").status == 404


def test_muxer_of_an_unknown_path_is_not_found(server: MediaServer) -> None:
    assert server.call("GET", f"hlsmuxers/get/{server.new_name()}").status == 404
