"""Every way in which a camera fails ends in time and under its name."""

import socket
import threading
from collections.abc import Iterator

import pytest

from pantau.demo.behaviour import Behaviour, Login
from pantau.media.errors import Cause
from pantau.media.sources.base import Deadlines
from tests.media.sources.rtsp.watching import PATIENT, SHORT, pictures, watch
from tests.support.farm import SMALL, FarmInThread
from tests.support.waiting import until_in_thread

HURRIED = Deadlines(open_s=1.2, silence_s=1.0)
SPARE_S = 20.0
"""Beside the deadline: name lookup, TEARDOWN, and eight test workers on two cores."""
AT_A_DEADLINE = {Cause.TIMED_OUT, Cause.NO_PICTURE, Cause.STALLED}


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as running:
        yield running


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(mute_at="connect"), Cause.TIMED_OUT),
        (Behaviour(mute_at="options"), Cause.TIMED_OUT),
        (Behaviour(mute_at="describe"), Cause.TIMED_OUT),
        (Behaviour(mute_at="setup"), Cause.TIMED_OUT),
        (Behaviour(mute_at="play"), Cause.TIMED_OUT),
        (Behaviour(greeting="endless_header"), Cause.BROKEN),
        (Behaviour(greeting="not_rtsp"), Cause.NOT_MEDIA),
        (Behaviour(sdp="garbage"), Cause.NOT_MEDIA),
        (Behaviour(redirect_to="rtsp://127.0.0.2/x"), Cause.REDIRECTED),
        (Behaviour(redirect_to="self"), Cause.REDIRECTED),
        (Behaviour(parameter_sets="nowhere"), Cause.NO_PICTURE),
        (Behaviour(media="none"), Cause.NO_PICTURE),
        (Behaviour(media="rtcp_only"), Cause.NO_PICTURE),
        (Behaviour(media="trickle"), Cause.NO_PICTURE),
        (Behaviour(media="endless_nal"), Cause.NO_PICTURE),
        (Behaviour(media="bad_lengths"), Cause.NO_PICTURE),
        (Behaviour(session_limit=0), Cause.BUSY),
    ],
    ids=lambda value: value.value if isinstance(value, Cause) else None,
)
def test_camera_that_never_shows_a_picture(
    farm: FarmInThread, behaviour: Behaviour, cause: Cause
) -> None:
    farm.add("cam", behaviour=behaviour)
    deadlines = HURRIED if cause in AT_A_DEADLINE else PATIENT
    watched = watch(farm.url("cam"), deadlines=deadlines)
    if cause is Cause.NO_PICTURE and watched.error and watched.error.cause is Cause.TIMED_OUT:
        # A machine so busy that not even the greetings were over in time.
        deadlines = Deadlines(open_s=10.0, silence_s=1.0)
        watched = watch(farm.url("cam"), deadlines=deadlines)
    assert watched.error is not None
    assert watched.error.cause is cause
    assert watched.seconds < deadlines.open_s + SPARE_S


@pytest.mark.parametrize("media", ["garbage", "truncated"])
def test_nonsense_instead_of_packets_ends_in_time_or_looks_like_pictures(
    farm: FarmInThread, media: str
) -> None:
    farm.add("cam", behaviour=Behaviour(media=media))  # type: ignore[arg-type]
    watched = watch(farm.url("cam"), deadlines=HURRIED)
    if watched.error is None:
        # Random bytes may begin as a key frame does; only decoding would tell.
        assert len(watched.video) == 20
    else:
        assert watched.error.cause in {Cause.NO_PICTURE, Cause.BROKEN, Cause.STALLED}


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(stall_after_s=1.5), Cause.STALLED),
        (Behaviour(close_after_s=1.5), Cause.CLOSED),
        (Behaviour(close_after_s=1.5, close_how="rst"), Cause.CLOSED),
    ],
    ids=["stall", "fin", "rst"],
)
def test_camera_that_stops(farm: FarmInThread, behaviour: Behaviour, cause: Cause) -> None:
    farm.add("cam", behaviour=behaviour)
    silence_s = 1.0 if cause in AT_A_DEADLINE else 45.0
    deadlines = Deadlines(open_s=45.0, silence_s=silence_s)
    watched = watch(farm.url("cam"), pictures(10_000), deadlines=deadlines)
    assert watched.video
    assert watched.error is not None
    assert watched.error.cause is cause
    assert watched.seconds < 1.5 + silence_s + SPARE_S


def test_pause_shorter_than_the_patience_is_sat_out(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(gap_after_s=0.5, gap_s=1.5))
    watched = watch(farm.url("cam"), pictures(20))
    assert watched.error is None


def test_slow_camera_is_waited_for(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(answer_delay_s=0.5))
    watched = watch(farm.url("cam"), pictures(1))
    assert watched.error is None


