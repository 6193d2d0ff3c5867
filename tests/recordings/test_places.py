"""What every place for footage can do, and how folders keep their names."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from uuid import uuid4

import pytest

from pantau.recordings.storage.base import Place, StorageError
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.object_store import open_bucket
from pantau.recordings.storage.places import MARKER, Places, is_there, open_places
from pantau.settings import ArchiveSettings
from tests.support.object_store import archive_settings

__all__ = ["archive_settings"]

pytestmark = pytest.mark.anyio

KEY = PurePosixPath("17/2026-03-01/20260301T080000000Z.mp4")
MakePlace = Callable[[pytest.FixtureRequest, Path], AbstractAsyncContextManager[Place]]


@asynccontextmanager
async def folder(_: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = LocalPlace("disk-1", tmp_path / "disk")
    place.root.mkdir()
    try:
        yield place
    finally:
        place.close()


@asynccontextmanager
async def bucket(request: pytest.FixtureRequest, _: Path) -> AsyncIterator[Place]:
    settings: ArchiveSettings = request.getfixturevalue("archive_settings")
    # Servers of one process share what is in them.
    yield open_bucket(settings.model_copy(update={"prefix": uuid4().hex}))


MAKERS: dict[str, MakePlace] = {"folder": folder, "bucket": bucket}


@pytest.fixture(params=MAKERS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with MAKERS[request.param](request, tmp_path) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    return path


async def test_what_is_put_can_be_read_in_parts(place: Place, file: Path) -> None:
    await place.put(KEY, file)
    assert await place.size(KEY) == 100
    assert await place.read(KEY, 10, 5) == bytes(range(10, 15))
    assert await place.read(KEY, 95, 50) == bytes(range(95, 100))
    assert await place.read(KEY, 100, 5) == b""
    assert await place.read(KEY, 5, 0) == b""


@pytest.fixture
def other_file(tmp_path: Path) -> Path:
    path = tmp_path / "other"
    path.write_bytes(b"other")
    return path


async def test_what_is_put_twice_is_what_was_put_last(
    place: Place, file: Path, other_file: Path
) -> None:
    await place.put(KEY, file)
    await place.put(KEY, other_file)
    assert await place.read(KEY, 0, 100) == b"other"


async def test_what_is_not_there_is_told_so(place: Place) -> None:
    assert await place.size(KEY) is None
    assert await place.delete(KEY) is False
    with pytest.raises(StorageError) as raised:
        await place.read(KEY, 0, 1)
    assert raised.value.is_gone


async def test_what_is_deleted_is_gone_and_nothing_else(place: Place, file: Path) -> None:
    other = KEY.with_suffix(".idx")
    await place.put(KEY, file)
    await place.put(other, file)
    assert await place.delete(KEY) is True
    assert await place.size(KEY) is None
    assert await place.size(other) == 100


async def test_all_files_below_a_folder_are_listed(place: Place, file: Path) -> None:
    elsewhere = PurePosixPath("18/2026-03-01/20260301T080000000Z.mp4")
    for key in (KEY, KEY.with_suffix(".idx"), elsewhere):
        await place.put(key, file)
    found = {entry.key: entry.size_bytes async for entry in place.entries(PurePosixPath("17"))}
    assert found == {KEY: 100, KEY.with_suffix(".idx"): 100}
    assert {entry.key async for entry in place.entries(PurePosixPath())} >= {KEY, elsewhere}
    assert [entry async for entry in place.entries(PurePosixPath("19"))] == []


async def test_a_file_that_is_gone_cannot_be_put(place: Place, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        await place.put(KEY, tmp_path / "nowhere")
    assert raised.value.is_gone
    assert await place.size(KEY) is None
    assert [entry async for entry in place.entries(PurePosixPath())] == []


async def test_nothing_it_says_names_a_path(place: Place, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as raised:
        await place.read(KEY, 0, 1)
    assert str(tmp_path) not in str(raised.value)


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[LocalPlace]:
    async with folder(None, tmp_path) as made:  # type: ignore[arg-type] # of no use to it
        assert isinstance(made, LocalPlace)
        yield made


@pytest.mark.parametrize(
    "key", ["../secret", "17/../../secret", "/etc/passwd", "17/..", "a\0b", "17/./../../secret"]
)
async def test_no_key_leads_out_of_a_folder(disk: LocalPlace, file: Path, key: str) -> None:
    secret = disk.root.parent / "secret"
    secret.write_bytes(b"secret")
    bad = PurePosixPath(key)
    with pytest.raises(StorageError):
        await disk.read(bad, 0, 100)
    with pytest.raises(StorageError):
        await disk.put(bad, file)
    with pytest.raises(StorageError):
        await disk.delete(bad)
    with pytest.raises(StorageError):
        disk.local_path(bad)
    assert secret.read_bytes() == b"secret"


async def test_no_link_is_followed_on_the_way_or_at_its_end(disk: LocalPlace, file: Path) -> None:
    outside = disk.root.parent / "outside"
    outside.mkdir()
    (outside / "film.mp4").write_bytes(b"somebody else's")
    (disk.root / "17").symlink_to(outside)
    (disk.root / "18").mkdir()
    (disk.root / "18" / "film.mp4").symlink_to(outside / "film.mp4")
    for key in (PurePosixPath("17/film.mp4"), PurePosixPath("18/film.mp4")):
        with pytest.raises(StorageError):
            await disk.read(key, 0, 100)
        assert await disk.size(key) is None
        assert await disk.delete(key) is False
    with pytest.raises(StorageError):
        await disk.put(PurePosixPath("17/new.mp4"), file)
    assert [entry async for entry in disk.entries(PurePosixPath())] == []
    assert [path.name for path in outside.iterdir()] == ["film.mp4"]
    assert (outside / "film.mp4").read_bytes() == b"somebody else's"


async def test_what_is_no_ordinary_file_is_no_file(disk: LocalPlace) -> None:
    os.mkfifo(disk.root / "film.mp4")
    key = PurePosixPath("film.mp4")
    assert await disk.size(key) is None
    assert await disk.delete(key) is False
    with pytest.raises(StorageError):
        await disk.read(key, 0, 1)


async def test_room_that_cannot_be_told_is_an_error_and_no_zero(disk: LocalPlace) -> None:
    room = await disk.room()
    assert room is not None
    assert 0 < room.free_bytes <= room.total_bytes
    disk.root.rmdir()
    with pytest.raises(StorageError):
        await disk.room()


def names(places: Places) -> dict[Path, str]:
    places.close()
    return {place.root: place.name for place in places.local}


def test_folders_keep_their_names_in_whatever_order_they_stand(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    before = names(open_places([one, two]))
    assert len(set(before.values())) == 2
    assert names(open_places([two, one])) == before
    moved = one.rename(tmp_path / "moved")
    assert names(open_places([two, moved])) == {two: before[two], moved: before[one]}


def test_a_copy_of_a_folder_is_another_one(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    before = names(open_places([one]))
    two.mkdir()
    (two / MARKER).write_bytes((one / MARKER).read_bytes())
    both = names(open_places([one, two]))
    assert both[one] == before[one]
    assert both[two] != both[one]
    assert names(open_places([two, one])) == both


def test_a_mark_that_says_nothing_is_replaced(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("what is this")
    (name,) = names(open_places([tmp_path])).values()
    assert names(open_places([tmp_path])) == {tmp_path: name}


def test_processes_that_begin_together_give_a_folder_one_name(tmp_path: Path) -> None:
    found = [names(open_places([tmp_path])) for _ in range(3)]
    assert found == found[:1] * 3


def test_an_empty_folder_is_not_the_disk_that_was_mounted_there(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    places = open_places([disk])
    (place,) = places.local
    assert is_there(place)
    disk.rename(tmp_path / "unmounted")
    disk.mkdir()
    assert not is_there(place)
    # Nor is another disk.
    open_places([disk]).close()
    assert not is_there(place)
    places.close()


def test_a_folder_that_cannot_be_made_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = open_places([tmp_path / "file" / "folder", tmp_path / "good"])
    bad, good = places.local
    assert not is_there(bad)
    assert is_there(good)
    assert places.find(good.name) is good
    assert places.find("nobody") is None
    places.close()


async def test_two_local_places_do_not_wait_for_each_other(tmp_path: Path) -> None:
    places = open_places([tmp_path / "one", tmp_path / "two"])
    one, two = places.local
    assert await one.in_thread(partial(os.listdir, one.root)) == [MARKER]
    assert await two.in_thread(partial(os.listdir, two.root)) == [MARKER]
    places.close()


def test_a_folder_that_somebody_named_is_never_made(tmp_path: Path) -> None:
    disk = tmp_path / "mnt" / "disk"
    places = open_places([disk], makes=False)
    assert not disk.exists()
    assert not is_there(places.local[0])
    places.close()


def test_one_folder_under_two_paths_is_one_place_and_keeps_its_name(tmp_path: Path) -> None:
    disk, also = tmp_path / "disk", tmp_path / "also"
    before = names(open_places([disk]))
    also.symlink_to(disk)
    assert names(open_places([disk, also, disk])) == before


async def test_a_disk_that_is_mounted_late_has_the_name_that_it_had(tmp_path: Path) -> None:
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    (name,) = names(open_places([disk])).values()
    disk.rename(elsewhere)
    places = open_places([disk], makes=False)
    await places.recognise()
    assert places.find(name) is None
    elsewhere.rename(disk)
    await places.recognise()
    (place,) = places.local
    assert (place.name, is_there(place), places.find(name)) == (name, True, place)
    places.close()
