"""Writes one recording: fragments that are playable at every instant, an ordinary MP4 at the end.

`ftyp · free · ftyp+moov · (moof+mdat)*` while it is written.  Closing puts a `moov` for all of it
behind, and makes of the `free` the header of one `mdat` that reaches up to there: no fragment
moves, and HLS plays byte ranges of the same file before and after.
"""

import os
import struct
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pantau.media.archive import locks
from pantau.media.archive.cutter import Piece
from pantau.media.archive.index import (
    Ending,
    Fragment,
    IndexHead,
    closing_bytes,
    fragment_bytes,
    head_bytes,
)
from pantau.media.archive.naming import index_key, video_key
from pantau.media.archive.sample_tables import SampleTable, moov
from pantau.media.codecs import codec_strings
from pantau.media.codecs.init import AUDIO_TRACK_ID, VIDEO_TRACK_ID, init_segment
from pantau.media.live.fragments import TrackSamples, fragment
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks

_FTYP: Final = struct.pack(">I4s4sI12s", 28, b"ftyp", b"isom", 0x200, b"isomiso6mp41")
_SEAL: Final = struct.Struct(">I4sQ")
"""The header of an `mdat` of any length; before, a `free` box of the same size."""
_SEAL_AT: Final = len(_FTYP)
_BOX_BYTES: Final = 8
INIT_OFFSET: Final = _SEAL_AT + _SEAL.size
_MOST_NAMES: Final = 1_000
_LATEST_MS: Final = 253_402_300_799_000
"""The last second that has a name: the year 9999."""
_FILE_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750


class Recipe(NamedTuple):
    """What all files of one run have in common."""

    camera_id: int
    tracks: Tracks
    init: bytes
    codecs: str


def recipe_of(camera_id: int, tracks: Tracks) -> Recipe:
    """Describe a run; raises `SourceError` when it cannot be described in MP4."""
    return Recipe(camera_id, tracks, init_segment(tracks), codec_strings(tracks))


class _Samples:
    """What closing must know of the samples of one track: twelve bytes for each picture."""

    def __init__(self, track_id: int, rate_hz: int) -> None:
        self.track_id = track_id
        self.rate_hz = rate_hz
        self._sizes = array("I")
        self._durations = array("I")
        self._later = array("I")
        self._keys = array("I")
        self._chunks: list[tuple[int, int, int]] = []
        """For each fragment: when its first sample is decoded, its offset, how many samples."""

    def add(
        self, at: int, offset: int, packets: Sequence[Packet], durations: Sequence[int]
    ) -> None:
        if packets[0].is_video:
            first = len(self._sizes)
            self._keys.extend(first + i for i, packet in enumerate(packets) if packet.is_keyframe)
            self._later.extend(max(0, packet.pts - packet.dts) for packet in packets)
        self._sizes.extend(len(packet.data) for packet in packets)
        self._durations.extend(max(0, ticks) for ticks in durations)
        self._chunks.append((at, offset, len(packets)))

    def table(self) -> SampleTable:
        table, first = SampleTable(self.rate_hz), 0
        is_video = self.track_id == VIDEO_TRACK_ID
        keys = frozenset(self._keys)
        for at, offset, count in self._chunks:
            end = first + count
            table.add(
                at,
                offset,
                sizes=self._sizes[first:end],
                durations=self._durations[first:end],
                shown_later=self._later[first:end] if is_video else None,
                keys=[number in keys for number in range(first, end)] if is_video else None,
            )
            first = end
        return table


