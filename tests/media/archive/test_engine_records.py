"""Recording as the engine does it: beside live, out of the same session."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from pantau.demo.behaviour import Behaviour
from pantau.media.archive.index import Ending
from pantau.media.archive.locks import is_being_written
from pantau.media.archive.orders import RecordOrder, RecordRules
from pantau.media.archive.reading import is_whole
from pantau.media.engine import Engine, PathConfig
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item
from pantau.media.sources.base import Deadlines, SourceConfig
from tests.media.archive.looped import files_in, fragments_so_far, index_of
from tests.media.engines import OPTIONS, config, running
from tests.media.scripted import Cameras, ScriptedSource, a_few_pictures, pictures
from tests.support.farm import LARGER, RARE_KEYS, SMALL, FarmInThread
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        farm.add("small", SMALL)
        farm.add("larger", LARGER)
        yield farm


def order(folder: Path, *, camera_id: int = 7, segment_s: int = 600) -> RecordOrder:
    return RecordOrder(camera_id, RecordRules((folder,), segment_s=segment_s, reserve_bytes=0))


def recorded(farm: FarmInThread, name: str, folder: Path, **more: int) -> PathConfig:
    source = SourceConfig(
        farm.url(name), transport="tcp", deadlines=Deadlines(open_s=20, silence_s=20)
    )
    return PathConfig("rtsp", source, on_demand=True, record=order(folder, **more))


def frames_in(file: Path) -> int:
    with av.open(str(file)) as film:
        return sum(1 for _ in film.decode(video=0))


def closed(engine: Engine, path: str = "a") -> int:
    status = engine.status(path).recorder
    assert status is not None
    return status.closed


def written(engine: Engine) -> int:
    status = engine.status("a").recorder
    assert status is not None
    return status.open_bytes


async def test_recorded_camera_is_dialled_although_nobody_watches_and_stopping_closes_its_file(
    farm: FarmInThread, tmp_path: Path
) -> None:
    async with running() as engine:
        engine.put("a", recorded(farm, "small", tmp_path))
        await until(lambda: written(engine) > 10_000, timeout_s=45)
        (file,) = files_in(tmp_path)
        assert is_being_written(file)
        assert engine.status("a").sessions_opened == 1
    assert is_whole(file)
    assert not is_being_written(file)
    assert index_of(file).ending is Ending.STOPPED
    assert index_of(file).head.has_audio
    assert frames_in(file) == round(index_of(file).duration_ms * 15 / 1000)


async def test_another_source_never_goes_into_the_old_cameras_file(
    farm: FarmInThread, tmp_path: Path
) -> None:
    async with running() as engine:
        engine.put("a", recorded(farm, "small", tmp_path))
        await until(lambda: written(engine) > 5_000, timeout_s=45)
        engine.put("a", recorded(farm, "larger", tmp_path))
        await until(lambda: closed(engine) == 1 and written(engine) > 5_000, timeout_s=45)
    sizes = []
    for file in files_in(tmp_path):
        with av.open(str(file)) as film:
            sizes.append({(frame.width, frame.height) for frame in film.decode(video=0)})
    assert sizes == [{(320, 180)}, {(640, 360)}]


async def test_another_number_gets_another_folder(farm: FarmInThread, tmp_path: Path) -> None:
    async with running() as engine:
        engine.put("a", recorded(farm, "small", tmp_path, camera_id=7))
        await until(lambda: written(engine) > 5_000, timeout_s=45)
        engine.put("a", recorded(farm, "small", tmp_path, camera_id=8))
        await until(lambda: written(engine) > 5_000, timeout_s=45)
        engine.put("a", replace(recorded(farm, "small", tmp_path), record=None, on_demand=False))
        assert engine.status("a").recorder is None
        assert engine.status("a").sessions_opened == 1
        assert not engine.restart_recorder("a")
    files = files_in(tmp_path)
    assert sorted(file.parent.parent.name for file in files) == ["7", "8"]
    assert all(map(is_whole, files))


async def test_restart_begins_another_file_and_keeps_the_session(
    farm: FarmInThread, tmp_path: Path
) -> None:
    async with running() as engine:
        engine.put("a", recorded(farm, "small", tmp_path))
        await until(lambda: written(engine) > 5_000, timeout_s=45)
        assert engine.restart_recorder("a")
        await until(lambda: closed(engine) == 1 and written(engine), timeout_s=45)
        assert engine.status("a").sessions_opened == 1
    endings = [index_of(file).ending for file in files_in(tmp_path)]
    assert endings == [Ending.STOPPED, Ending.STOPPED]
    assert not engine.restart_recorder("unknown")


async def test_camera_that_flaps_loses_nothing_that_it_sent(tmp_path: Path) -> None:
    cameras = Cameras({"a": a_few_pictures(16)})
    async with running(cameras) as engine:
        engine.put("a", config("a", record=order(tmp_path)))
        await until(lambda: closed(engine) >= 3, timeout_s=45)
    files = files_in(tmp_path)
    # One of the sixteen is the description of the tracks.
    assert {frames_in(file) for file in files[:3]} == {15}
    assert {index_of(file).ending for file in files[:3]} == {Ending.SOURCE_ENDED}
    assert all(map(is_whole, files))


async def test_session_that_does_not_come_back_keeps_no_file_open(tmp_path: Path) -> None:
    release = threading.Event()

    def stuck(source: ScriptedSource) -> Iterator[Item]:
        for _, item in zip(range(40), pictures(source), strict=False):
            yield item
        release.wait(60)
        raise SourceError(Cause.CLOSED, "at last")

    cameras = Cameras({"a": stuck})
    async with running(cameras, options=replace(OPTIONS, abandoned_s=60.0)) as engine:
        engine.put("a", config("a", record=order(tmp_path)))
        await until(lambda: written(engine) > 0, timeout_s=45)
        engine.remove("a")
        (file,) = files_in(tmp_path)
        await until(lambda: is_whole(file), timeout_s=45, what="a whole file")
        release.set()
    assert index_of(file).ending is Ending.STOPPED


@pytest.mark.long
async def test_key_frames_ten_seconds_apart_are_recorded_whole(
    farm: FarmInThread, tmp_path: Path
) -> None:
    farm.add("rare", RARE_KEYS)
    async with running() as engine:
        engine.put("a", recorded(farm, "rare", tmp_path, segment_s=10))
        await until(lambda: closed(engine) >= 1, timeout_s=50)
    files = files_in(tmp_path)
    assert all(map(is_whole, files))
    assert all(index_of(file).fragments[0].is_key for file in files)
    first = index_of(files[0])
    # No fragment of a picture or two, and a gap of a second at most were it torn here.
    assert all(one.duration_ticks <= 90_000 for one in first.fragments)
    assert frames_in(files[0]) == round(first.duration_ms / 100)


async def test_what_comes_after_a_stall_has_its_true_time(
    farm: FarmInThread, tmp_path: Path
) -> None:
    farm.add("pauses", SMALL, behaviour=Behaviour(gap_after_s=2.0, gap_s=4.0))
    async with running() as engine:
        engine.put("a", recorded(farm, "pauses", tmp_path))
        # A fragment of some seconds is the picture that stood while nothing came.
        await until(
            lambda: any(
                one.at_ms > 6_000 for file in files_in(tmp_path) for one in fragments_so_far(file)
            ),
            timeout_s=45,
        )
    (file,) = files_in(tmp_path)
    index = index_of(file)
    assert max(one.duration_ticks for one in index.fragments) > 3 * 90_000
    assert frames_in(file) > 0
