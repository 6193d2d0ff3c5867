"""Writes media playlists (RFC 8216, and RFC 8216bis where they are low-latency)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

PLAIN_VERSION: Final = 7
LOW_LATENCY_VERSION: Final = 9
_HOLD_BACK_PARTS: Final = 3
_TARGETS_WITH_PARTS: Final = 3
"""Parts are listed as long as they are less than so many target durations old (6.2.2)."""


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as the playlist names it."""

    name: str
    duration_s: float
    independent: bool


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A segment as the playlist names it; `parts` is empty where only whole segments are made.

    `number` is its media sequence number, `run` counts the runs before it; `opens_run` says that
    it is the first of a run that is not the first of the window.
    """

    number: int
    name: str
    init_name: str
    duration_s: float
    started_unix_s: float
    independent: bool
    run: int
    opens_run: bool
    parts: tuple[ListedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class LowLatency:
    """What a low-latency playlist says besides; `open_segment` is still being filled."""

    part_target_s: float
    next_part_name: str
    open_segment: ListedSegment | None = None


def target_duration_s(durations_s: Sequence[float], *, least_s: int, before_s: int) -> int:
    """Return TARGETDURATION for a list in which it was `before_s`.

    It must not be less than any duration rounded to the nearest second (RFC 8216, 4.3.3.1), and it
    should not change (6.2.1).  So it grows when it must, and shrinks only when every segment is
    half as long at most: one that was long, because the camera stalled, has left the list then.
    """
    needed = max([least_s, *map(_nearest, durations_s)])
    return needed if needed > before_s or needed * 2 <= before_s else before_s


def media_playlist(
    segments: Sequence[ListedSegment],
    *,
    target_s: int,
    low_latency: LowLatency | None = None,
) -> bytes:
    """Write the playlist of at least one segment, closed or open, in order."""
    opened = low_latency.open_segment if low_latency else None
    first = segments[0] if segments else opened
    assert first is not None, "a playlist lists something"
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{LOW_LATENCY_VERSION if low_latency else PLAIN_VERSION}",
        f"#EXT-X-TARGETDURATION:{target_s}",
    ]
    if low_latency:
        hold_back_s = _HOLD_BACK_PARTS * low_latency.part_target_s
        lines += (
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={hold_back_s:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={low_latency.part_target_s:.3f}",
        )
    lines += (
        f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.run - first.opens_run}",
    )
    if all(segment.independent for segment in segments) and (not opened or opened.independent):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    parts_from = _first_with_parts(segments, target_s) if low_latency else len(segments)
    part_target_s = low_latency.part_target_s if low_latency else 0.0
    init_name = ""
    for index, segment in enumerate(segments):
        lines += _heading(segment, after_init=init_name)
        init_name = segment.init_name
        if index >= parts_from:
            lines += _parts(segment, part_target_s)
        lines += (f"#EXTINF:{segment.duration_s:.5f},", segment.name)
    if opened:
        lines += _heading(opened, after_init=init_name)
        lines += _parts(opened, part_target_s)
    if low_latency:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{low_latency.next_part_name}"')
    lines.append("")
    return "\n".join(lines).encode()


def _heading(segment: ListedSegment, *, after_init: str) -> list[str]:
    at = datetime.fromtimestamp(segment.started_unix_s, UTC).isoformat(timespec="milliseconds")
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{at.removesuffix('+00:00')}Z"]
    if segment.init_name != after_init:
        lines.insert(0, f'#EXT-X-MAP:URI="{segment.init_name}"')
    if segment.opens_run:
        lines.insert(0, "#EXT-X-DISCONTINUITY")
    return lines


def _parts(segment: ListedSegment, part_target_s: float) -> list[str]:
    # A picture that stood still for longer than PART-TARGET (a stall, or less than two pictures a
    # second) cannot be a shorter part; the list may not say so, and EXTINF has the true length.
    return [
        f"#EXT-X-PART:DURATION={min(part.duration_s, part_target_s):.5f}"
        f',URI="{part.name}"{",INDEPENDENT=YES" if part.independent else ""}'
        for part in segment.parts
    ]


def _first_with_parts(segments: Sequence[ListedSegment], target_s: int) -> int:
    """Return the index of the first segment that begins late enough to list its parts."""
    index, age_s = len(segments), 0.0
    while index and age_s < _TARGETS_WITH_PARTS * target_s:
        index -= 1
        age_s += segments[index].duration_s
    return index


def _nearest(duration_s: float) -> int:
    return int(duration_s + 0.5)
