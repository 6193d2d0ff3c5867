"""What the recorder writes, read back: by its boxes, as one film, as pictures."""

from dataclasses import replace
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.media.archive.index import Index
from pantau.media.archive.naming import start_of
from pantau.media.archive.picture_client import PictureMaker
from pantau.media.archive.reading import finish, is_whole, rebuild_index
from pantau.media.archive.splicing import Source
from pantau.media.packets import VIDEO_TIME_BASE
from tests.media.archive.looped import files_in, index_of, looped
from tests.media.archive.test_splicing import film_of, packets, pictures, spliced
from tests.media.live.coded import Coded, coded

pytestmark = pytest.mark.anyio

KINDS = [
    pytest.param(coded(seconds=2.0, key_every=25, audio=True), id="h264 with sound"),
    pytest.param(coded(seconds=2.0, key_every=10), id="key frames within fragments"),
    pytest.param(coded("h265", seconds=2.0, key_every=25, audio=True), id="h265 with sound"),
]


def plain(index: Index) -> Index:
    """What the boxes can tell: neither the wall clock nor why it ended."""
    fragments = tuple(one._replace(wall_ms=one.at_ms) for one in index.fragments)
    return replace(index, fragments=fragments, ending=None)


def source_of(file: Path, from_ms: int = 0, to_ms: int = 2**53) -> Source:
    start_ms = start_of(file.stem)
    assert start_ms is not None
    return Source(file, start_ms, from_ms, to_ms)


@pytest.mark.parametrize("recorded", KINDS)
def test_files_of_the_recorder_are_one_film_packet_for_packet(
    recorded: Coded, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    with looped(folder, source=recorded, segment_s=10) as recorder:
        recorder.begin()
        recorder.feed(12)
        recorder.settle()
        growing = files_in(folder)[-1]
        assert not is_whole(growing)
        assert plain(index_of(growing)) == rebuild_index(growing)
        so_far = spliced(tmp_path / "so far", [source_of(file) for file in files_in(folder)])
        fed = list(recorder.fed)
    files = files_in(folder)
    assert len(files) == 3
    for file in files:
        assert is_whole(file)
        assert plain(index_of(file)) == rebuild_index(file)
        before = file.read_bytes()
        assert finish(file) == index_of(file)
        assert file.read_bytes() == before
    made = spliced(tmp_path / "out", [source_of(file) for file in files])
    film = film_of(made)
    assert [data for _, data in packets(film)] == [one.data for one in fed if one.is_video]
    heard = [data for _, data in packets(film, "audio")]
    first = next(one for one in fed if one.is_video)
    sent = [one.data for one in fed if not one.is_video]
    assert heard == sent[len(sent) - len(heard) :]
    assert len(sent) - len(heard) <= 3
    assert pictures(film) == sum(one.is_video for one in fed)
    assert made.files[0].gaps == ()
    assert made.files[0].duration_ms == pytest.approx(24_000, abs=80)
    assert first.is_keyframe
    part = packets(film_of(so_far))
    assert part == packets(film)[: len(part)]
    assert len(packets(film)) - len(part) <= 2 * VIDEO_TIME_BASE // 3600


async def test_pictures_of_what_the_recorder_wrote(tmp_path: Path) -> None:
    with looped(tmp_path, segment_s=600) as recorder:
        recorder.begin()
        recorder.feed(6)
        recorder.settle()
        (growing,) = files_in(tmp_path)
        maker = PictureMaker(clock=SystemClock())
        try:
            still = await maker.still(growing, 5_000)
            sheet = await maker.sheet(growing, every_s=2)
        finally:
            await maker.close()
    assert 4_960 <= still.at_ms <= 5_000
    assert len(sheet.at_ms) >= 5


@pytest.mark.parametrize("lost", [1, 9, 100, 3_000])
def test_recorder_that_was_cut_off_anywhere_loses_what_was_not_whole(
    tmp_path: Path, lost: int
) -> None:
    with looped(tmp_path, segment_s=600) as recorder:
        recorder.begin()
        recorder.feed(4)
        recorder.settle()
        (file,) = files_in(tmp_path)
        data, known = file.read_bytes(), index_of(file)
    torn = data[: len(data) - lost]
    file.write_bytes(torn)
    file.with_suffix(".idx").unlink()
    index = finish(file)
    assert is_whole(file)
    whole = [one for one in known.fragments if one.offset + one.size <= len(torn)]
    assert [one[:4] for one in index.fragments] == [one[:4] for one in whole]
    assert pictures(file.read_bytes()) > 0
