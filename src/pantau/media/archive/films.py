"""What goes into a film: which samples of which recordings, in which order and at which time.

A film is one ordinary MP4 file.  Another begins where a camera changed what it sends, as a file can
describe its pictures only once.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from pantau.media.archive.cutting import cut_of
from pantau.media.archive.footage import Footage
from pantau.media.archive.index import Fragment, Index
from pantau.media.archive.reading import BrokenRecordingError, index_of
from pantau.media.archive.sample_tables import SampleTable
from pantau.media.packets import VIDEO_TIME_BASE

_PER_MS: Final = VIDEO_TIME_BASE // 1000
_LAPSE_RATE: Final = 25
"""Pictures a second of a time-lapse, where the camera sends enough key frames for that."""
_LAPSE_TICKS: Final = VIDEO_TIME_BASE // _LAPSE_RATE
_GAP_MS: Final = 2_000


class SplicingStoppedError(Exception):
    """Somebody does not want it any more."""


@dataclass(frozen=True, slots=True)
class Source:
    """One recording, and what of it is wanted at most, Unix milliseconds."""

    video: Path
    start_ms: int
    from_ms: int
    to_ms: int


@dataclass(slots=True)
class Piece:
    """What one recording gives to a film."""

    source: Source
    index: Index
    from_ms: int
    """When its first picture was taken, Unix milliseconds."""
    to_ms: int
    copies: "array[int]" = field(default_factory=lambda: array("Q"))
    """Offset and size in the recording, by turns."""
    size_bytes: int = 0

    def take(self, offset: int, size: int) -> None:
        """Add bytes behind those that are there."""
        copies = self.copies
        if copies and copies[-2] + copies[-1] == offset:
            copies[-1] += size
        else:
            copies.extend((offset, size))
        self.size_bytes += size

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield offset and size of what is copied."""
        yield from zip(self.copies[::2], self.copies[1::2], strict=True)


class Gap(NamedTuple):
    """Time of which nothing was recorded, Unix milliseconds, and where it was in a film."""

    from_ms: int
    to_ms: int
    at_ms: int


@dataclass(slots=True)
class Film:
    """One file that is to be made."""

    init: bytes
    tables: dict[int, SampleTable]
    """By track; the video's first."""
    pieces: list[Piece] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    size_bytes: int = 0
    """Of its samples."""


