"""What answers about footage look like."""

from typing import Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.recordings.models import Segment, Span
from pantau.recordings.playback.asked import Month, iso
from pantau.recordings.playback.timeline import MarkedDay, Timeline


class _Model(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SegmentOutput(_Model):
    """One file; moments are ISO 8601 in UTC."""

    id: int
    filename: str
    start_time: str
    end_time: str
    file_size: int
    """Bytes; of a file that is being written, so far."""
    duration: int
    """Seconds."""
    created_at: str
    start_ms: int
    end_ms: int
    is_open: bool
    """It is being written."""


class SegmentsOutput(_Model):
    """The files of one camera, newest first."""

    camera_id: int
    camera_name: str
    segments: list[SegmentOutput]
    total_segments: int
    """How many are listed here."""
    is_cut: bool
    """There are older ones: ask with `to`."""


class SegmentsAnswer(_Model):
    """The envelope around them."""

    success: Literal[True] = True
    data: SegmentsOutput


class RecordedSpan(_Model):
    """From a moment up to another, milliseconds since 1970."""

    from_ms: int
    to_ms: int


class TimelineOutput(_Model):
    """Runs and gaps of a span, oldest first."""

    camera_id: int
    from_ms: int
    to_ms: int
    now_ms: int
    """What the hub's clock says."""
    runs: list[RecordedSpan]
    gaps: list[RecordedSpan]
    is_cut: bool
    """There were too many runs: the newest are here, and `from_ms` is where they begin."""


class TimelineAnswer(_Model):
    """The envelope around it."""

    success: Literal[True] = True
    data: TimelineOutput


class DayOutput(_Model):
    """A day with footage, in the zone of the site."""

    date: str
    recorded_s: int
    gaps: int
    from_ms: int
    """When the day begins."""


class DaysOutput(_Model):
    """The days of a month with footage."""

    camera_id: int
    month: str
    zone: str
    days: list[DayOutput]
    is_cut: bool
    """There may be more, earlier in the month."""


class DaysAnswer(_Model):
    """The envelope around them."""

    success: Literal[True] = True
    data: DaysOutput


def segment_output(segment: Segment, shown: Span, *, size_bytes: int) -> SegmentOutput:
    """Return what is told of a segment of which `shown` may be seen."""
    return SegmentOutput(
        id=segment.id,
        filename=segment.filename,
        start_time=iso(segment.start_ms),
        end_time=iso(shown.to_ms),
        file_size=size_bytes,
        duration=max(1, round((shown.to_ms - shown.from_ms) / 1000)),
        created_at=iso(segment.start_ms),
        start_ms=segment.start_ms,
        end_ms=shown.to_ms,
        is_open=segment.state == "open",
    )


def timeline_answer(camera_id: int, timeline: Timeline, *, now_ms: int) -> TimelineAnswer:
    """Return a timeline as it is told."""
    return TimelineAnswer(
        data=TimelineOutput(
            camera_id=camera_id,
            from_ms=timeline.span.from_ms,
            to_ms=timeline.span.to_ms,
            now_ms=now_ms,
            runs=[_span(run) for run in timeline.runs],
            gaps=[_span(gap) for gap in timeline.gaps],
            is_cut=timeline.is_cut,
        )
    )


def days_answer(
    camera_id: int, month: Month, days: list[tuple[MarkedDay, int]], *, zone: str, is_cut: bool
) -> DaysAnswer:
    """Return the days of a month, each with when it begins."""
    return DaysAnswer(
        data=DaysOutput(
            camera_id=camera_id,
            month=month.name,
            zone=zone,
            days=[
                DayOutput(
                    date=day.on.isoformat(),
                    recorded_s=day.recorded_ms // 1000,
                    gaps=day.gaps,
                    from_ms=begins_ms,
                )
                for day, begins_ms in days
            ],
            is_cut=is_cut,
        )
    )


def _span(span: Span) -> RecordedSpan:
    return RecordedSpan(from_ms=span.from_ms, to_ms=span.to_ms)
