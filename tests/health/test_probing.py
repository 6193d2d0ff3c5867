"""Probes end in time whatever is at the other side, prove what they claim, leave with a reset."""

import asyncio
from typing import Any

import pytest

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.models import CameraSource
from pantau.core.ids import CameraId
from pantau.core.networks import AddressPolicy, policy_of
from pantau.health import causes
from pantau.health.probing.answers import ALIVE, ProbeAnswer, Question, failure, gone
from pantau.health.probing.prober import Prober, kind_to_ask
from tests.health.peers import (
    SDP,
    Peer,
    answer,
    answering,
    camera_with_login,
    dripping,
    half_open,
    head,
    peer,
    resetting,
    silent,
)
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio

LOGIN = "admin:geheim@"
HTTP = "HTTP/1.1"


class Asking:
    """A prober on a clock wound by hand; its deadline is real, and short."""

    def __init__(self, *, policy: AddressPolicy | None = None, most_s: float = 5.0) -> None:
        self.clock = HandWoundClock()
        self.prober = Prober(policy=policy or policy_of(()), clock=self.clock, most_s=most_s)

    async def rtsp(self, port: int, login: str = "", **more: Any) -> ProbeAnswer:
        source = CameraSource(f"rtsp://{login}127.0.0.1:{port}/live", **{"trusted": True, **more})
        return await self.prober.ask(Question(CameraId(1), source))

    async def web(self, port: int, path: str = "/live.m3u8", **more: Any) -> ProbeAnswer:
        source = CameraSource(f"http://127.0.0.1:{port}{path}", **{"trusted": True, **more})
        try:
            return await self.prober.ask(Question(CameraId(1), source))
        finally:
            await self.prober.close()
            self.clock.wind(60)


async def test_camera_that_describes_video_is_alive() -> None:
    async with peer(answering("200 OK", body=SDP)) as camera:
        assert await Asking().rtsp(camera.port) == ALIVE
    assert camera.heads[0].startswith("DESCRIBE ")


async def test_lesson_m12_connection_is_ended_with_a_reset() -> None:
    async with peer(answering("200 OK", body=SDP)) as camera:
        await Asking().rtsp(camera.port)
        async with asyncio.timeout(45):
            await camera.was_reset.wait()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("401 Unauthorized", failure("login_refused")),
        ("403 Forbidden", failure("login_refused")),
        ("404 Not Found", gone("not_found")),
        ("454 Session Not Found", failure("busy")),
        ("453 Not Enough Bandwidth", failure("busy")),
        ("302 Moved", failure("redirected")),
        ("500 Internal Server Error", failure("broken")),
    ],
)
async def test_status_has_a_meaning(status: str, expected: ProbeAnswer) -> None:
    async with peer(answering(status)) as camera:
        assert await Asking().rtsp(camera.port) == expected


async def test_sound_alone_is_no_camera() -> None:
    async with peer(answering("200 OK", body=b"v=0\r\nm=audio 0 RTP/AVP 8\r\n")) as camera:
        assert await Asking().rtsp(camera.port) == failure("no_video")


@pytest.mark.parametrize("closes", [False, True])
async def test_lesson_m10_login_on_the_same_socket_and_on_a_fresh_one(*, closes: bool) -> None:
    async with peer(camera_with_login(closes_after_401=closes)) as camera:
        assert await Asking().rtsp(camera.port, LOGIN) == ALIVE
    assert camera.connections == 1 + closes
    assert not any("geheim" in text for text in camera.heads)


async def test_wrong_login_is_tried_once_and_not_again() -> None:
    async with peer(camera_with_login(refuses=True)) as camera:
        assert await Asking().rtsp(camera.port, LOGIN) == failure("login_refused")
    assert len(camera.heads) == 2