class Unreadable(NamedTuple):
    """A recording that gives nothing: `gone`, or `broken`."""

    source: Source
    cause: Literal["gone", "broken"]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be made."""

    films: Sequence[Film]
    unreadable: Sequence[Unreadable]

    @property
    def size_bytes(self) -> int:
        return sum(film.size_bytes for film in self.films)

    @property
    def recorded_ms(self) -> int:
        pieces = (piece for film in self.films for piece in film.pieces)
        return sum(piece.to_ms - piece.from_ms for piece in pieces)


def plan_clip(sources: Sequence[Source], *, is_wanted: Callable[[int], bool]) -> Plan:
    """Plan a clip: every sample, gaps closed up; it begins at the key frame at or before.

    `is_wanted` is told how many recordings were looked at and says whether to go on; if not,
    `SplicingStoppedError` is raised.  Blocks; some bytes of memory for each sample.
    """
    return _plan(sources, _ClipEditor(), is_wanted)


def plan_timelapse(
    sources: Sequence[Source], *, speed: int, is_wanted: Callable[[int], bool]
) -> Plan:
    """Plan a film of key frames alone, `speed` times as fast, silent.  As `plan_clip` otherwise."""
    return _plan(sources, _LapseEditor(speed), is_wanted)


class _Editor(Protocol):
    """Puts recordings into films one after the other."""

    @property
    def films(self) -> list[Film]: ...

    def add(self, source: Source, index: Index, footage: Footage) -> None:
        """Take what is wanted of one recording, all of it or nothing."""
        ...


@dataclass(slots=True)
class _Reel:
    """The films so far; tells which one goes on with a recording."""

    films: list[Film] = field(default_factory=list)
    _key: tuple[object, ...] = ()

    def film_for(self, footage: Footage, *, has_sound: bool) -> Film:
        video, audio = footage.tracks.video, footage.tracks.audio if has_sound else None
        key = (video.track_id, video.entry, audio and (audio.track_id, audio.rate_hz, audio.entry))
        if not self.films or key != self._key:
            self._key = key
            tables = {
                track.track_id: SampleTable(track.rate_hz)
                for track in (video, audio)
                if track is not None
            }
            self.films.append(Film(footage.init, tables))
        return self.films[-1]


class _ClipEditor:
    def __init__(self) -> None:
        self._reel = _Reel()
        self.films = self._reel.films

    def add(self, source: Source, index: Index, footage: Footage) -> None:
        cut = cut_of(footage, source.from_ms - source.start_ms, source.to_ms - source.start_ms)
        if cut is None:
            return
        taken = list(cut.fragments())
        ends = [run.dts + run.duration for _, video, _ in taken for run in video]
        if not ends:
            return
        film = self._reel.film_for(footage, has_sound=True)
        video_id = footage.tracks.video.track_id
        # The film goes on where its last picture ends: a gap is closed up, and said.
        shift = film.tables[video_id].end - cut.key_dts
        from_ms = source.start_ms + cut.key_dts // _PER_MS
        to_ms = source.start_ms + max(ends) // _PER_MS
        piece = Piece(source, index, from_ms, to_ms)
        _note_gap(film, piece, film.tables[video_id].end // _PER_MS)
        for fragment, video, audio in taken:
            for run in (*video, *audio):
                is_video = run.track_id == video_id
                table = film.tables[run.track_id]
                size = sum(run.sizes)
                piece.take(fragment.offset + run.offset, size)
                table.add(
                    run.dts + shift * table.rate_hz // VIDEO_TIME_BASE,
                    film.size_bytes,
                    sizes=run.sizes,
                    durations=run.durations,
                    shown_later=run.shown_later if is_video else None,
                    keys=run.keys if is_video else None,
                )
                film.size_bytes += size
        film.pieces.append(piece)


class _LapseEditor:
    def __init__(self, speed: int) -> None:
        self._speed = speed
        self._reel = _Reel()
        self.films = self._reel.films
        self._recorded_ms = 0
        self._last_slot = -1

    def add(self, source: Source, index: Index, footage: Footage) -> None:
        from_ms = max(0, source.from_ms - source.start_ms)
        to_ms = min(index.duration_ms, source.to_ms - source.start_ms)
        if to_ms <= from_ms:
            return
        film = self._reel.film_for(footage, has_sound=False)
        if not film.pieces:
            self._recorded_ms, self._last_slot = 0, -1
        piece = Piece(source, index, source.start_ms + from_ms, source.start_ms + to_ms)
        _note_gap(film, piece, self._recorded_ms // self._speed)
        for fragment in footage.fragments[footage.number_at(from_ms * _PER_MS) :]:
            if fragment.at_ms >= to_ms:
                break
            at_ms = max(fragment.at_ms, from_ms) - from_ms + self._recorded_ms
            slot = at_ms * _LAPSE_RATE // (1000 * self._speed)
            if fragment.is_key and slot > self._last_slot:
                self._take(film, piece, footage, fragment, slot)
        self._recorded_ms += to_ms - from_ms
        film.pieces.append(piece)

    def _take(
        self, film: Film, piece: Piece, footage: Footage, fragment: Fragment, slot: int
    ) -> None:
        try:
            run = footage.runs(fragment).video[0]
        except (BrokenRecordingError, IndexError):
            return
        if not run.keys[0]:
            return
        piece.take(fragment.offset + run.offset, run.sizes[0])
        film.tables[run.track_id].add(
            slot * _LAPSE_TICKS, film.size_bytes, sizes=run.sizes[:1], durations=[_LAPSE_TICKS]
        )
        film.size_bytes += run.sizes[0]
        self._last_slot = slot


def _plan(sources: Sequence[Source], editor: _Editor, is_wanted: Callable[[int], bool]) -> Plan:
    unreadable: list[Unreadable] = []
    for number, source in enumerate(sources):
        if not is_wanted(number):
            raise SplicingStoppedError
        try:
            index = index_of(source.video)
            with Footage(source.video, index) as footage:
                editor.add(source, index, footage)
        except FileNotFoundError:
            unreadable.append(Unreadable(source, "gone"))
        except (BrokenRecordingError, OSError):
            unreadable.append(Unreadable(source, "broken"))
    return Plan([film for film in editor.films if film.size_bytes], unreadable)


def _note_gap(film: Film, piece: Piece, at_ms: int) -> None:
    if film.pieces and piece.from_ms - film.pieces[-1].to_ms > _GAP_MS:
        film.gaps.append(Gap(film.pieces[-1].to_ms, piece.from_ms, at_ms))
