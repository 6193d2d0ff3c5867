"""Cameras that give pictures one by one."""

import base64
import threading
from http.server import BaseHTTPRequestHandler
from itertools import islice, pairwise

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item, Packet, Picture, Tracks
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.mjpeg import MjpegSource
from pantau.media.stills import jpeg_in_thread
from tests.media.sources.stored import FastClock, decoded
from tests.media.sources.web_server import Answer, Web, body, serving, status
from tests.media.test_stills import keyframe

JPEGS = [jpeg_in_thread(keyframe((320, 180), luma=60 + 20 * n), width_px=320) for n in range(6)]
QUICK = Deadlines(open_s=1.0, silence_s=0.4)
PATIENT = Deadlines(open_s=45.0, silence_s=45.0)


def multipart(
    *, boundary: str = "--cam", lengths: bool = True, every_s: float = 0.0, rounds: int = 1
) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={boundary}")
        request.send_header("Connection", "close")
        request.end_headers()
        for jpeg in JPEGS * rounds:
            head = f"Content-Length: {len(jpeg)}\r\n" if lengths else ""
            request.wfile.write(f"{boundary}\r\nContent-Type: image/jpeg\r\n{head}\r\n".encode())
            request.wfile.write(jpeg + b"\r\n")
            threading.Event().wait(every_s)

    return answer


def source(web: Web, *, encode: bool = False, deadlines: Deadlines = PATIENT) -> MjpegSource:
    config = SourceConfig(web.url("/cam"), encode=encode, deadlines=deadlines)
    return MjpegSource(config, clock=SystemClock())


def cause_of(answer: Answer, deadlines: Deadlines = PATIENT) -> Cause:
    with serving(Web({"/cam": answer})) as web, pytest.raises(SourceError) as caught:
        list(source(web, deadlines=deadlines).items())
    return caught.value.cause


@pytest.mark.parametrize("lengths", [True, False])
def test_a_stream_of_pictures_gives_one_a_second_as_it_is(lengths: bool) -> None:
    with serving(Web({"/cam": multipart(lengths=lengths)})) as web:
        first = next(source(web).items())
    assert isinstance(first, Picture)
    assert first.jpeg == JPEGS[0]


def test_a_single_picture_is_asked_for_again_and_again() -> None:
    with serving(Web({"/cam": body(JPEGS[0], "image/jpeg")})) as web:
        config = SourceConfig(web.url("/cam"), deadlines=PATIENT)
        items = list(islice(MjpegSource(config, clock=FastClock()).items(), 3))
        assert [item.jpeg for item in items if isinstance(item, Picture)] == [JPEGS[0]] * 3
        assert web.connections == 1


def test_pictures_become_video_where_that_is_asked_for() -> None:
    with serving(Web({"/cam": multipart(every_s=0.02, rounds=15)})) as web:
        items: list[Item] = list(islice(source(web, encode=True).items(), 12))
    assert isinstance(items[0], Tracks)
    packets = [item for item in items if isinstance(item, Packet)]
    assert packets[0].is_keyframe
    assert all(b.pts > a.pts for a, b in pairwise(packets))
    assert decoded(items) == len(packets)
    rate = (len(packets) - 1) / ((packets[-1].pts - packets[0].pts) / 90_000)
    assert rate < 14


def test_a_stream_that_ends_is_closed() -> None:
    assert cause_of(multipart()) is Cause.CLOSED


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (status(401, WWW_Authenticate='Basic realm="cam"'), Cause.LOGIN_REFUSED),
        (status(404), Cause.NOT_FOUND),
        (body(b"<html>", "text/html"), Cause.NOT_MEDIA),
        (body(bytes(200_000), "image/jpeg"), Cause.NOT_MEDIA),
        (body(b"\xff\xd8" + bytes(9_000_000), "image/jpeg"), Cause.TOO_LARGE),
    ],
)
def test_what_is_no_picture_has_a_cause(answer: Answer, cause: Cause) -> None:
    assert cause_of(answer) is cause


def test_a_stream_that_falls_silent_is_timed_out() -> None:
    def silent(request: BaseHTTPRequestHandler) -> None:
        multipart()(request)
        threading.Event().wait(30)

    assert cause_of(silent, QUICK) is Cause.TIMED_OUT


def test_an_interrupted_source_comes_back() -> None:
    with serving(Web({"/cam": multipart(every_s=0.3, rounds=3)})) as web:
        camera = source(web)
        items = camera.items()
        next(items)
        camera.interrupt()
        with pytest.raises(SourceError):
            list(items)


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_the_login_is_given_when_the_camera_asks(scheme: str) -> None:
    seen: list[str] = []

    def ask(request: BaseHTTPRequestHandler) -> None:
        proof = request.headers.get("Authorization", "")
        seen.append(proof)
        if not proof:
            extra = ', nonce="abc", qop="auth"' if scheme == "Digest" else ""
            status(401, WWW_Authenticate=f'{scheme} realm="cam"{extra}')(request)
        else:
            body(JPEGS[0], "image/jpeg")(request)

    with serving(Web({"/cam": ask})) as web:
        url = web.url("/cam").replace("://", "://us%40er:s3cret@")
        item = next(MjpegSource(SourceConfig(url, deadlines=PATIENT), clock=SystemClock()).items())
    assert isinstance(item, Picture)
    assert not seen[0]
    if scheme == "Basic":
        assert seen[1] == "Basic " + base64.b64encode(b"us@er:s3cret").decode()
    else:
        assert 'username="us@er"' in seen[1]
        assert "s3cret" not in seen[1]