async def test_login_that_worked_before_means_that_the_camera_is_full() -> None:
    asking = Asking()
    gate: list[bool] = [False]

    async def moody(reader: Any, writer: Any, told: Peer) -> None:
        await camera_with_login(refuses=gate[0])(reader, writer, told)

    async with peer(moody) as camera:
        assert await asking.rtsp(camera.port, LOGIN) == ALIVE
        gate[0] = True
        assert await asking.rtsp(camera.port, LOGIN) == failure("busy")


@pytest.mark.parametrize("serve", [silent, dripping])
async def test_lesson_m13_peer_that_never_finishes_costs_a_deadline(serve: Any) -> None:
    async with peer(serve) as camera, asyncio.timeout(45):
        assert await Asking(most_s=0.3).rtsp(camera.port) == failure("timed_out")
        assert await Asking(most_s=0.3).web(camera.port) == failure("timed_out")


@pytest.mark.parametrize("serve", [resetting, half_open])
async def test_peer_that_hangs_up_has_closed(serve: Any) -> None:
    async with peer(serve) as camera:
        assert await Asking().rtsp(camera.port) == failure("closed")
        assert await Asking().web(camera.port) == failure("closed")


async def test_open_port_proves_nothing() -> None:
    async with peer(answering("200 OK", body=SDP, protocol=HTTP)) as server:
        assert await Asking().rtsp(server.port) == failure("not_media")


async def test_closed_port_is_told_apart_from_silence() -> None:
    async with peer(silent) as camera:
        port = camera.port
    assert await Asking().rtsp(port) == failure("refused")
    assert await Asking().web(port) == failure("refused")


async def test_address_that_no_admin_wrote_is_judged_before_it_is_dialled() -> None:
    async with peer(answering("200 OK", body=SDP)) as camera:
        asking = Asking()
        assert await asking.rtsp(camera.port, trusted=False) == failure("not_allowed")
        assert await asking.web(camera.port, trusted=False) == failure("not_allowed")
        assert camera.connections == 0
        opened = Asking(policy=policy_of(("127.0.0.0/8",)))
        assert await opened.rtsp(camera.port, trusted=False) == ALIVE


async def test_endless_headers_are_cut() -> None:
    async def endless(reader: Any, writer: Any, told: Peer) -> None:
        await head(reader, told)
        while True:
            writer.write(b"X: " + b"a" * 4_000 + b"\r\n")
            await writer.drain()

    async with peer(endless) as camera, asyncio.timeout(45):
        assert await Asking().rtsp(camera.port) == failure("broken")


def playlist(sequence: int, *, is_ended: bool = False) -> bytes:
    end = "#EXT-X-ENDLIST\n" if is_ended else ""
    return (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{sequence}\n"
        f"#EXTINF:4,\nseg{sequence}.ts?token={sequence * 7}\n{end}"
    ).encode()


