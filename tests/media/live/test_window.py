"""The window keeps what players need, names it once, and forgets the rest."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.core.errors import Unavailable
from pantau.media.live.parts import LiveEvent, Part, RunBegun, RunEnded, SegmentClosed
from pantau.media.live.window import LiveWindow, ReloadRefused
from pantau.media.packets import Tracks
from tests.media.live.coded import STARTED_UNIX_S, coded, cut
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio
BEGUN = RunBegun(b"init", Tracks(coded().tracks.video), "avc1.42c01e", STARTED_UNIX_S)


def window(**options: int) -> LiveWindow:
    return LiveWindow(clock=HandWoundClock(), **options)


def segment(
    duration_s: float = 2.0, *, parts: int = 1, at_s: float = 0.0, size: int = 10
) -> list[LiveEvent]:
    part = Part(b"x" * size, duration_s / parts, True, STARTED_UNIX_S + at_s)
    return [part, *[replace(part, independent=False)] * (parts - 1), SegmentClosed()]


def apply(live: LiveWindow, *events: LiveEvent | Iterable[LiveEvent]) -> LiveWindow:
    for event in events:
        for single in event if isinstance(event, Iterable) else [event]:
            live.apply(single)
    return live


def running(segments: int = 3, *, parts: int = 1) -> LiveWindow:
    return apply(window(), BEGUN, *[segment(parts=parts) for _ in range(segments)])


def names(text: bytes) -> list[str]:
    return re.findall(r"\w+\.mp4", text.decode())


def tag(text: bytes, name: str) -> int:
    found = re.search(rf"#EXT-X-{name}:(\d+)", text.decode())
    assert found is not None
    return int(found[1])


def test_a_window_without_segments_says_so() -> None:
    live = window()
    assert not live.ready
    with pytest.raises(Unavailable):
        live.playlist()


def test_three_segments_are_enough_to_play() -> None:
    assert not running(2).ready
    assert running(3).ready


def test_ten_of_eleven_segments_are_listed_and_all_are_served() -> None:
    live = running(20)
    listed = [name for name in names(live.playlist()) if "seg" in name]
    assert [name[13:] for name in listed] == [f"seg{n}.mp4" for n in range(10, 20)]
    prefix = listed[0][:13]
    served = [n for n in range(20) if live.file(f"{prefix}seg{n}.mp4") is not None]
    assert served == list(range(9, 20))


def test_segments_read_back_with_libav_are_those_of_the_playlist() -> None:
    source = coded(audio=True)
    live = apply(window(), cut(source, part_s=0.5))
    media = b"".join(
        live.file(name) or b"" for name in names(live.playlist()) if "part" not in name
    )
    parts = b"".join(e.data for e in cut(source, part_s=0.5) if isinstance(e, Part))
    assert media.endswith(parts)


def test_numbers_go_on_across_runs_and_names_never_mix() -> None:
    live = apply(running(4), RunEnded(), BEGUN, segment(), segment())
    text = live.playlist()
    assert tag(text, "MEDIA-SEQUENCE") == 0
    assert text.count(b"#EXT-X-DISCONTINUITY\n") == 1
    assert text.count(b"#EXT-X-MAP") == 2
    listed = [name for name in names(text) if "seg" in name]
    assert [name[13:] for name in listed] == [f"seg{n}.mp4" for n in range(6)]
    assert len({name[:12] for name in listed}) == 2
    assert all(re.fullmatch(r"[0-9a-f]{12}_\w+\.mp4", name) for name in names(text))


def test_numbers_go_on_after_everything_was_forgotten() -> None:
    live = apply(running(5), RunEnded())
    live.forget()
    assert live.held_bytes == 0
    assert not live.ready
    text = apply(live, BEGUN, *[segment()] * 3).playlist()
    assert tag(text, "MEDIA-SEQUENCE") == 5
    assert tag(text, "DISCONTINUITY-SEQUENCE") == 0
    assert text.count(b"#EXT-X-DISCONTINUITY\n") == 1


def test_what_left_the_window_is_served_no_more() -> None:
    live = apply(window(), BEGUN)
    seen: set[str] = set()
    change: list[LiveEvent] = [RunEnded(), BEGUN]
    for step in [*[segment(parts=2)] * 4, change, *[segment(parts=2)] * 20]:
        apply(live, step)
        if live.ready:
            seen |= set(names(live.playlist(low_latency=True))[:-1])
    served = {name for name in seen if live.file(name) is not None}
    assert {name[13:].partition(".")[0].rstrip("0123456789") for name in seen} == {
        "init",
        "seg",
        "part",
    }
    assert len({name for name in served if "seg" in name}) == 11
    assert len({name for name in served if "part" in name}) == 22
    assert len({name for name in served if "init" in name}) == 1


def test_a_run_without_a_segment_leaves_no_trace() -> None:
    live = apply(running(3), RunEnded(), BEGUN, RunEnded(), BEGUN, segment())
    text = live.playlist()
    assert text.count(b"#EXT-X-DISCONTINUITY\n") == 1
    assert text.count(b"#EXT-X-MAP") == 2


def test_wall_time_follows_media_until_they_are_half_a_second_apart() -> None:
    arrivals_s = [0.0, 2.3, 3.8, 6.1, 9.0]
    live = apply(window(), BEGUN, *[segment(at_s=at_s) for at_s in arrivals_s])
    times = re.findall(r"DATE-TIME:2026-03-01T08:00:([\d.]+)Z", live.playlist().decode())
    assert [float(at) for at in times] == [0.0, 2.0, 4.0, 6.0, 9.0]


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    live = window(most_bytes=1_000)
    apply(live, BEGUN, *[segment(size=150) for _ in range(12)])
    assert live.held_bytes <= 1_000
    assert tag(live.playlist(), "MEDIA-SEQUENCE") == 6
    apply(live, *[segment(size=600) for _ in range(8)])
    assert live.playlist().count(b"#EXTINF") == 4, "players need some"


def test_long_segments_are_listed_without_further_grace() -> None:
    live = apply(window(), BEGUN, *[segment(10.0, size=10) for _ in range(12)])
    assert live.playlist().count(b"#EXTINF") == 10
    assert live.held_bytes == 10 * 10 + len(b"init")
    assert tag(live.playlist(), "TARGETDURATION") == 10


def test_the_same_version_is_the_same_text() -> None:
    live = running()
    version, text = live.version, live.playlist()
    assert live.playlist() is text
    apply(live, segment())
    assert live.version > version
    assert live.playlist() != text


def test_time_of_the_newest_media_is_known() -> None:
    clock = HandWoundClock()
    live = LiveWindow(clock=clock)
    assert live.last_segment_at_mono_s is None
    apply(live, BEGUN, segment())
    first = live.last_segment_at_mono_s
    clock.wind(5.0)
    apply(live, segment())
    assert first is not None
    assert live.last_segment_at_mono_s == first + 5.0


EVENTS = st.lists(
    st.one_of(
        st.just([BEGUN]),
        st.just([RunEnded()]),
        st.builds(
            segment,
            st.floats(0.1, 14.0),
            parts=st.integers(1, 5),
            at_s=st.floats(0, 100),
            size=st.integers(1, 400),
        ),
        st.just(segment()[:1]),
    ),
    max_size=40,
)


@settings(max_examples=50)
@given(EVENTS)
def test_whatever_happens_the_playlist_keeps_its_promises(steps: list[list[LiveEvent]]) -> None:
    live = apply(window(most_bytes=3_000), BEGUN)
    discontinuities: dict[str, int] = {}
    last_number = last_target_s = 0
    for step in steps:
        if step[0] != BEGUN and not live.is_running:
            continue
        apply(live, step)
        if not live.ready:
            continue
        text = live.playlist()
        number = tag(text, "MEDIA-SEQUENCE")
        assert number >= last_number
        last_number = number
        target_s = tag(text, "TARGETDURATION")
        longest_s = max(float(s) for s in re.findall(rb"#EXTINF:([\d.]+)", text))
        assert int(longest_s + 0.5) <= target_s
        last_target_s = target_s
        assert all(live.file(name) for name in names(text))
        following = live.playlist(low_latency=True)
        assert all(live.file(name) for name in names(following)[:-1])
        parts_s = [float(s) for s in re.findall(rb"PART:DURATION=([\d.]+)", following)]
        assert all(part_s <= 0.5 for part_s in parts_s)
        assert live.held_bytes <= 3_000 + 5 * 400 * 5
        sequence = tag(text, "DISCONTINUITY-SEQUENCE")
        for line in text.decode().splitlines():
            sequence += line == "#EXT-X-DISCONTINUITY"
            if "_seg" in line:
                assert discontinuities.setdefault(line, sequence) == sequence
    assert last_target_s >= 0


async def test_a_reload_waits_for_the_part_it_asks_for() -> None:
    live = running(3)
    waiting = asyncio.ensure_future(live.wait(3, 1))
    apply(live, segment()[0])
    await asyncio.sleep(0)
    assert not waiting.done()
    apply(live, segment()[0])
    assert await waiting
    assert len(re.findall(rb"PART:.*_part[34]\.", live.playlist(low_latency=True))) == 2


async def test_a_reload_without_a_part_waits_for_the_whole_segment() -> None:
    live = running(3)
    apply(live, segment()[0])
    waiting = asyncio.ensure_future(live.wait(3))
    await asyncio.sleep(0)
    assert not waiting.done()
    apply(live, SegmentClosed())
    assert await waiting


async def test_a_part_behind_the_last_one_is_the_first_of_the_next_segment() -> None:
    live = running(3, parts=2)
    waiting = asyncio.ensure_future(live.wait(2, 2))
    await asyncio.sleep(0)
    assert not waiting.done()
    apply(live, segment()[0])
    assert await waiting


async def test_what_is_there_is_not_waited_for() -> None:
    live = running(3, parts=2)
    assert await live.wait(0)
    assert await live.wait(2, 1)


@pytest.mark.parametrize(("number", "part"), [(5, None), (3, 6), (4, 9), (1_000, 0)])
async def test_a_reload_too_far_ahead_is_refused(number: int, part: int | None) -> None:
    with pytest.raises(ReloadRefused):
        await running(3).wait(number, part)


async def test_a_reload_is_not_kept_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.media.live.window._TARGETS_TO_WAIT", 0.01)
    assert not await running(3).wait(3)


async def test_the_announced_part_can_be_fetched_before_it_exists() -> None:
    live = running(3)
    hint = names(live.playlist(low_latency=True))[-1]
    waiting = asyncio.ensure_future(live.file_soon(hint))
    await asyncio.sleep(0)
    apply(live, segment(size=77))
    assert await waiting == b"x" * 77
    assert await live.file_soon("000000000000_part9.mp4") is None


async def test_a_list_always_announces_a_part_even_of_a_run_to_come() -> None:
    live = apply(running(3), RunEnded())
    hint = names(live.playlist(low_latency=True))[-1]
    apply(live, BEGUN, segment(size=33))
    assert live.file(hint) == b"x" * 33


async def test_nobody_waits_for_a_part_that_will_never_come() -> None:
    live = running(3)
    hint = names(live.playlist(low_latency=True))[-1]
    waiting = asyncio.ensure_future(live.file_soon(hint))
    await asyncio.sleep(0)
    apply(live, RunEnded())
    assert await waiting is None


def test_the_discontinuity_sequence_stays_small_however_large_segment_numbers_are() -> None:
    # hls.js keeps a list of that length and walks through it.
    live = apply(window(first_number=400_000_000), BEGUN, *[segment()] * 3)
    assert tag(live.playlist(), "MEDIA-SEQUENCE") == 400_000_000
    assert tag(live.playlist(), "DISCONTINUITY-SEQUENCE") < 100_000
