"""Playlists say what RFC 8216 asks for, whatever the segments are."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pantau.media.live.playlist import (
    ListedPart,
    ListedSegment,
    LowLatency,
    media_playlist,
    target_duration_s,
)


def segment(
    number: int, duration_s: float = 2.0, *, run: int = 0, opens: bool = False, parts: int = 0
) -> ListedSegment:
    return ListedSegment(
        number=number,
        name=f"seg{number}.mp4",
        init_name=f"init{run}.mp4",
        duration_s=duration_s,
        started_unix_s=1_772_352_000.0 + 2 * number,
        independent=True,
        run=run,
        opens_run=opens,
        parts=tuple(
            ListedPart(f"part{number}_{n}.mp4", duration_s / parts, n == 0) for n in range(parts)
        ),
    )


def test_plain_playlist_is_exactly_this() -> None:
    listed = [segment(7, 2.0), segment(8, 1.96), segment(9, 0.52, run=1, opens=True)]
    assert media_playlist(listed, target_s=2).decode().splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:7",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init0.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T08:00:14.000Z",
        "#EXTINF:2.00000,",
        "seg7.mp4",
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T08:00:16.000Z",
        "#EXTINF:1.96000,",
        "seg8.mp4",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="init1.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T08:00:18.000Z",
        "#EXTINF:0.52000,",
        "seg9.mp4",
    ]


def test_plain_playlist_has_nothing_of_low_latency() -> None:
    text = media_playlist([segment(0, parts=4), segment(1, parts=4)], target_s=2).decode()
    assert not re.search("PART|SERVER-CONTROL|PRELOAD|SKIP", text)


def test_low_latency_playlist_lists_parts_near_the_edge_only() -> None:
    listed = [segment(number, parts=4) for number in range(6)]
    extra = LowLatency(0.5, "part6_2.mp4", segment(6, 1.0, parts=2))
    text = media_playlist(listed, target_s=2, low_latency=extra).decode()
    assert "#EXT-X-VERSION:9\n" in text
    assert "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.500\n" in text
    assert "#EXT-X-PART-INF:PART-TARGET=0.500\n" in text
    assert {int(n) for n in re.findall(r'URI="part(\d)_', text)} == {3, 4, 5, 6}
    assert '#EXT-X-PART:DURATION=0.50000,URI="part5_0.mp4",INDEPENDENT=YES\n' in text
    assert text.endswith('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part6_2.mp4"\n')
    assert "seg6.mp4" not in text


def test_a_part_that_outlasts_its_target_does_not_say_so() -> None:
    extra = LowLatency(0.5, "next.mp4", segment(1, 5.0, parts=1))
    text = media_playlist([segment(0)], target_s=5, low_latency=extra).decode()
    assert "#EXT-X-PART:DURATION=0.50000" in text


def test_segments_are_only_called_independent_when_all_are() -> None:
    broken = ListedSegment(1, "a.mp4", "i.mp4", 2.0, 0.0, independent=False, run=0, opens_run=False)
    text = media_playlist([segment(0), broken], target_s=2).decode()
    assert "INDEPENDENT-SEGMENTS" not in text


@given(st.lists(st.floats(0.02, 30.0), min_size=1, max_size=12), st.integers(2, 30))
def test_target_duration_is_never_less_than_a_listed_one(
    durations_s: list[float], before_s: int
) -> None:
    target_s = target_duration_s(durations_s, least_s=2, before_s=before_s)
    assert target_s >= max(int(duration_s + 0.5) for duration_s in durations_s)
    assert target_s >= 2
    if target_s < before_s:
        assert target_s * 2 <= before_s, "it shrinks only when it is far too large"


def test_target_duration_returns_once_a_stall_has_left_the_list() -> None:
    stalled_s = target_duration_s([2.0, 7.0, 2.0], least_s=2, before_s=2)
    after_s = target_duration_s([2.0, 2.0, 2.0], least_s=2, before_s=stalled_s)
    assert (stalled_s, after_s) == (7, 2)


def test_target_duration_does_not_follow_jitter() -> None:
    assert target_duration_s([2.49, 2.0], least_s=2, before_s=2) == 2
    assert target_duration_s([2.51, 2.0], least_s=2, before_s=2) == 3
    assert target_duration_s([2.0, 2.0], least_s=2, before_s=3) == 3
