"""One recording: playable while it is written, after any crash, and as a film at the end."""

import contextlib
import io
import os
import random
import tracemalloc
from pathlib import Path

import av
import pytest

from pantau.media.archive.cutter import FileBegun, FileEnded, Piece, RunCutter
from pantau.media.archive.index import Ending, read_index
from pantau.media.archive.locks import is_being_written
from pantau.media.archive.naming import start_of
from pantau.media.archive.reading import is_whole, rebuild_index
from pantau.media.archive.sample_tables import SampleTable
from pantau.media.archive.writer import INIT_OFFSET, Recording, recipe_of
from pantau.media.packets import AudioTrack, Packet, Tracks
from tests.media.live.coded import STARTED_UNIX_S, Coded, coded

KINDS = [
    pytest.param(coded(seconds=6.0, audio=True), id="h264 with sound"),
    pytest.param(coded(seconds=6.0, b_frames=2, audio=True), id="pictures out of order"),
    pytest.param(coded("h265", seconds=4.0, audio=True), id="h265"),
    pytest.param(coded(seconds=12.0, key_every=250), id="key frames ten seconds apart"),
]
Read = list[tuple[str, int, int, bytes, bool]]


def pieces_of(source: Coded) -> list[Piece]:
    events: list[object] = []
    cutter = RunCutter(events.append, source.tracks, segment_s=600)
    for packet in source.packets:
        cutter.take(packet)
    cutter.finish()
    return [event for event in events if isinstance(event, Piece)]


def opened(folder: Path, source: Coded, *, at_unix_s: float | None = None) -> Recording:
    if at_unix_s is None:
        at_unix_s = source.video[0].received_unix_s
    return Recording.create(folder, recipe_of(7, source.tracks), at_unix_s)


def video_in(folder: Path) -> Path:
    (found,) = folder.rglob("*.mp4")
    return found


def read(data: bytes) -> Read:
    """Return the packets as libav reads them, track by track."""
    with av.open(io.BytesIO(data), "r") as file:
        found = [
            (
                packet.stream.type,
                packet.pts or 0,
                packet.dts or 0,
                bytes(packet),
                packet.is_keyframe,
            )
            for packet in file.demux()
            if packet.size
        ]
    return sorted(found, key=lambda each: each[0] == "audio")


def as_read(source: Coded) -> Read:
    """Return what must be read of a recording: media time 0 is when its first picture is due."""
    first = source.video[0].dts
    found: Read = [
        ("video", p.pts - first, p.dts - first, p.data, p.is_keyframe) for p in source.video
    ]
    rate_hz = source.tracks.audio.sample_rate_hz if source.tracks.audio else 1
    heard = first * rate_hz // 90_000
    return found + [
        ("audio", p.pts - heard, p.dts - heard, p.data, True)
        for p in source.audio
        if p.dts * 90_000 >= first * rate_hz
    ]


@pytest.mark.parametrize("source", KINDS)
def test_libav_reads_every_packet_back_in_its_time_before_and_after_closing(
    source: Coded, tmp_path: Path
) -> None:
    recording = opened(tmp_path, source)
    for piece in pieces_of(source):
        recording.append(piece)
    file = video_in(tmp_path)
    written = file.read_bytes()
    assert read(written) == as_read(source)
    assert recording.close(Ending.BOUNDARY)
    closed = file.read_bytes()
    assert read(closed) == read(written)
    # Only the sixteen bytes that say what covers the fragments have changed.
    assert closed[:28] == written[:28]
    assert closed[INIT_OFFSET : len(written)] == written[INIT_OFFSET:]
    assert is_whole(file)
    with av.open(io.BytesIO(closed), "r") as film:
        video = film.streams.video[0]
        assert video.frames == len(source.video)
        tag = video.codec_context.codec_tag
        assert tag == {"h264": "avc1", "h265": "hvc1"}[source.tracks.video.codec]
        assert len(list(film.decode(video=0))) == len(source.video)


def test_closed_film_can_be_sought_to_any_second(tmp_path: Path) -> None:
    source = coded(seconds=12.0, audio=True, key_every=25)
    recording = opened(tmp_path, source)
    for piece in pieces_of(source):
        recording.append(piece)
    recording.close(Ending.STOPPED)
    with av.open(str(video_in(tmp_path))) as film:
        for second in (0, 7, 3, 11, 1):
            film.seek(second * 1_000_000)
            frame = next(film.decode(video=0))
            assert frame.time is not None
            assert second - 1.01 <= frame.time <= second + 0.01


