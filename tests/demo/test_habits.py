"""Each switch of a demo camera does what it says, seen from a bare socket."""

import socket
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from pantau.demo.behaviour import Behaviour
from pantau.demo.bitstream import CLIP_S
from tests.demo.wire import Rtp, Wire
from tests.support.farm import LARGER, FarmInThread
from tests.support.waiting import until_in_thread


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as running:
        yield running


def has_sets(packets: list[Rtp]) -> bool:
    return any(packet.payload[0] & 0x1F in {7, 8, 24} for packet in packets)


def steps(packets: list[Rtp]) -> list[int]:
    times = [packet.time for packet in packets if packet.is_last]
    return [((new - old + 2**31) & 0xFFFFFFFF) - 2**31 for old, new in pairwise(times)]


def numbers_missing(packets: list[Rtp]) -> int:
    return sum((new.sequence - old.sequence - 1) & 0xFFFF > 0 for old, new in pairwise(packets))


def played(farm: FarmInThread, behaviour: Behaviour, *, count: int = 30) -> list[Rtp]:
    farm.add("cam", behaviour=behaviour, other=LARGER)
    with Wire(farm.url("cam")) as wire:
        assert wire.play().status == 200
        return wire.rtp(count=count)


def test_time_and_numbers_run_on_where_the_clip_begins_again(farm: FarmInThread) -> None:
    for number in range(1000):
        camera = farm.add(f"near-{number}")
        if CLIP_S - 1.0 < camera.position_s(camera.clock.mono_s()) < CLIP_S - 0.4:
            break
    with Wire(farm.url(camera.name)) as wire:
        wire.play()
        packets = wire.rtp(count=60)
    assert camera.position_s(camera.clock.mono_s()) < CLIP_S / 2
    assert {round(step, -1) for step in steps(packets)} == {6000}
    assert not numbers_missing(packets)


def test_sound_runs_on_beside_the_picture(farm: FarmInThread) -> None:
    farm.add("cam")
    with Wire(farm.url("cam")) as wire:
        wire.play(0, 1)
        packets = wire.rtp(until=lambda found: sum(one.kind == 97 for one in found) > 20)
    sound = [packet for packet in packets if packet.kind == 97]
    assert set(steps(sound)) == {1024}
    assert all(packet.payload[:2] == b"\x00\x10" for packet in sound)


@pytest.mark.parametrize(
    ("behaviour", "shows"),
    [
        (Behaviour(frozen_timestamps=True), lambda got: set(steps(got)) == {0}),
        (Behaviour(random_timestamps=True), lambda got: len(set(steps(got))) > 5),
        (Behaviour(jump_after_s=0.3), lambda got: max(steps(got)) > 3599 * 90_000),
        (Behaviour(jump_after_s=0.3, jump_s=-10), lambda got: min(steps(got)) < -9 * 90_000),
        (Behaviour(lose_every=5), lambda got: numbers_missing(got) >= 5),
        (Behaviour(swap_every=5), lambda got: numbers_missing(got) >= 6),
        (Behaviour(media="wrong_payload_type"), lambda got: {one.kind for one in got} == {127}),
        (Behaviour(media="bad_lengths"), lambda got: got[0].payload[:3] == b"\x78\xff\xff"),
        (Behaviour(media="endless_nal"), lambda got: not any(one.is_last for one in got)),
        (Behaviour(parameter_sets="sdp_only"), lambda got: not has_sets(got)),
        (Behaviour(parameter_sets="nowhere"), lambda got: not has_sets(got)),
        (Behaviour(parameter_sets="in_band"), has_sets),
    ],
    ids=lambda value: repr(value)[:0],
)
def test_stream_is_spoilt_as_told(
    farm: FarmInThread, behaviour: Behaviour, shows: Callable[[list[Rtp]], bool]
) -> None:
    assert shows(played(farm, behaviour, count=30))


def test_time_wraps_at_32_bits_soon_after_the_start(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(near_wrap=True))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        packets = wire.rtp(until=lambda found: found[-1].time < found[0].time)
    assert {round(step, -1) for step in steps(packets)} == {6000}


