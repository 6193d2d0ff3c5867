"""What comes out of cameras that behave, over every transport and in every format."""

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import trustme

from pantau.core.clock import SystemClock
from pantau.demo.behaviour import Behaviour
from pantau.demo.clips import ClipPlan
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.rtsp.source import RtspSource
from tests.media.sources.rtsp.watching import PATIENT, SHORT, pictures, watch
from tests.support.farm import A_LAW, B_FRAMES, HEVC, LARGER, MU_LAW, SMALL, FarmInThread
from tests.support.waiting import until_in_thread


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as running:
        yield running


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("plan", [SMALL, HEVC, B_FRAMES], ids=lambda plan: plan.name)
def test_every_picture_arrives_and_decodes(
    farm: FarmInThread, plan: ClipPlan, transport: str
) -> None:
    farm.add("cam", plan)
    watched = watch(farm.url("cam"), pictures(20), transport=transport)
    assert watched.error is None
    assert watched.tracks[0].video.codec == plan.codec
    assert watched.video[0].is_keyframe
    assert watched.decoded() == [(320, 180)] * 20


@pytest.mark.parametrize("plan", [SMALL, B_FRAMES], ids=lambda plan: plan.name)
def test_decoding_times_grow_and_never_pass_presentation(
    farm: FarmInThread, plan: ClipPlan
) -> None:
    farm.add("cam", plan)
    video = watch(farm.url("cam"), pictures(40)).video
    decoding = [packet.dts for packet in video]
    assert decoding == sorted(set(decoding))
    assert all(packet.dts <= packet.pts for packet in video)
    shown = sorted(packet.pts for packet in video)
    steps = {later - earlier for earlier, later in pairwise(shown[:-4])}
    assert max(abs(step - VIDEO_TIME_BASE // plan.rate_fps) for step in steps) <= 2


def test_pictures_without_reordering_have_one_time(farm: FarmInThread) -> None:
    farm.add("cam", SMALL)
    assert all(packet.dts == packet.pts for packet in watch(farm.url("cam")).video)


@pytest.mark.parametrize("plan", [SMALL, A_LAW, MU_LAW], ids=lambda plan: plan.name)
def test_sound_becomes_aac_beside_the_picture(farm: FarmInThread, plan: ClipPlan) -> None:
    farm.add("cam", plan)
    watched = watch(farm.url("cam"), lambda seen: len(seen.audio) >= 8 and len(seen.video) > 20)
    track = watched.tracks[0].audio
    assert track is not None
    steps = [later.pts - earlier.pts for earlier, later in pairwise(watched.audio)]
    assert set(steps) == {1024}
    # Sound and picture of one moment arrive together.
    apart_s = watched.audio[-1].pts / track.sample_rate_hz - watched.video[-1].pts / VIDEO_TIME_BASE
    assert abs(apart_s) < 0.7


def test_session_ends_with_teardown(farm: FarmInThread) -> None:
    camera = farm.add("cam")
    watch(farm.url("cam"), pictures(2))
    until_in_thread(lambda: camera.counters.teardowns == 1)
    assert camera.counters.sessions_now == 0


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_session_is_kept_alive_beyond_its_timeout(farm: FarmInThread, transport: str) -> None:
    farm.add("cam", behaviour=Behaviour(session_timeout_s=2, enforce_timeout=True))
    watched = watch(farm.url("cam"), pictures(70), transport=transport)
    assert watched.error is None


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_is_left_open_after_many_sessions(farm: FarmInThread) -> None:
    farm.add("cam")
    farm.add("deaf", behaviour=Behaviour(mute_at="setup"))
    watch(farm.url("cam"), pictures(1))
    threads, descriptors = threading.active_count(), open_descriptors()
    for number in range(6):
        watch(farm.url("cam"), pictures(1), transport=("tcp", "udp")[number % 2])
    for _ in range(4):
        watch(farm.url("deaf"), deadlines=Deadlines(0.3, 0.3))
    until_in_thread(lambda: open_descriptors() <= descriptors)
    assert threading.active_count() <= threads


def test_ipv6_address_is_dialled() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        watched = watch(f"rtsp://[::1]:{server.getsockname()[1]}/x", deadlines=Deadlines(0.5, 0.5))
    assert watched.error is not None
    assert watched.error.cause is Cause.TIMED_OUT


def test_camera_that_refuses_tcp_is_asked_for_udp(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(refuse_transport="tcp"))
    assert watch(farm.url("cam"), pictures(5)).error is None


@pytest.mark.parametrize("control", ["relative", "absolute", "query", "no_base"])
def test_tracks_are_found_however_they_are_addressed(farm: FarmInThread, control: str) -> None:
    farm.add("cam", behaviour=Behaviour(control=control))  # type: ignore[arg-type]
    assert watch(farm.url("cam"), pictures(3)).error is None


@pytest.mark.parametrize("sdp", ["many_streams", "not_utf8"])
def test_odd_description_is_read(farm: FarmInThread, sdp: str) -> None:
    farm.add("cam", behaviour=Behaviour(sdp=sdp))  # type: ignore[arg-type]
    assert watch(farm.url("cam"), pictures(3)).error is None


def test_parameter_sets_may_come_in_the_stream(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(parameter_sets="in_band"))
    assert watch(farm.url("cam"), pictures(3)).decoded()[0] == (320, 180)


def test_changed_resolution_is_announced_just_before_its_first_picture(
    farm: FarmInThread,
) -> None:
    farm.add("cam", behaviour=Behaviour(switch_after_s=1.5), other=LARGER)
    watched = watch(
        farm.url("cam"), lambda seen: len(seen.tracks) == 2 and seen.video[-1] is seen.items[-1]
    )
    assert [tracks.video.width_px for tracks in watched.tracks] == [320, 640]
    following = watched.items[watched.items.index(watched.tracks[1]) + 1]
    assert following is watched.video[-1]
    assert watched.video[-1].is_keyframe
    assert watched.decoded()[-1] == (640, 360)


def test_same_parameter_sets_are_announced_once(farm: FarmInThread) -> None:
    farm.add("cam")
    watched = watch(farm.url("cam"), pictures(40))
    assert sum(packet.is_keyframe for packet in watched.video) > 1
    assert len(watched.tracks) == 1


def test_timestamps_wrap_without_a_trace(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(near_wrap=True))
    video = watch(farm.url("cam"), pictures(60)).video
    shown = [packet.pts for packet in video]
    assert max(later - earlier for earlier, later in pairwise(shown)) < 7_000
    assert shown == sorted(set(shown))


def test_jump_of_the_cameras_clock_is_passed_on(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(jump_after_s=1.5, jump_s=3600.0))
    video = watch(farm.url("cam"), pictures(40)).video
    assert video[-1].pts - video[0].pts > 3_599 * VIDEO_TIME_BASE


@pytest.mark.parametrize(("transport", "least"), [("tcp", 0), ("udp", 20)])
def test_packets_out_of_order_are_put_right_over_udp(
    farm: FarmInThread, transport: str, least: int
) -> None:
    farm.add("cam", behaviour=Behaviour(swap_every=7))
    watched = watch(farm.url("cam"), pictures(20), transport=transport)
    if least:
        assert watched.decoded() == [(320, 180)] * 20


def test_picture_with_a_missing_packet_is_left_out(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(lose_every=23))
    watched = watch(farm.url("cam"), pictures(30))
    shown = [packet.pts for packet in watched.video]
    gaps = [later - earlier for earlier, later in pairwise(shown)]
    assert max(gaps) >= 2 * (VIDEO_TIME_BASE // 15) - 2


def test_interruption_ends_a_silent_wait_at_once(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(mute_at="describe"))
    source = RtspSource(SourceConfig(farm.url("cam"), deadlines=PATIENT), clock=SystemClock())
    errors: list[SourceError] = []

    def run() -> None:
        try:
            list(source.items())
        except SourceError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until_in_thread(thread.is_alive)
    source.interrupt()
    source.interrupt()
    thread.join(PATIENT.open_s / 2)
    assert not thread.is_alive()
    assert errors[0].cause is Cause.CLOSED


def test_interruption_of_a_running_stream_still_says_goodbye(farm: FarmInThread) -> None:
    camera = farm.add("cam")
    source = RtspSource(SourceConfig(farm.url("cam")), clock=SystemClock())

    def watch_and_interrupt() -> None:
        for _ in source.items():
            source.interrupt()

    with pytest.raises(SourceError):
        watch_and_interrupt()
    until_in_thread(lambda: camera.counters.teardowns == 1)


def test_bytes_are_counted_as_they_come(farm: FarmInThread) -> None:
    farm.add("cam")
    watched = watch(farm.url("cam"), pictures(3))
    assert watched.source is not None
    assert watched.source.inbound_bytes > sum(len(packet.data) for packet in watched.video)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FarmInThread, str]]:
    """A farm behind TLS, and the fingerprint of its certificate."""
    chain = tmp_path_factory.mktemp("tls") / "chain.pem"
    issued = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    issued.cert_chain_pems[0].write_to_path(str(chain))
    der = ssl.PEM_cert_to_DER_cert(chain.read_text())
    with FarmInThread(tls=context) as running:
        running.add("cam")
        yield running, hashlib.sha256(der).hexdigest()


def test_certificate_that_a_camera_signed_itself_is_taken(
    secure: tuple[FarmInThread, str],
) -> None:
    assert watch(secure[0].url("cam"), pictures(3)).error is None


def test_expected_certificate_is_taken(secure: tuple[FarmInThread, str]) -> None:
    farm, seen = secure
    spelled = ":".join(seen[at : at + 2] for at in range(0, 64, 2)).upper()
    assert watch(farm.url("cam"), pictures(1), tls_fingerprint=spelled).error is None


def test_other_certificate_is_refused(secure: tuple[FarmInThread, str]) -> None:
    watched = watch(secure[0].url("cam"), tls_fingerprint="00" * 32)
    assert watched.error is not None
    assert watched.error.cause is Cause.INSECURE


def test_port_without_tls_is_named(farm: FarmInThread) -> None:
    watched = watch(farm.url("cam").replace("rtsp:", "rtsps:"), deadlines=SHORT)
    assert watched.error is not None
    assert watched.error.cause in {Cause.NOT_MEDIA, Cause.TIMED_OUT}