@pytest.mark.parametrize("source", KINDS)
def test_index_is_what_the_boxes_say(source: Coded, tmp_path: Path) -> None:
    recording = opened(tmp_path, source)
    told = [recording.append(piece) for piece in pieces_of(source)]
    file = video_in(tmp_path)
    index = read_index(file.with_suffix(".idx").read_bytes())
    assert list(index.fragments) == told
    assert index.fragments == tuple(
        boxes._replace(wall_ms=known.wall_ms)
        for boxes, known in zip(rebuild_index(file).fragments, told, strict=True)
    )
    assert index.head == rebuild_index(file).head
    assert (index.closed_bytes, index.ending) == (None, None)
    recording.close(Ending.PARAMETERS)
    index = read_index(file.with_suffix(".idx").read_bytes())
    assert (index.closed_bytes, index.ending) == (file.stat().st_size, Ending.PARAMETERS)
    assert list(index.fragments) == told
    assert index.head.start_ms == start_of(file.stem)
    assert all(abs(one.wall_ms - one.at_ms) <= 1 for one in index.fragments)


@pytest.mark.parametrize("source", KINDS)
def test_whatever_was_written_when_it_was_killed_plays_to_the_last_whole_fragment(
    source: Coded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every state of the file that `kill -9` can leave: whole writes, and a part of the next."""
    writes: list[tuple[bytes, int]] = []
    real_pwrite = os.pwrite
    recording = opened(tmp_path, source)
    file = video_in(tmp_path)
    begin, video = file.read_bytes(), file.stat().st_ino

    def noted(fd: int, data: memoryview, offset: int) -> int:
        if os.fstat(fd).st_ino == video:
            writes.append((bytes(data), offset))
        return real_pwrite(fd, data, offset)

    monkeypatch.setattr(os, "pwrite", noted)
    pieces = pieces_of(source)
    ends = {
        (one := recording.append(piece)).offset + one.size: len(piece.video) for piece in pieces
    }
    recording.close(Ending.STOPPED)
    chance = random.Random(5)
    state = bytearray(begin)
    whole = 0
    for data, offset in writes:
        # What lies within one sector is there or not; everything else may end at any byte.
        is_one = offset // 512 == (offset + len(data) - 1) // 512
        for size in () if is_one else {chance.randrange(len(data)) for _ in range(12)}:
            torn = bytearray(state)
            torn[offset : offset + size] = data[:size]
            if whole:
                assert pictures_in(bytes(torn)) >= whole
                assert played_until(bytes(torn)) >= whole
        state[offset : offset + len(data)] = data
        whole = pictures_in(bytes(state)) if len(state) > len(begin) else 0
    assert whole == len(source.video) == sum(ends.values())
    assert bytes(state) == file.read_bytes()


def pictures_in(data: bytes) -> int:
    return sum(kind == "video" for kind, *_ in read(data))


def played_until(data: bytes) -> int:
    """Return how many pictures libav can decode, whatever follows them."""
    shown = 0
    with av.open(io.BytesIO(data), "r") as film:
        decoder = film.streams.video[0].codec_context
        packets = [packet for packet in film.demux(video=0) if packet.size]
        for packet in [*packets, None]:
            with contextlib.suppress(av.error.InvalidDataError):
                shown += len(decoder.decode(packet))
    return shown


def test_name_that_is_taken_is_followed_by_the_next_millisecond(tmp_path: Path) -> None:
    source = coded(seconds=2.0)
    piece = pieces_of(source)[0]
    made = []
    for _ in range(3):
        recording = opened(tmp_path, source)
        recording.append(piece)
        made.append(recording)
    start_ms = int(source.video[0].received_unix_s * 1000)
    assert [each.start_ms for each in made] == [start_ms, start_ms + 1, start_ms + 2]
    names = sorted(file.name for file in tmp_path.rglob("*.mp4"))
    assert [start_of(name.removesuffix(".mp4")) for name in names] == [
        each.start_ms for each in made
    ]
    for recording in made:
        recording.close(Ending.STOPPED)


def test_name_that_another_disk_has_is_not_taken_twice(tmp_path: Path) -> None:
    source = coded(seconds=2.0)
    start_ms = round(STARTED_UNIX_S * 1000)
    recording = Recording.create(
        tmp_path,
        recipe_of(7, source.tracks),
        STARTED_UNIX_S,
        is_taken=lambda at_ms: at_ms < start_ms + 5,
    )
    assert recording.start_ms == start_ms + 5
    recording.close(Ending.STOPPED)


@pytest.mark.parametrize("at_unix_s", [0.0, -5.0, 1e18])
def test_clock_that_is_far_out_has_names_too(at_unix_s: float, tmp_path: Path) -> None:
    source = coded(seconds=2.0)
    recording = opened(tmp_path, source, at_unix_s=at_unix_s)
    recording.append(pieces_of(source)[0])
    assert recording.close(Ending.STOPPED)
    assert start_of(video_in(tmp_path).stem) == recording.start_ms


def test_file_is_locked_for_as_long_as_it_is_written(tmp_path: Path) -> None:
    source = coded(seconds=2.0)
    recording = opened(tmp_path, source)
    recording.append(pieces_of(source)[0])
    file = video_in(tmp_path)
    assert is_being_written(file)
    recording.close(Ending.STOPPED)
    assert not is_being_written(file)


def test_file_without_a_picture_is_not_left_behind(tmp_path: Path) -> None:
    recording = opened(tmp_path, coded(seconds=2.0))
    assert recording.close(Ending.STOPPED) is False
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_folder_that_is_missing_is_never_made(tmp_path: Path) -> None:
    source = coded(seconds=2.0)
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "unmounted", source)
    assert not (tmp_path / "unmounted").exists()


def test_ten_minutes_of_an_open_file_take_less_than_a_megabyte(tmp_path: Path) -> None:
    recipe = recipe_of(
        7, Tracks(coded(seconds=2.0).tracks.video, AudioTrack(b"\x11\x88", 48_000, 1))
    )
    recording = Recording.create(tmp_path, recipe, STARTED_UNIX_S)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for second in range(600):
            recording.append(_second_of(second))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 1_000_000
    recording.close(Ending.BOUNDARY)


def _second_of(second: int) -> Piece:
    """Return 25 pictures that jitter, and 47 frames of sound."""
    begin = second * 90_000
    video = [
        Packet(True, begin + i * 3600 + i % 3, begin + i * 3600 + i % 3, i == 0, b"v", second + 1e9)
        for i in range(25)
    ]
    durations = [3600 + i % 5 for i in range(25)]
    ticks = second * 48_000
    audio = [Packet(False, ticks + i * 1024, ticks + i * 1024, True, b"a", 0.0) for i in range(46)]
    return Piece(video, durations, audio, [1024] * 46, begin, 90_000, 71)


def test_offsets_beyond_four_gigabytes_are_written_wide() -> None:
    table = SampleTable(90_000)
    table.add(0, 2**32 + 5, sizes=[10], durations=[3600])
    assert b"co64" in b"".join(table.stbl([]))
    assert b"stco" not in b"".join(table.stbl([]))


def test_write_that_fails_leaves_what_was_whole(tmp_path: Path) -> None:
    source = coded(seconds=6.0, audio=True)
    pieces = pieces_of(source)
    recording = opened(tmp_path, source)
    fragments = [recording.append(piece) for piece in pieces[:3]]
    file = video_in(tmp_path)
    # As a disk does that is full in the middle of a fragment.
    with file.open("ab") as torn:
        torn.write(b"half a fragment" * 10_000)
    with file.with_suffix(".idx").open("ab") as torn:
        torn.write(b"half" * 100)
    assert recording.close(Ending.DISK)
    assert is_whole(file)
    index = read_index(file.with_suffix(".idx").read_bytes())
    assert list(index.fragments) == fragments
    assert index.ending is Ending.DISK
    assert len(read(file.read_bytes())) == sum(len(p.video) + len(p.audio) for p in pieces[:3])


def test_events_come_in_order() -> None:
    source = coded(seconds=3.0)
    events: list[object] = []
    cutter = RunCutter(events.append, source.tracks, segment_s=600)
    for packet in source.packets:
        cutter.take(packet)
    cutter.finish()
    assert isinstance(events[0], FileBegun)
    assert not any(isinstance(event, FileEnded) for event in events)


def test_worker_that_looks_between_making_and_locking_costs_only_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that somebody removed in that moment must not be written to: it would be lost."""
    source = coded(seconds=2.0)
    first = round(STARTED_UNIX_S * 1000)
    real_open = os.open

    def tidied(path: object, *more: object, **named: object) -> int:
        fd = real_open(path, *more, **named)  # type: ignore[arg-type]  # as os.open has it
        if str(path).endswith("000Z.mp4"):
            os.unlink(str(path))  # noqa: PTH108 - what another process does
        return fd

    monkeypatch.setattr(os, "open", tidied)
    recording = opened(tmp_path, source, at_unix_s=STARTED_UNIX_S)
    monkeypatch.undo()
    recording.append(pieces_of(source)[0])
    assert recording.close(Ending.STOPPED)
    assert recording.start_ms == first + 1
    assert is_whole(video_in(tmp_path))