def test_trickle_is_about_one_packet_a_second(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(media="trickle"))
    with Wire(farm.url("cam")) as wire:
        wire.play(0, 1)
        packets = wire.rtp(count=3)
    assert {one.channel for one in packets} == {0}
    # One for each key picture: they are a second apart, nearer only where the loop begins anew.
    assert all(new.time - old.time >= 45_000 for old, new in pairwise(packets))


def test_framing_lies_about_its_lengths(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(media="bad_framing"))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        heard = b""
        while len(heard) < 20_000:
            heard += wire.socket.recv(65_536)
    # Pictures may hold the mark as well, so look for a frame after which the next one stands.
    starts = [at for at in range(len(heard) - 4) if heard[at : at + 2] == b"$\x00"]
    ends = [at + 4 + struct.unpack_from(">H", heard, at + 2)[0] - 37 for at in starts]
    assert set(starts) & set(ends)
    # Some frame may be as long as the lie; were it the truth, nearly every next one stood there.
    assert len(set(starts) & {end + 37 for end in ends}) < len(set(starts) & set(ends))


@pytest.mark.parametrize(
    "behaviour", [Behaviour(media="none"), Behaviour(late_start_s=60), Behaviour(stall_after_s=0)]
)
def test_session_plays_without_a_packet(farm: FarmInThread, behaviour: Behaviour) -> None:
    camera = farm.add("cam", behaviour=behaviour)
    with Wire(farm.url("cam")) as wire:
        assert wire.play(0, 1).status == 200
        wire.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            wire.rtp(count=1)
        assert camera.counters.sessions_now == 1


def test_reports_come_where_pictures_do_not(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(media="rtcp_only"))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        for (channel, packet), _ in zip(wire.packets(), range(3), strict=False):
            assert channel == 1
            assert packet[1] == 200


def test_behaviour_changes_under_an_open_session(farm: FarmInThread) -> None:
    farm.add("cam")
    with Wire(farm.url("cam")) as wire:
        wire.play()
        wire.rtp(count=5)
        farm.behave("cam", Behaviour(close_after_s=0))
        wire.rtp(until=lambda _: False)
        with pytest.raises(EOFError):
            wire.hear()


def test_half_open_camera_has_hung_up_but_keeps_the_session(farm: FarmInThread) -> None:
    camera = farm.add("cam", behaviour=Behaviour(close_after_s=0.1, close_how="half_open"))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        wire.rtp(until=lambda _: False)
        wire.send("OPTIONS")
        assert camera.counters.sessions_now == 1
    until_in_thread(lambda: camera.counters.sessions_now == 0)


def test_camera_resets_its_connection(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(close_after_s=0.1, close_how="rst"))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        with pytest.raises(ConnectionResetError):
            wire.rtp(until=lambda _: False)


def test_client_that_gives_no_sign_of_life_is_dropped(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(session_timeout_s=1, enforce_timeout=True))
    with Wire(farm.url("cam")) as silent, Wire(farm.url("cam")) as lively:
        silent.play()
        assert ";timeout=1" in lively.ask("DESCRIBE").headers.get("session", ";timeout=1")
        lively.play()
        for _ in range(20):
            lively.rtp(count=4)
            lively.socket.sendall(b"$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x07")
        silent.rtp(until=lambda _: False)
        with pytest.raises(EOFError):
            silent.hear()
        assert lively.rtp(count=2)


@pytest.mark.parametrize("status", [453, 401])
def test_full_camera_says_so_in_its_own_way(farm: FarmInThread, status: int) -> None:
    told = 401 if status == 401 else 453
    farm.add("cam", behaviour=Behaviour(session_limit=1, full_answer=told))  # type: ignore[arg-type]
    with Wire(farm.url("cam")) as first, Wire(farm.url("cam")) as second:
        assert first.play().status == 200
        assert second.play().status == status
        assert first.ask("TEARDOWN").status == 200
        assert second.play().status == 200


