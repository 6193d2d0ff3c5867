"""The farm is a camera to a stranger: libav's own client and bare sockets talk to it."""

import socket
from collections.abc import Iterator

import av
import pytest

from pantau.demo.behaviour import Behaviour, Login
from pantau.demo.clips import ClipPlan
from tests.support.farm import A_LAW, B_FRAMES, HEVC, LARGER, MU_LAW, SMALL, FarmInThread


@pytest.fixture
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as running:
        yield running


def open_with_libav(url: str, *, transport: str = "tcp") -> av.container.InputContainer:
    options = {"rtsp_transport": transport, "analyzeduration": "500000"}
    return av.open(url, options=options, timeout=(10, 10))


def ask(farm: FarmInThread, text: str) -> bytes:
    """Send one request to the farm on a bare socket; return what comes within a second."""
    host, port = farm.url("cam").removeprefix("rtsp://").split("/")[0].split(":")
    with socket.create_connection((host, int(port)), 5) as wire:
        wire.settimeout(1)
        wire.sendall(text.encode())
        heard = b""
        try:
            while piece := wire.recv(65_536):
                heard += piece
                if len(heard) > 300_000:
                    break
        except TimeoutError:
            pass
        return heard


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("plan", "codecs"),
    [
        (SMALL, ["h264", "aac"]),
        (A_LAW, ["h264", "pcm_alaw"]),
        (MU_LAW, ["h264", "pcm_mulaw"]),
        (HEVC, ["hevc"]),
        (B_FRAMES, ["h264"]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_clip_arrives_whole(
    farm: FarmInThread, plan: ClipPlan, codecs: list[str], transport: str
) -> None:
    farm.add("cam", plan)
    with open_with_libav(farm.url("cam"), transport=transport) as stream:
        assert [track.codec_context.name for track in stream.streams] == codecs
        pictures = []
        for frame in stream.decode(video=0):
            pictures.append(frame)
            if len(pictures) == 12:
                break
    assert {(frame.width, frame.height) for frame in pictures} == {(320, 180)}
    times = [frame.pts for frame in pictures if frame.pts is not None]
    assert times == sorted(times)


@pytest.mark.parametrize(
    "login",
    [
        Login("basic"),
        Login("digest"),
        Login("digest", firmware="nonce_per_connection"),
        Login("both"),
    ],
    ids=lambda login: f"{login.scheme}-{login.firmware}",
)
def test_login_opens_with_the_password_only(farm: FarmInThread, login: Login) -> None:
    farm.add("cam", behaviour=Behaviour(login=login))
    with open_with_libav(farm.url("cam", user="admin", password="rahasia")) as stream:
        assert stream.streams.video
    with pytest.raises(av.error.HTTPUnauthorizedError):
        open_with_libav(farm.url("cam", user="admin", password="wrong"))


def test_camera_is_full_after_its_limit(farm: FarmInThread) -> None:
    camera = farm.add("cam", behaviour=Behaviour(session_limit=1))
    with open_with_libav(farm.url("cam")), pytest.raises(av.error.FFmpegError):
        open_with_libav(farm.url("cam"))
    assert camera.counters.sessions_most == 1


def test_slot_of_a_client_that_vanished_stays_taken(farm: FarmInThread) -> None:
    camera = farm.add("cam", behaviour=Behaviour(session_limit=1, leak_s=60))
    camera.session_opened()
    camera.session_ended(politely=False)
    assert camera.is_full()
    camera.session_opened()
    camera.session_ended(politely=True)
    assert camera.taken() == 1


@pytest.mark.parametrize(
    ("behaviour", "heard"),
    [
        (Behaviour(mute_at="describe"), b""),
        (Behaviour(greeting="not_rtsp"), b"HTTP/1.1 200 OK"),
        (Behaviour(greeting="endless_header"), b"X-Filler"),
        (Behaviour(redirect_to="rtsp://127.0.0.2/x"), b"Location: rtsp://127.0.0.2/x"),
        (Behaviour(sdp="many_streams"), b"a=control:extra399"),
        (Behaviour(sdp="not_utf8"), b"Caf\xe9"),
        (Behaviour(parameter_sets="in_band"), b"a=fmtp:96 packetization-mode=1\r\n"),
        (Behaviour(control="absolute"), b"a=control:rtsp://"),
        (Behaviour(login=Login("digest_sha256")), b"algorithm=SHA-256"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value)[:0],
)
def test_bad_habit_shows_in_the_description(
    farm: FarmInThread, behaviour: Behaviour, heard: bytes
) -> None:
    farm.add("cam", behaviour=behaviour)
    url = farm.url("cam")
    answer = ask(farm, f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n")
    assert heard in answer
    assert heard or not answer


def test_stranger_hears_that_there_is_no_such_camera(farm: FarmInThread) -> None:
    farm.add("cam")
    url = farm.url("cam").replace("/cam", "/none")
    assert b"404" in ask(farm, f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n")


def test_camera_changes_its_resolution_while_it_plays(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(switch_after_s=1.0), other=LARGER)
    sizes: list[int] = []
    with open_with_libav(farm.url("cam")) as stream:
        for frame in stream.decode(video=0):
            sizes.append(frame.width)
            if frame.width == 640:
                break
    assert sizes[0] == 320
    assert sizes[-1] == 640