class Origin:
    """A web server whose answers by path change between two looks."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}

    async def serve(self, reader: Any, writer: Any, told: Peer) -> None:
        while True:
            asked = await head(reader, told)
            path = asked.split(" ")[1]
            writer.write(self.answers.get(path, answer("404 Not Found", protocol=HTTP)))
            await writer.drain()

    def put(self, path: str, body: bytes, *headers: str, status: str = "200 OK") -> None:
        self.answers[path] = answer(status, *headers, body=body, protocol=HTTP)


async def test_playlist_is_alive_when_it_moves_between_two_looks() -> None:
    origin, asking = Origin(), Asking()
    async with peer(origin.serve) as server:
        origin.put("/live.m3u8", playlist(1))
        first = await asking.web(server.port)
        assert first.sign is None
        assert first.again_s is not None
        assert 8 <= first.again_s <= 60
        origin.put("/live.m3u8", playlist(2))
        assert await asking.web(server.port) == ALIVE
        assert await asking.web(server.port) == failure(causes.STOPPED)


async def test_list_of_qualities_leads_to_one_of_them() -> None:
    origin, asking = Origin(), Asking()
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/live.m3u8\n"
    async with peer(origin.serve) as server:
        for sequence in (1, 2):
            origin.put("/live.m3u8", master)
            origin.put("/low/live.m3u8", playlist(sequence))
            last = await asking.web(server.port)
    assert last == ALIVE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404 Not Found", gone(causes.GONE)),
        ("410 Gone", gone(causes.GONE)),
        ("401 Unauthorized", failure("login_refused")),
        ("403 Forbidden", failure(causes.FORBIDDEN)),
        ("502 Bad Gateway", failure(causes.SERVER_ERROR)),
        ("503 Service Unavailable", failure("busy")),
    ],
)
async def test_status_of_the_web_has_a_meaning(status: str, expected: ProbeAnswer) -> None:
    async with peer(answering(status, protocol=HTTP)) as server:
        assert await Asking().web(server.port) == expected


async def test_ended_playlist_is_gone() -> None:
    origin = Origin()
    origin.put("/live.m3u8", playlist(1, is_ended=True))
    async with peer(origin.serve) as server:
        assert await Asking().web(server.port) == gone(causes.ENDED)


async def test_redirect_is_followed_and_judged_again() -> None:
    origin = Origin()
    async with peer(origin.serve) as server:
        origin.put("/live.m3u8", b"", "Location: /there.m3u8", status="302 Found")
        origin.put("/there.m3u8", playlist(1))
        assert (await Asking().web(server.port)).sign is None
        inward = f"Location: http://[::1]:{server.port}/there.m3u8"
        origin.put("/live.m3u8", b"", inward, status="302 Found")
        asking = Asking(policy=policy_of(("127.0.0.1/32",)))
        assert await asking.web(server.port, trusted=False) == failure("not_allowed")


async def test_first_bytes_of_pictures_prove_them() -> None:
    origin, asking = Origin(), Asking()
    origin.put("/cam.flv", b"FLV\x01\x05" + bytes(64))
    origin.put("/bad.flv", b"<html>sorry, come back later</html>")
    origin.put(
        "/mjpeg", b"--x\r\n\r\n\xff\xd8" + bytes(64), "Content-Type: multipart/x-mixed-replace"
    )
    origin.put("/page", b"<html>" + bytes(64), "Content-Type: text/html")
    async with peer(origin.serve) as server:
        assert await asking.web(server.port, "/cam.flv") == ALIVE
        assert await asking.web(server.port, "/bad.flv") == failure("not_media")
        assert await asking.web(server.port, "/mjpeg") == ALIVE
        assert await asking.web(server.port, "/page") == failure("not_media")


async def test_source_is_asked_with_its_own_profile() -> None:
    origin = Origin()
    origin.put("/live.m3u8", playlist(1))
    headers = (("Referer", "https://cctv.example/"), ("User-Agent", "Player/1"))
    async with peer(origin.serve) as server:
        await Asking().web(server.port, headers=headers)
    assert "Referer: https://cctv.example/" in server.heads[0]
    assert "User-Agent: Player/1" in server.heads[0]


async def test_secrets_of_a_source_go_to_no_other_server() -> None:
    home, elsewhere = Origin(), Origin()
    elsewhere.put("/live.m3u8", playlist(1))
    headers = (("X-Sig", "geheim"), ("Referer", "https://cctv.example/"))
    async with peer(home.serve) as server, peer(elsewhere.serve) as other:
        target = f"Location: http://127.0.0.1:{other.port}/live.m3u8"
        home.put("/live.m3u8", b"", target, status="302 Found")
        assert (await Asking().web(server.port, headers=headers)).sign is None
    assert "X-Sig: geheim" in server.heads[0]
    assert "Referer: https://cctv.example/" in other.heads[0]
    assert "geheim" not in other.heads[0]


def test_every_kind_is_decided() -> None:
    url = {"rtsp": "rtsp://a/", "file": "file:///a", "testcard": "testcard:"}
    for kind in SourceKind:
        source = CameraSource(url.get(kind.value, "http://a/"), kind=kind.value)
        assert kind_to_ask(source) in {kind, None}