def test_slot_leaks_after_a_polite_close_but_not_after_a_reset(farm: FarmInThread) -> None:
    habit = Behaviour(session_limit=1, leak_s=60, reset_frees_slot=True, media="none")
    camera = farm.add("cam", behaviour=habit)
    with Wire(farm.url("cam")) as wire:
        wire.play()
        linger = struct.pack("ii", 1, 0)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    until_in_thread(lambda: camera.counters.sessions_now == 0)
    assert not camera.is_full()
    with Wire(farm.url("cam")) as wire:
        wire.play()
    until_in_thread(lambda: camera.counters.sessions_now == 0)
    assert camera.is_full()


def test_teardown_is_never_answered(farm: FarmInThread) -> None:
    camera = farm.add("cam", behaviour=Behaviour(ignores_teardown=True, media="none"))
    with Wire(farm.url("cam")) as wire:
        wire.play()
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.ask("TEARDOWN")
        assert camera.counters.teardowns == 1
        assert camera.counters.sessions_now == 1


@pytest.mark.parametrize("step", ["connect", "options", "describe", "setup", "play"])
def test_camera_falls_silent_at_a_step(farm: FarmInThread, step: str) -> None:
    farm.add("cam", behaviour=Behaviour(mute_at=step))  # type: ignore[arg-type]
    transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
    with Wire(farm.url("cam")) as wire:
        for method in ("options", "describe", "setup", "play"):
            path = "/trackID=0" if method == "setup" else ""
            if step in {"connect", method}:
                break
            assert wire.ask(method.upper(), path, Transport=transport).status == 200
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.ask(method.upper(), path, Transport=transport)


def test_answer_comes_late(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(answer_delay_s=0.6))
    with Wire(farm.url("cam")) as wire:
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.ask("DESCRIBE")
        wire.socket.settimeout(45)
        assert wire.hear().status == 200


@pytest.mark.parametrize(
    ("refused", "transport"),
    [
        ("tcp", "RTP/AVP/TCP;unicast;interleaved=0-1"),
        ("udp", "RTP/AVP;unicast;client_port=5000-5001"),
    ],
)
def test_transport_is_refused(farm: FarmInThread, refused: str, transport: str) -> None:
    farm.add("cam", behaviour=Behaviour(refuse_transport=refused))  # type: ignore[arg-type]
    with Wire(farm.url("cam")) as wire:
        assert wire.ask("SETUP", "/trackID=0", Transport=transport).status == 461


@pytest.mark.parametrize(
    ("habit", "base"),
    [("relative", "/cam/"), ("no_slash", "/cam"), ("other_host", "192.0.2.10:554/cam/")],
)
def test_content_base_is_as_odd_as_told(farm: FarmInThread, habit: str, base: str) -> None:
    farm.add("cam", behaviour=Behaviour(control=habit))  # type: ignore[arg-type]
    with Wire(farm.url("cam")) as wire:
        assert wire.ask("DESCRIBE").headers["content-base"].endswith(base)
        assert wire.play().status == 200


def test_sound_is_promised_and_kept_back(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(audio="late", audio_late_s=1.0))
    with Wire(farm.url("cam")) as wire:
        assert b"m=audio" in wire.ask("DESCRIBE").body
        wire.play(0, 1)
        packets = wire.rtp(until=lambda found: found[-1].kind == 97)
    before = [one for one in packets if one.kind == 96 and one.is_last]
    assert len(before) >= 10


def test_description_may_lack_the_video(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(sdp="no_video"))
    with Wire(farm.url("cam")) as wire:
        assert b"m=video" not in wire.ask("DESCRIBE").body


def test_counters_tell_how_often_a_camera_was_dialled(farm: FarmInThread) -> None:
    camera = farm.add("counted")
    for _ in range(3):
        with Wire(farm.url("counted")) as wire:
            wire.ask("OPTIONS")
    assert camera.counters.connections == 3
    assert camera.dials(within_s=60) == 3


def test_cameras_of_one_farm_are_not_in_step(farm: FarmInThread) -> None:
    cameras = [farm.add(f"bench{number}") for number in range(50)]
    now_mono = cameras[0].clock.mono_s()
    tenths = {round(camera.position_s(now_mono), 1) for camera in cameras}
    assert len(tenths) > 25
