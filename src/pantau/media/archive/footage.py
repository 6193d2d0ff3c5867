"""One recording opened for reading: its index, its tracks, and the samples of each fragment."""

import contextlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from pantau.media.archive.index import Fragment, Index
from pantau.media.archive.layout import BrokenRecordingError, OpenFile, init_of, moof_of
from pantau.media.archive.samples import InitTracks, Run, init_tracks, runs_of
from pantau.media.packets import VIDEO_TIME_BASE


class Sample(NamedTuple):
    """One coded picture or sound; times are ticks of its track from the file's beginning."""

    is_video: bool
    dts: int
    pts: int
    duration: int
    is_key: bool
    offset: int
    """In the file."""
    size: int


@dataclass(frozen=True, slots=True)
class FragmentRuns:
    """The samples of one fragment, still in columns."""

    fragment: Fragment
    video: tuple[Run, ...]
    audio: tuple[Run, ...]


class Footage:
    """A file with its index.  Use it as a context; blocks; raises `BrokenRecordingError`, OSError.

    Everything that an index says is checked against the file before it is used.
    """

    def __init__(self, file: Path, index: Index) -> None:
        self.index = index
        self._file = OpenFile(file)
        with contextlib.ExitStack() as undoing:
            undoing.callback(self._file.close)
            self.init = init_of(self._file, index)
            self.tracks: InitTracks = init_tracks(self.init)
            self.fragments = tuple(one for one in index.fragments if _fits(one, self._file.size))
            self._origin = self._first_tick()
            undoing.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def size_bytes(self) -> int:
        return self._file.size

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly these bytes."""
        return self._file.read(offset, size)

    def number_at(self, ticks: int) -> int:
        """Return which fragment shows that moment, or the last before it; at least 0."""
        found = bisect_right(self.fragments, ticks, key=lambda one: one.at_ticks)
        return max(0, found - 1)

    def runs(self, fragment: Fragment) -> FragmentRuns:
        """Return the samples of a fragment, with times from the file's beginning."""
        found = self._raw_runs(fragment)
        video = tuple(self._moved(run) for run in found if run.track_id == self._video_id)
        audio = tuple(self._moved(run) for run in found if run.track_id != self._video_id)
        return FragmentRuns(fragment, video, audio)

    def samples(self, fragment: Fragment) -> Iterator[Sample]:
        """Yield the samples of a fragment one by one, in the order of the file."""
        runs = self.runs(fragment)
        for is_video, run in [(True, run) for run in runs.video] + [
            (False, run) for run in runs.audio
        ]:
            dts, offset = run.dts, fragment.offset + run.offset
            rows = zip(run.sizes, run.durations, run.shown_later, run.keys, strict=True)
            for size, duration, later, is_key in rows:
                yield Sample(is_video, dts, dts + later, duration, is_key, offset, size)
                dts += duration
                offset += size

    @property
    def _video_id(self) -> int:
        return self.tracks.video.track_id

    def _raw_runs(self, fragment: Fragment) -> list[Run]:
        runs = runs_of(moof_of(self._file, fragment), self.tracks)
        if any(run.offset + sum(run.sizes) > fragment.size for run in runs):
            raise BrokenRecordingError("samples that lie outside of their fragment")
        return runs

    def _first_tick(self) -> int:
        """Return when the first picture is decoded, by the file's own count."""
        for fragment in self.fragments:
            with contextlib.suppress(BrokenRecordingError):
                for run in self._raw_runs(fragment):
                    if run.track_id == self._video_id:
                        return run.dts - fragment.at_ticks
        return 0

    def _moved(self, run: Run) -> Run:
        if not self._origin:
            return run
        track = self.tracks.of(run.track_id)
        rate_hz = track.rate_hz if track else VIDEO_TIME_BASE
        return run._replace(dts=run.dts - self._origin * rate_hz // VIDEO_TIME_BASE)


def _fits(fragment: Fragment, size_bytes: int) -> bool:
    return fragment.offset + fragment.size <= size_bytes
