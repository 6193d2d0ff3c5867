"""Which pieces of a file a list is made of, and which fragments somebody may see."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pantau.media.archive.index import Fragment, Index, IndexHead
from pantau.recordings.models import Reach, Span
from pantau.recordings.playback.charts import Chart
from pantau.recordings.playback.doors import visible_fragments
from pantau.recordings.playback.pieces import pieces_of
from tests.recordings.playback.house import NOW_MS

START_MS = NOW_MS - 3_600_000


def chart_of(*fragments: tuple[int, int, int]) -> Chart:
    """A file by when its fragments begin and how long they are, by media time and by the wall."""
    head = IndexHead(1, START_MS, 44, 1_000, "avc1", 160, 96, has_audio=False)
    return Chart(
        Index(
            head,
            tuple(
                Fragment(2_000 + number * 100, 100, at * 90, length * 90, wall, is_key=True)
                for number, (at, length, wall) in enumerate(fragments)
            ),
            None,
        )
    )


def test_a_clock_that_is_set_shows_nothing_early() -> None:
    # Ahead by an hour after the first second, back after the third.
    hour = 3_600_000
    chart = chart_of((0, 1_000, 0), (1_000, 1_000, hour), (2_000, 1_000, hour), (3_000, 1_000, 3))
    near = Reach((Span(START_MS, START_MS + 10_000),))
    assert visible_fragments(chart, near) == (range(1),)
    late = Reach((Span(START_MS, START_MS + hour + 3_000),))
    assert visible_fragments(chart, late) == (range(4),)
    # A camera that sends slower than the clock runs: the wall is later.
    slow = chart_of((0, 1_000, 0), (1_000, 1_000, 1_500), (2_000, 1_000, 3_000))
    assert visible_fragments(slow, Reach((Span(START_MS, START_MS + 2_400),))) == (range(1),)
    assert visible_fragments(slow, Reach((Span(START_MS, START_MS + 2_500),))) == (range(2),)


@given(
    gaps=st.lists(st.sampled_from([1_000, 2_000, 5_000]), min_size=1, max_size=60),
    keys=st.lists(st.booleans(), min_size=60, max_size=60),
    from_ms=st.integers(-5_000, 200_000),
    length_ms=st.integers(1, 100_000),
)
def test_pieces_are_whole_key_led_and_cover_what_is_asked(
    gaps: list[int], keys: list[bool], from_ms: int, length_ms: int
) -> None:
    at, fragments = 0, []
    for number, gap in enumerate(gaps):
        is_key = number == 0 or keys[number]
        fragments.append(Fragment(number * 50, 50, at * 90, gap * 90, at, is_key=is_key))
        at += gap
    head = IndexHead(1, START_MS, 0, 0, "avc1", 160, 96, has_audio=False)
    chart = Chart(Index(head, tuple(fragments), None))
    to_ms = from_ms + length_ms
    found = list(pieces_of(chart, range(len(chart)), piece_ms=4_000, from_ms=from_ms, to_ms=to_ms))
    begins = {each.offset: each for each in fragments}
    for piece in found:
        assert begins[piece.offset].is_key
        assert piece.at_ms == begins[piece.offset].at_ms
    for one, other in pairwise(found):
        assert one.offset + one.size == other.offset
        assert one.at_ms + one.duration_ms == other.at_ms
    wanted = [each for each in fragments if each.end_ms > from_ms and each.at_ms < to_ms]
    if wanted and found:
        assert found[0].at_ms <= max(from_ms, 0)
        assert found[-1].at_ms + found[-1].duration_ms >= wanted[-1].end_ms
    assert bool(found) == any(each.at_ms < to_ms for each in fragments)
