"""Finds where a clip may begin in a recording, and cuts samples to a beginning and an end."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from pantau.media.archive.footage import Footage, FragmentRuns
from pantau.media.archive.index import Fragment
from pantau.media.archive.reading import BrokenRecordingError
from pantau.media.archive.samples import Run
from pantau.media.packets import VIDEO_TIME_BASE

_PER_MS: Final = VIDEO_TIME_BASE // 1000


class Taken(NamedTuple):
    """What is taken of one fragment."""

    fragment: Fragment
    video: tuple[Run, ...]
    audio: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of one recording; ticks of the video from its beginning."""

    footage: Footage
    first: int
    """Which fragment has the key frame."""
    key_dts: int
    end: int
    """Pictures shown from here on are left out."""

    def fragments(self) -> Iterator[Taken]:
        """Yield what is taken, fragment by fragment; what cannot be read is left out."""
        for fragment in self.footage.fragments[self.first :]:
            if fragment.at_ticks >= self.end:
                return
            found = runs_or_none(self.footage, fragment)
            if found is None:
                continue
            video = tuple(
                kept for run in found.video if (kept := _video(run, self.key_dts, self.end))
            )
            if not video:
                continue
            until = video[-1].dts + video[-1].duration
            whole = found.video[-1].dts + found.video[-1].duration
            is_last = until < whole
            audio = tuple(
                kept
                for run in found.audio
                if (kept := self._audio(run, until if is_last else None)) is not None
            )
            yield Taken(fragment, video, audio)
            if is_last:
                return

    def _audio(self, run: Run, until: int | None) -> Run | None:
        """Return the sounds from the key frame on; `until` is in ticks of the video."""
        track = self.footage.tracks.of(run.track_id)
        assert track is not None
        begin = self.key_dts * track.rate_hz // VIDEO_TIME_BASE
        starts = _starts(run)
        first = bisect_left(starts, begin)
        last = len(starts)
        if until is not None:
            last = bisect_left(starts, until * track.rate_hz // VIDEO_TIME_BASE)
        return _sliced(run, first, last)


def cut_of(footage: Footage, from_ms: int, to_ms: int) -> Cut | None:
    """Return the stretch from the key frame at or before `from_ms`, or from the first there is.

    Media time from the file's beginning.  None: nothing is shown in it.
    """
    wanted, end = max(0, from_ms) * _PER_MS, to_ms * _PER_MS
    if end <= 0 or not footage.fragments or wanted // _PER_MS >= footage.index.duration_ms:
        return None
    at = footage.number_at(wanted)
    for number in range(at, -1, -1):
        keys = [dts for dts, pts in keys_in(footage, number) if pts <= wanted]
        if keys:
            return Cut(footage, number, keys[-1], end)
    for number in range(len(footage.fragments)):
        if footage.fragments[number].at_ticks >= end:
            return None
        for dts, pts in keys_in(footage, number):
            return Cut(footage, number, dts, end) if pts < end else None
    return None


def keys_in(footage: Footage, number: int) -> list[tuple[int, int]]:
    """Return when the key frames of a fragment are decoded and shown; none where it is broken."""
    found = runs_or_none(footage, footage.fragments[number])
    keys: list[tuple[int, int]] = []
    for run in found.video if found else ():
        rows = zip(_starts(run), run.shown_later, run.keys, strict=True)
        keys += [(dts, dts + later) for dts, later, is_key in rows if is_key]
    return keys


def runs_or_none(footage: Footage, fragment: Fragment) -> FragmentRuns | None:
    """Return the samples of a fragment; None: they cannot be read."""
    try:
        return footage.runs(fragment)
    except BrokenRecordingError:
        return None


def _video(run: Run, begin: int, end: int) -> Run | None:
    starts = _starts(run)
    first = bisect_left(starts, begin)
    last = len(starts)
    # In the order of decoding: what comes before the last one that is shown is needed for it.
    while last > first and starts[last - 1] + run.shown_later[last - 1] >= end:
        last -= 1
    return _sliced(run, first, last)


def _starts(run: Run) -> list[int]:
    at, starts = run.dts, []
    for duration in run.durations:
        starts.append(at)
        at += duration
    return starts


def _sliced(run: Run, first: int, last: int) -> Run | None:
    """Return samples `first` up to `last` of a run; None: there are none."""
    if first == 0 and last == len(run.sizes):
        return run
    if first >= last:
        return None
    part = slice(first, last)
    return Run(
        run.track_id,
        run.dts + sum(run.durations[:first]),
        run.offset + sum(run.sizes[:first]),
        run.sizes[part],
        run.durations[part],
        run.shown_later[part],
        run.keys[part],
    )
