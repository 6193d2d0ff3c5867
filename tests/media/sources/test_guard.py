"""What may be dialled is decided by the address that a name really stands for."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from pantau.core.clock import SystemClock
from pantau.core.networks import AddressPolicy, policy_of
from pantau.media.errors import SENTENCES, Cause, SourceError
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.kinds import make_source
from tests.media.clips import clip
from tests.media.sources.web_server import Answer, Web, body, serving, status
from tests.support.farm import FarmInThread

PATIENT = Deadlines(open_s=45.0, silence_s=45.0)
NOWHERE_SPECIAL = policy_of(())
FIRST_ONLY = policy_of(["127.0.0.1/32"])
LOOPBACKS = (
    "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0", "[::1]",
    "[::ffff:127.0.0.1]",
)  # fmt: skip


def failure(kind: str, url: str, policy: AddressPolicy | None) -> SourceError:
    config = SourceConfig(url, deadlines=PATIENT, policy=policy)
    with pytest.raises(SourceError) as caught:
        for _ in make_source(kind, config, clock=SystemClock()).items():
            pass
    return caught.value


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize("host", LOOPBACKS)
@pytest.mark.parametrize("kind", ["rtsp", "hls", "mjpeg", "flv"])
def test_this_machine_is_not_dialled(listener: socket.socket, kind: str, host: str) -> None:
    scheme = "rtsp" if kind == "rtsp" else "http"
    url = f"{scheme}://user:s3cret@{host}:{listener.getsockname()[1]}/cam"
    error = failure(kind, url, NOWHERE_SPECIAL)
    assert error.cause is Cause.NOT_ALLOWED
    assert "s3cret" not in str(error)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("url", ["rtsp://169.254.169.254/a", "rtsp://[fd00:ec2::254]/a"])
def test_reserved_networks_are_not_dialled(url: str) -> None:
    assert failure("rtsp", url, NOWHERE_SPECIAL).cause is Cause.NOT_ALLOWED


def test_trusted_sources_are_dialled_wherever_they_are(listener: socket.socket) -> None:
    listener.close()
    url = f"rtsp://127.0.0.1:{listener_port()}/cam"
    assert failure("rtsp", url, None).cause is Cause.REFUSED
    assert failure("rtsp", url, policy_of(["127.0.0.0/8"])).cause is Cause.REFUSED


def listener_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert isinstance(port, int)
    return port


def elsewhere(web: Web, path: str) -> str:
    return web.url(path).replace("127.0.0.1", "127.0.0.2")


@pytest.mark.parametrize("kind", ["hls", "mjpeg", "flv"])
def test_a_redirect_is_judged_like_the_address(kind: str) -> None:
    with serving(Web()) as web:
        web.answers["/cam"] = status(302, Location=elsewhere(web, "/secret"))
        assert failure(kind, web.url("/cam"), FIRST_ONLY).cause is Cause.NOT_ALLOWED
        assert web.asked == ["/cam"]


def media_playlist(*lines: str) -> Answer:
    return body("\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:1", *lines, ""]).encode())


@pytest.mark.parametrize("what", ["segment", "init", "variant"])
def test_what_a_playlist_names_is_judged(what: str) -> None:
    with serving(Web()) as web:
        target = elsewhere(web, "/secret")
        web.answers["/1.ts"] = body(clip(container="mpegts"))
        web.answers["/a.m3u8"] = {
            "segment": media_playlist("#EXTINF:1,", target),
            "init": media_playlist(f'#EXT-X-MAP:URI="{target}"', "#EXTINF:1,", "1.ts"),
            "variant": media_playlist("#EXT-X-STREAM-INF:BANDWIDTH=1", target),
        }[what]
        assert failure("hls", web.url("/a.m3u8"), FIRST_ONLY).cause is Cause.NOT_ALLOWED
        assert "/secret" not in web.asked


def test_a_camera_that_is_allowed_plays_over_udp_with_itself_alone() -> None:
    with FarmInThread() as farm:
        farm.add("cam")
        config = SourceConfig(
            farm.url("cam"), transport="udp", deadlines=PATIENT, policy=policy_of(["127.0.0.0/8"])
        )
        items = make_source("rtsp", config, clock=SystemClock()).items()
        assert next(items)
        items.close()  # type: ignore[attr-defined]


def test_the_proxy_is_judged_and_so_is_where_it_leads() -> None:
    def relay(request: BaseHTTPRequestHandler) -> None:
        body(b"\xff\xd8\xff\xd9", "image/jpeg")(request)

    with serving(Web({"http://camera.invalid/cam": relay})) as proxy:
        at = f"http://127.0.0.1:{proxy.port}"
        for url, policy in (
            ("http://camera.invalid/cam", NOWHERE_SPECIAL),
            ("http://127.0.0.2/cam", FIRST_ONLY),
            ("https://[::1]/cam", FIRST_ONLY),
        ):
            config = SourceConfig(url, deadlines=PATIENT, policy=policy, proxy=at)
            with pytest.raises(SourceError) as caught:
                next(make_source("mjpeg", config, clock=SystemClock()).items())
            assert caught.value.cause is Cause.NOT_ALLOWED
        assert proxy.connections == 0
        config = SourceConfig(
            "http://camera.invalid/cam", deadlines=PATIENT, policy=FIRST_ONLY, proxy=at
        )
        assert next(make_source("mjpeg", config, clock=SystemClock()).items())


def test_the_cause_has_a_sentence() -> None:
    assert "allowed_networks" in SENTENCES[Cause.NOT_ALLOWED]