def test_unknown_path(farm: FarmInThread) -> None:
    watched = watch(farm.url("nothing-here"))
    assert watched.error is not None
    assert watched.error.cause is Cause.NOT_FOUND


def test_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    watched = watch(f"rtsp://127.0.0.1:{port}/x")
    assert watched.error is not None
    assert watched.error.cause is Cause.REFUSED


def test_connection_that_is_never_accepted() -> None:
    # A full backlog swallows the SYN, as a dead address does.
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        watched = watch(f"rtsp://127.0.0.1:{deaf.getsockname()[1]}/x", deadlines=SHORT)
    assert watched.error is not None
    assert watched.error.cause in {Cause.UNREACHABLE, Cause.TIMED_OUT}
    assert watched.seconds < SHORT.open_s + SPARE_S


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://",
        "rtsp://:554/x",
        "http://127.0.0.1/x",
        "rtsp://127.0.0.1:99999/x",
        "rtsp://[::1/x",
        "rtsp://127.0.0.1/x\r\nSession: 1",
        "rtsp://a%0d%0ab:c@127.0.0.1/x",
        "rtsp://\udc80/x",
        "rtsp://.invalid./x",
    ],
)
def test_address_that_is_none(url: str) -> None:
    watched = watch(url)
    assert watched.error is not None
    assert watched.error.cause is Cause.UNREACHABLE


def test_failed_attempt_hangs_up_with_a_reset() -> None:
    # A polite end that the camera never answers keeps a place in its small session table (M12).
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended: list[str] = []

        def be_mute() -> None:
            accepted, _ = server.accept()
            with accepted:
                try:
                    while accepted.recv(4096):
                        pass
                    ended.append("fin")
                except ConnectionResetError:
                    ended.append("rst")

        thread = threading.Thread(target=be_mute, daemon=True)
        thread.start()
        watch(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x", deadlines=Deadlines(0.5, 0.5))
        until_in_thread(lambda: bool(ended))
        thread.join(45)
    assert ended == ["rst"]


RIGHT = {"user": "admin", "password": "rahasia"}


@pytest.mark.parametrize("firmware", ["plain", "nonce_per_connection", "closes_after_401"])
@pytest.mark.parametrize("scheme", ["basic", "digest", "digest_sha256", "both"])
def test_every_kind_of_login_works(farm: FarmInThread, scheme: str, firmware: str) -> None:
    login = Login(scheme, firmware=firmware)  # type: ignore[arg-type]
    farm.add("cam", behaviour=Behaviour(login=login))
    assert watch(farm.url("cam", **RIGHT), pictures(1)).error is None


def test_nonce_that_serves_once_is_renewed(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login(firmware="one_time_nonce")))
    assert watch(farm.url("cam", **RIGHT), pictures(1)).error is None


@pytest.mark.parametrize("firmware", ["plain", "nonce_per_connection", "closes_after_401"])
@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_wrong_password_is_tried_as_little_as_possible(
    farm: FarmInThread, scheme: str, firmware: str
) -> None:
    login = Login(scheme, firmware=firmware)  # type: ignore[arg-type]
    camera = farm.add("cam", behaviour=Behaviour(login=login))
    watched = watch(farm.url("cam", user="admin", password="never-right"))
    assert watched.error is not None
    assert watched.error.cause is Cause.LOGIN_REFUSED
    assert camera.counters.refused_logins == 1
    assert camera.counters.connections <= 2


def test_missing_login_is_told_apart_from_a_wrong_one(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login()))
    watched = watch(farm.url("cam"))
    assert watched.error is not None
    assert watched.error.cause is Cause.LOGIN_REFUSED
    assert "none is set" in watched.error.detail


def test_sudden_401_after_a_success_means_that_the_camera_is_full(farm: FarmInThread) -> None:
    full = Behaviour(login=Login(), session_limit=1, full_answer=401)
    camera = farm.add("cam", SMALL, behaviour=full)
    url = farm.url("cam", **RIGHT)
    assert watch(url, pictures(1)).error is None
    until_in_thread(lambda: camera.counters.sessions_now == 0)
    farm.behave("cam", Behaviour(login=Login(), session_limit=0, full_answer=401))
    watched = watch(url)
    assert watched.error is not None
    assert watched.error.cause is Cause.BUSY


def test_no_error_repeats_the_address_or_the_password(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login()))
    for url in (
        farm.url("cam", user="admin", password="topsecret"),
        "rtsp://admin:topsecret@[::1/x",
        "rtsp://admin:topsecret@127.0.0.1:1/x",
    ):
        error = watch(url).error
        told = "".join(map(repr, (error, *(error.args if error else ())))) + str(error)
        assert "topsecret" not in told
        assert "127.0.0.1" not in told
