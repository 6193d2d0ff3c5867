"""What is in a recording, by its boxes alone; what was torn is finished without losing a second."""

import io
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pantau.media.archive.footage import Footage
from pantau.media.archive.index import Ending, Index, read_index
from pantau.media.archive.reading import (
    BrokenRecordingError,
    finish,
    index_of,
    is_whole,
    rebuild_index,
)
from tests.media.archive.tapes import CAMERA, START_MS, Tape, closed_tape, open_tape
from tests.media.live.coded import Coded, coded

KINDS = [
    pytest.param(coded(seconds=6.0, audio=True), id="h264 with sound"),
    pytest.param(coded(seconds=4.0, b_frames=2), id="pictures out of order"),
    pytest.param(coded("h265", seconds=3.0, audio=True), id="h265"),
]


def without_walls(index: Index) -> Index:
    """The wall clock is in no box."""
    fragments = tuple(one._replace(wall_ms=one.at_ms) for one in index.fragments)
    return replace(index, fragments=fragments)


def played(data: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the packets of both tracks as libav reads them."""
    video: list[bytes] = []
    audio: list[bytes] = []
    with av.open(io.BytesIO(data), "r") as file:
        for packet in file.demux():
            if packet.size:
                (video if packet.stream.type == "video" else audio).append(bytes(packet))
    return video, audio


@pytest.mark.parametrize("source", KINDS)
def test_index_made_from_the_boxes_is_the_one_that_was_written(
    source: Coded, tmp_path: Path
) -> None:
    tape = open_tape(tmp_path, source)
    assert rebuild_index(tape.video) == without_walls(tape.index)
    assert index_of(tape.video) == tape.index
    tape.index_file.unlink()
    assert index_of(tape.video) == without_walls(tape.index)


@pytest.mark.parametrize("source", KINDS)
def test_finished_file_is_an_ordinary_film_with_every_packet_in_its_time(
    source: Coded, tmp_path: Path
) -> None:
    tape = open_tape(tmp_path, source)
    before = tape.video.read_bytes()
    assert not is_whole(tape.video)
    index = finish(tape.video)
    data = tape.video.read_bytes()
    assert is_whole(tape.video)
    assert index == replace(
        tape.index, closed_bytes=len(data), ending=Ending.CRASHED, fragments=tuple(tape.fragments)
    )
    assert read_index(tape.index_file.read_bytes()) == index
    # Offsets of fragments never change: only the sixteen bytes of the seal do.
    assert data[44 : len(before)] == before[44:]
    video, audio = played(data)
    assert video == [packet.data for packet in source.video]
    assert (video, audio) == played(before)
    assert (len(audio) > 20) == bool(source.audio)
    with av.open(io.BytesIO(data), "r") as film:
        stream = film.streams.video[0]
        assert stream.frames == len(source.video)
        assert stream.duration is not None
        frames = list(film.decode(video=0))
    assert len(frames) == len(source.video)
    # Each picture at the time that it has in its fragment: sound and picture stay in step.
    first = source.video[0]
    shown = (first.pts - first.dts) // 3600
    assert [round(frame.time * 25) for frame in frames if frame.time is not None] == list(
        range(shown, shown + len(frames))
    )


def test_finishing_again_changes_nothing(tmp_path: Path) -> None:
    tape = open_tape(tmp_path)
    index = finish(tape.video)
    first = tape.video.read_bytes(), tape.index_file.stat().st_mtime_ns
    assert finish(tape.video) == index
    assert (tape.video.read_bytes(), tape.index_file.stat().st_mtime_ns) == first


def test_closed_file_without_its_index_gets_a_new_one_and_stays_as_it_is(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path)
    data = tape.video.read_bytes()
    tape.index_file.unlink()
    assert not is_whole(tape.video)
    index = finish(tape.video)
    assert index.closed_bytes == len(data)
    assert index.fragments == without_walls(tape.index).fragments
    assert tape.video.read_bytes() == data
    assert is_whole(tape.video)


def test_file_cut_at_any_byte_keeps_every_whole_fragment(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, coded(seconds=2.0, audio=True, size=(64, 48), key_every=10))
    data = tape.video.read_bytes()
    first = tape.fragments[0]
    for size in range(len(data) - 1, 0, -97):
        tape.video.write_bytes(data[:size])
        whole = [one for one in tape.fragments if one.offset + one.size <= size]
        if not whole:
            with pytest.raises(BrokenRecordingError):
                finish(tape.video)
            continue
        assert list(rebuild_index(tape.video).fragments) == [
            one._replace(wall_ms=one.at_ms) for one in whole
        ]
        index = finish(tape.video)
        assert list(index.fragments) == whole
        assert is_whole(tape.video)
        assert len(played(tape.video.read_bytes())[0]) > 0
    assert first in tape.fragments


@pytest.mark.parametrize("written", [0, 1, 100, 2_000])
def test_finishing_that_was_interrupted_is_taken_up_again(tmp_path: Path, written: int) -> None:
    tape = open_tape(tmp_path)
    bare = tape.video.read_bytes()
    finish(tape.video)
    film = tape.video.read_bytes()
    # The moov is there in part or whole, the seal is not.
    tape.video.write_bytes(bare + film[len(bare) :][: written or None])
    tape.index_file.unlink()
    finish(tape.video)
    assert tape.video.read_bytes() == film


def test_bad_place_in_the_middle_costs_only_what_it_hit(tmp_path: Path) -> None:
    tape = open_tape(tmp_path)
    data = bytearray(tape.video.read_bytes())
    hit = tape.fragments[2]
    data[hit.offset : hit.offset + 200] = bytes(200)
    tape.video.write_bytes(data)
    index = finish(tape.video)
    assert list(index.fragments) == [one for one in tape.fragments if one != hit]
    lost = len(list(_video_of(tape, 2)))
    assert len(played(tape.video.read_bytes())[0]) == len(tape.source.video) - lost


def _video_of(tape: Tape, number: int) -> list[int]:
    fresh = open_tape(tape.video.parents[2] / "fresh", tape.source)
    with Footage(fresh.video, fresh.index) as footage:
        return [one.size for one in footage.samples(fresh.fragments[number]) if one.is_video]


def test_a_time_that_cannot_be_costs_no_byte_of_what_comes_after_it(tmp_path: Path) -> None:
    tape = open_tape(tmp_path, coded(seconds=6.0))
    before = bytearray(tape.video.read_bytes())
    wrong = tape.fragments[2]
    at = before.index(b"tfdt", wrong.offset) + 8
    before[at + 4 : at + 8] = b"\x10\0\0\0"
    tape.video.write_bytes(before)
    index = finish(tape.video)
    data = tape.video.read_bytes()
    assert len(index.fragments) < len(tape.fragments)
    assert data[44 : len(before)] == before[44:]
    assert is_whole(tape.video)
    assert finish(tape.video) == index


def test_samples_have_the_times_and_bytes_that_were_sent(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, coded(seconds=4.0, b_frames=2, audio=True))
    with Footage(tape.video, index_of(tape.video)) as footage:
        samples = [one for each in footage.fragments for one in footage.samples(each)]
        read = [(one.pts, one.is_key, footage.read(one.offset, one.size)) for one in samples]
    source = tape.source.video
    shift = source[0].dts
    video = [row for row, one in zip(read, samples, strict=True) if one.is_video]
    assert video == [(one.pts - shift, one.is_keyframe, one.data) for one in source]


def test_names_that_are_not_ours_need_to_be_told(tmp_path: Path) -> None:
    tape = open_tape(tmp_path)
    other = tmp_path / "copy.mp4"
    other.write_bytes(tape.video.read_bytes())
    with pytest.raises(BrokenRecordingError):
        rebuild_index(other)
    assert rebuild_index(other, camera_id=CAMERA, start_ms=START_MS).fragments


HEADS = st.sampled_from([b"ftyp", b"free", b"mdat", b"moov", b"moof", b"trak", b"traf", b"trun"])


@given(noise=st.binary(max_size=600))
@settings(max_examples=60)
def test_random_bytes_are_refused(noise: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = _file(tmp_path_factory, noise)
    with pytest.raises(BrokenRecordingError):
        rebuild_index(file)
    with pytest.raises(BrokenRecordingError):
        finish(file)
    assert not is_whole(file)
    assert file.read_bytes() == noise


@given(
    edits=st.lists(
        st.tuples(st.floats(0, 0.9999), st.one_of(st.binary(min_size=1, max_size=8), HEADS)),
        min_size=1,
        max_size=12,
    ),
    cut_at=st.floats(0.05, 1.0),
)
@settings(max_examples=120)
@example(edits=[(0.9999, b"\0\0")], cut_at=1.0)
def test_damage_anywhere_never_crashes_the_reader(
    edits: list[tuple[float, bytes]],
    cut_at: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = _file(tmp_path_factory, b"")
    data = bytearray(_small(tmp_path_factory))
    for place, noise in edits:
        at = int(place * min(len(data), 6000 if noise in {b"moof", b"trun"} else len(data)))
        data[at : at + len(noise)] = noise
    del data[int(cut_at * len(data)) :]
    file.write_bytes(data)
    try:
        index = finish(file)
    except BrokenRecordingError:
        return
    assert is_whole(file)
    assert index.fragments
    with Footage(file, index) as footage:
        for fragment in footage.fragments:
            for sample in footage.samples(fragment):
                assert footage.read(sample.offset, sample.size) is not None
    assert finish(file) == index


_made: dict[str, bytes] = {}


def _small(factory: pytest.TempPathFactory) -> bytes:
    if not _made:
        source = coded(seconds=2.0, audio=True, size=(64, 48), key_every=10)
        _made["tape"] = closed_tape(factory.mktemp("small"), source).video.read_bytes()
    return _made["tape"]


def _file(factory: pytest.TempPathFactory, data: bytes) -> Path:
    folder = factory.mktemp("noise") / str(CAMERA) / "2026-03-01"
    folder.mkdir(parents=True)
    file = folder / "20260301T080000000Z.mp4"
    file.write_bytes(data)
    return file