class Recording:
    """One file that is being written, with its index and its lock.  One thread; blocks.

    Every method may raise `OSError`; what is whole by then stays so.  Always ends with `close`.
    """

    def __init__(self, root: Path, recipe: Recipe, started_unix_s: float) -> None:
        """Use `create`."""
        self.start_ms = min(max(0, int(started_unix_s * 1000)), _LATEST_MS)
        self.size_bytes = 0
        self.fragments = 0
        self.duration_ticks = 0
        self._last_wall_ms = 0
        self._root = root
        self._recipe = recipe
        self._origin_ticks: int | None = None
        self._sequence = 0
        self._samples = [_Samples(VIDEO_TRACK_ID, VIDEO_TIME_BASE)]
        audio = recipe.tracks.audio
        if audio is not None:
            self._samples.append(_Samples(AUDIO_TRACK_ID, audio.sample_rate_hz))
        self._video_fd = self._index_fd = -1
        self._video = self._index = root
        self._index_bytes = 0
        self._new_folders: list[Path] = []

    @classmethod
    def create(
        cls,
        root: Path,
        recipe: Recipe,
        started_unix_s: float,
        *,
        is_taken: Callable[[int], bool] = lambda _: False,
    ) -> "Recording":
        """Make a file named after the wall time of its first picture, a millisecond later while
        that name is taken, here or by the word of `is_taken`.  Leaves nothing behind when it fails.
        """
        made, is_made = cls(root, recipe, started_unix_s), False
        try:
            made._open(is_taken)
            made._write_heads()
            is_made = True
        finally:
            if not is_made:
                made._discard()
        return made

    @property
    def end_ms(self) -> int:
        """Until when it goes by the wall clock, Unix milliseconds."""
        return self.start_ms + max(self._last_wall_ms, 0)

    def append(self, piece: Piece) -> Fragment:
        """Write a fragment, then its record in the index."""
        if self._origin_ticks is None:
            self._origin_ticks = piece.at_ticks
        origin = self._origin_ticks
        tracks = [TrackSamples(VIDEO_TRACK_ID, _moved(piece.video, origin), piece.durations)]
        if piece.audio and len(self._samples) > 1:
            shift = origin * self._samples[1].rate_hz // VIDEO_TIME_BASE
            tracks.append(
                TrackSamples(AUDIO_TRACK_ID, _moved(piece.audio, shift), piece.audio_durations)
            )
        data = fragment(self._sequence + 1, tracks)
        wall_ms = int(piece.video[0].received_unix_s * 1000) - self.start_ms
        at_ticks = piece.at_ticks - origin
        record = Fragment(
            self.size_bytes, len(data), at_ticks, piece.duration_ticks, wall_ms, piece.is_key
        )
        # Hidden until it is whole: libav opens no file that ends in the middle of a `moof`.
        hidden = struct.pack(">I4s", len(data), b"free") + data[_BOX_BYTES:]
        _write_all(self._video_fd, hidden, self.size_bytes)
        _write_all(self._video_fd, data[:_BOX_BYTES], self.size_bytes)
        _write_all(self._index_fd, fragment_bytes(record), self._index_bytes)
        self._note(tracks, record)
        return record

    def sync(self) -> None:
        """Force to the disk what was written, the video before the index that speaks of it."""
        os.fdatasync(self._video_fd)
        os.fdatasync(self._index_fd)
        folders, self._new_folders = self._new_folders, []
        for folder in folders:
            _sync_folder(folder)

    def close(self, ending: Ending) -> bool:
        """Finish the file; False when it held nothing and was removed.

        When finishing fails it raises `OSError` and leaves the file as after a crash: whole to its
        last fragment, for the worker to finish.  Either way it is closed and free.
        """
        try:
            if not self.fragments:
                self._discard()
                return False
            self._cut_back()
            self._finish(ending)
            return True
        finally:
            self._release()

    def abandon(self) -> None:
        """Leave the file as a crash would."""
        self._release()

    def _finish(self, ending: Ending) -> None:
        media_end = self.size_bytes
        film = moov(self._recipe.init, {each.track_id: each.table() for each in self._samples})
        try:
            _write_all(self._video_fd, film, media_end)
        except OSError:
            os.ftruncate(self._video_fd, media_end)
            raise
        # In this order on the disk: a header that promises more than there is would hide it all.
        os.fdatasync(self._video_fd)
        _write_all(self._video_fd, _SEAL.pack(1, b"mdat", media_end - _SEAL_AT), _SEAL_AT)
        os.fsync(self._video_fd)
        self.size_bytes = media_end + len(film)
        closing = closing_bytes(self.size_bytes, ending)
        _write_all(self._index_fd, closing, self._index_bytes)
        os.fsync(self._index_fd)
        for folder in {*self._new_folders, self._video.parent}:
            _sync_folder(folder)

    def _open(self, is_taken: Callable[[int], bool]) -> None:
        for _ in range(_MOST_NAMES):
            if not is_taken(self.start_ms) and self._try_name():
                return
            self.start_ms += 1
        raise FileExistsError("no free name for a recording")

    def _try_name(self) -> bool:
        self._video = self._root / video_key(self._recipe.camera_id, self.start_ms)
        self._index = self._root / index_key(self._recipe.camera_id, self.start_ms)
        self._make_folder(self._video.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._index_fd = os.open(self._index, flags, _FILE_MODE)
        except FileExistsError:
            return False
        try:
            self._video_fd = os.open(self._video, flags, _FILE_MODE)
        except FileExistsError:
            self._drop_index()
            return False
        try:
            locks.take(self._video_fd)
            is_mine = os.fstat(self._video_fd).st_nlink > 0
        except BlockingIOError:
            is_mine = False
        if not is_mine:
            # Somebody looked at it, or tidied it away, before it could be locked.
            self._discard()
        return is_mine

    def _make_folder(self, folder: Path) -> None:
        """Make the folders of a day and of a camera; never the root, which is a mounted disk."""
        for each in (folder.parent, folder):
            try:
                each.mkdir(mode=_FOLDER_MODE)
            except FileExistsError:
                continue
            self._new_folders.append(each.parent)
        if folder not in self._new_folders:
            self._new_folders.append(folder)

    def _write_heads(self) -> None:
        init, video = self._recipe.init, self._recipe.tracks.video
        free = struct.pack(">I4sQ", _SEAL.size, b"free", 0)
        data = _FTYP + free + init
        _write_all(self._video_fd, data, 0)
        self.size_bytes = len(data)
        head = head_bytes(
            IndexHead(
                camera_id=self._recipe.camera_id,
                start_ms=self.start_ms,
                init_offset=INIT_OFFSET,
                init_size=len(init),
                codecs=self._recipe.codecs,
                width_px=video.width_px,
                height_px=video.height_px,
                has_audio=self._recipe.tracks.audio is not None,
            )
        )
        _write_all(self._index_fd, head, 0)
        self._index_bytes = len(head)

    def _note(self, tracks: Sequence[TrackSamples], record: Fragment) -> None:
        at = (
            self.size_bytes
            + record.size
            - sum(len(packet.data) for track in tracks for packet in track.packets)
        )
        for samples, track in zip(self._samples, tracks, strict=False):
            samples.add(track.packets[0].dts, at, track.packets, track.durations)
            at += sum(len(packet.data) for packet in track.packets)
        self._sequence += 1
        self.fragments += 1
        self.size_bytes += record.size
        self._index_bytes += len(fragment_bytes(record))
        self.duration_ticks = record.at_ticks + record.duration_ticks
        self._last_wall_ms = record.wall_ms + record.duration_ticks * 1000 // VIDEO_TIME_BASE

    def _cut_back(self) -> None:
        """Remove what a failed write has left behind the last whole fragment."""
        os.ftruncate(self._video_fd, self.size_bytes)
        os.ftruncate(self._index_fd, self._index_bytes)

    def _discard(self) -> None:
        """Remove a file without a picture: an empty file is never left behind (lesson R06)."""
        if self._video_fd >= 0:
            self._video.unlink(missing_ok=True)
        if self._index_fd >= 0:
            self._drop_index()
        self._release()

    def _drop_index(self) -> None:
        fd, self._index_fd = self._index_fd, -1
        os.close(fd)
        self._index.unlink(missing_ok=True)

    def _release(self) -> None:
        for fd in (self._video_fd, self._index_fd):
            if fd >= 0:
                os.close(fd)
        self._video_fd = self._index_fd = -1


def _moved(packets: Sequence[Packet], ticks: int) -> Sequence[Packet]:
    """Return packets with times that count from the beginning of the file."""
    if not ticks:
        return packets
    return [
        Packet(is_video, pts - ticks, dts - ticks, is_key, data, received)
        for is_video, pts, dts, is_key, data, received in packets
    ]


def _write_all(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
