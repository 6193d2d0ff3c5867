"""What disks do to recordings: nothing is corrupt, nothing is silent, and it goes on by itself."""

import errno
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import av
import pytest

from pantau.core.clock import SystemClock
from pantau.media.archive.disk import PROBE, Disk, DiskRules
from pantau.media.archive.index import Ending
from pantau.media.archive.orders import PauseCause
from pantau.media.archive.reading import finish, is_whole
from pantau.media.packets import Tracks
from tests.media.archive.looped import QUICK, Looped, files_in, index_of, looped
from tests.media.live.coded import coded
from tests.media.tracks import VIDEO
from tests.support.small_disk import small_disk
from tests.support.waiting import until_in_thread

MIB = 2**20


def pictures_in(file: Path) -> int:
    """Return how many pictures libav decodes; raises where one is damaged."""
    with av.open(str(file)) as film:
        return sum(1 for _ in film.decode(video=0))


def endings(*dirs: Path) -> list[Ending | None]:
    return [index_of(file).ending for file in files_in(*dirs)]


def test_everything_that_was_sent_is_in_files_that_end_with_the_clock(tmp_path: Path) -> None:
    with looped(tmp_path, segment_s=10) as camera:
        camera.begin()
        camera.feed(15)
        camera.settle()
        # The clips begin a little after a whole ten seconds.
        assert (camera.status.state, camera.status.closed) == ("recording", 2)
    files = files_in(tmp_path)
    assert all(is_whole(file) for file in files)
    assert sum(map(pictures_in, files)) == 15 * len(camera.source.video)
    assert endings(tmp_path) == [Ending.BOUNDARY, Ending.BOUNDARY, Ending.STOPPED]
    assert camera.status.closed == 3
    assert camera.status.dropped == 0


def test_report_tells_what_is_open_and_what_was_finished(tmp_path: Path) -> None:
    with looped(tmp_path, segment_s=10) as camera:
        assert (camera.status.state, camera.status.last_fragment_at) == ("waiting", None)
        camera.begin()
        camera.feed(7)
        camera.settle()
        status = camera.status
        first, second = files_in(tmp_path)
        assert status.last_closed_start_ms == index_of(first).head.start_ms
        assert status.open_start_ms == index_of(second).head.start_ms
        assert status.open_bytes == second.stat().st_size
        assert status.last_closed_end_ms == status.open_start_ms
        bytes_per_s = sum(len(packet.data) for packet in camera.source.packets) / 2
        assert status.bytes_per_second == pytest.approx(bytes_per_s, rel=0.3)


def test_next_file_is_no_news(tmp_path: Path) -> None:
    with looped(tmp_path, segment_s=10) as camera:
        camera.begin()
        camera.feed(2)
        camera.settle()
        since_at = camera.status.since_at
        seen: set[str] = set()
        camera.feed(8, after=lambda: seen.add(camera.status.state))
        assert seen == {"recording"}
        assert camera.status.since_at == since_at
    assert len(files_in(tmp_path)) >= 2


def test_other_parameters_begin_another_file(tmp_path: Path) -> None:
    with looped(tmp_path) as camera:
        camera.begin()
        camera.feed(1)
        camera.recorder.end()
        camera.begin(Tracks(camera.source.tracks.video))
        camera.feed(1)
    assert endings(tmp_path) == [Ending.PARAMETERS, Ending.STOPPED]
    assert [index_of(file).head.has_audio for file in files_in(tmp_path)] == [True, False]


def test_end_of_the_session_ends_the_file(tmp_path: Path) -> None:
    with looped(tmp_path) as camera:
        camera.begin()
        camera.feed(1)
        camera.recorder.end()
        camera.recorder.close(Ending.SOURCE_ENDED)
        # Packets of a session that is given up reach nobody.
        camera.feed(1)
        camera.settle()
        until_in_thread(lambda: camera.status.closed == 1, what="a closed file")
        assert camera.status.state == "waiting"
    assert endings(tmp_path) == [Ending.SOURCE_ENDED]


def test_sound_is_left_out_where_it_is_switched_off(tmp_path: Path) -> None:
    with looped(tmp_path, sound=False) as camera:
        camera.begin()
        camera.feed(2)
    (file,) = files_in(tmp_path)
    assert index_of(file).head.has_audio is False
    with av.open(str(file)) as film:
        assert [stream.type for stream in film.streams] == ["video"]


def test_restart_closes_the_file_and_begins_another_without_a_gap(tmp_path: Path) -> None:
    with looped(tmp_path) as camera:
        camera.begin()
        camera.feed(2)
        camera.recorder.restart()
        camera.feed(2)
    first, second = (index_of(file) for file in files_in(tmp_path))
    assert (first.ending, second.ending) == (Ending.STOPPED, Ending.STOPPED)
    assert abs(second.head.start_ms - (first.head.start_ms + first.duration_ms)) <= 1
    assert sum(map(pictures_in, files_in(tmp_path))) == 4 * len(camera.source.video)


def test_what_cannot_be_described_fails_alone_and_says_so(tmp_path: Path) -> None:
    with looped(tmp_path) as camera:
        camera.begin(Tracks(VIDEO))
        camera.feed(1)
        status = camera.status
        assert (status.state, status.cause) == ("failed", PauseCause.NOT_DESCRIBED)
        camera.recorder.end()
        camera.begin()
        camera.feed_until("recording", cause=None)
    assert files_in(tmp_path)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_clock_that_is_set_by_an_hour_loses_nothing_and_collides_with_nothing(
    step_s: float, tmp_path: Path
) -> None:
    with looped(tmp_path) as camera:
        camera.begin()
        camera.feed(5)
        camera.feed(5, shift_s=step_s)
        # Back again, into the very minutes that are recorded already.
        camera.feed(5, shift_s=-10.0)
    files = files_in(tmp_path)
    assert len(files) == 3
    assert sum(map(pictures_in, files)) == 15 * len(camera.source.video)
    assert len({index_of(file).head.start_ms for file in files}) == 3


def test_disk_that_is_full_pauses_with_a_whole_file_and_recording_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    with (
        small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk,
        looped(disk.folder, reserve_bytes=MIB) as camera,
    ):
        camera.begin()
        camera.feed_until("recording")
        disk.fill(leave_bytes=MIB - 4096)
        status = camera.feed_until("paused")
        assert status.cause is PauseCause.DISK_FULL
        assert status.dropped > 0
        until_in_thread(lambda: all(map(is_whole, files_in(disk.folder))), what="a whole file")
        assert endings(disk.folder)[-1] is Ending.DISK
        disk.free()
        camera.feed_until("recording", cause=None)
        camera.close()
        files = files_in(disk.folder)
        assert len(files) > 1
        assert all(is_whole(file) and pictures_in(file) for file in files)


def test_disk_that_fills_in_the_middle_of_a_fragment_leaves_all_before_it(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk,
        looped(disk.folder) as camera,
    ):
        camera.begin()
        camera.feed_until("recording")
        written = camera.status.open_bytes
        disk.fill(leave_bytes=8192)
        assert camera.feed_until("paused").cause is PauseCause.DISK_FULL
        camera.recorder.end()
        camera.recorder.close(Ending.SOURCE_ENDED)
        for file in files_in(disk.folder):
            assert pictures_in(file) > 0
            assert file.stat().st_size >= written
        # Not even its index was lost; what is missing is put in order when there is room.
        disk.free()
        for file in files_in(disk.folder):
            assert len(finish(file).fragments) > 0
            assert is_whole(file)
        camera.begin()
        camera.feed_until("recording", cause=None)


def test_disk_without_room_for_a_single_picture_is_left_without_files(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", size_bytes=4 * MIB) as disk,
        looped(disk.folder) as camera,
    ):
        disk.fill(leave_bytes=8192)
        camera.begin()
        camera.feed_until("paused", cause=PauseCause.DISK_FULL)
        assert [file for file in disk.folder.rglob("*") if file.is_file()] == []


def test_read_only_disk_is_named_and_used_again_when_it_can_be_written_to(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=16 * MIB) as disk:
        disk.remount("ro")
        with looped(disk.folder) as camera:
            camera.begin()
            camera.feed_until("paused", cause=PauseCause.DISK_READ_ONLY)
            disk.remount("rw")
            camera.feed_until("recording", cause=None)
            assert not (disk.folder / PROBE).exists()


def test_read_only_disk_is_not_believed_before_something_was_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=MIB) as small:
        small.remount("ro")
        disk = Disk(small.folder, reserve_bytes=0, rules=QUICK, clock=SystemClock())
        disk.failed_in_thread(OSError(errno.EROFS, "Read-only file system"))
        never = threading.Event()
        for _ in range(60):
            never.wait(0.01)
            assert disk.cause is PauseCause.DISK_READ_ONLY
        disk.stop()
        until_in_thread(lambda: disk.is_stopped, timeout_s=45)


def test_folder_that_is_missing_is_waited_for_and_never_made(tmp_path: Path) -> None:
    folder = tmp_path / "mounted-later"
    with looped(folder) as camera:
        camera.begin()
        camera.feed_until("paused", cause=PauseCause.DISK_MISSING)
        assert not folder.exists()
        folder.mkdir()
        camera.feed_until("recording", cause=None)
    assert all(map(is_whole, files_in(folder)))


def test_other_disk_takes_over_when_one_is_gone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with looped(one, two) as camera:
        camera.begin()
        camera.feed_until("recording")
        (first,) = files_in(one, two)
        used = one if one in first.parents else two
        shutil.move(used, tmp_path / "unplugged")
        camera.feed_until("recording")
        other = two if used == one else one

        def has_moved() -> bool:
            camera.feed()
            return bool(files_in(other))

        until_in_thread(has_moved, timeout_s=45, what="the other disk")
    assert all(is_whole(file) for file in files_in(other, tmp_path / "unplugged"))
    assert not used.exists()


def test_new_files_go_where_there_is_most_room(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", size_bytes=4 * MIB) as small,
        small_disk(tmp_path / "large", size_bytes=32 * MIB) as large,
        looped(small.folder, large.folder) as camera,
    ):
        until_in_thread(lambda: all(disk.free_bytes for disk in camera.disks), what="looked at")
        camera.begin()
        camera.feed_until("recording")
        assert files_in(large.folder)
        assert not files_in(small.folder)


def test_disk_that_hangs_costs_pictures_and_never_the_session(tmp_path: Path) -> None:
    hung, good = tmp_path / "hung", tmp_path / "good"
    hung.mkdir()
    good.mkdir()
    source = coded(seconds=2.0, key_every=25, audio=True)
    clip_bytes = sum(len(packet.data) for packet in source.packets)
    rules = _with(most_queued_bytes=3 * clip_bytes)
    with looped(hung, rules=rules, source=source) as camera:
        release = _hang(camera)
        camera.begin()
        # Returns although nothing is written: the queue is bounded; what is too much is counted.
        camera.feed(20)
        status = camera.status
        assert (status.state, status.cause) == ("paused", PauseCause.DISK_SLOW)
        assert status.dropped > 0
        assert camera.recorder.waiting_bytes <= 3 * clip_bytes
        release.set()
        camera.feed_until("recording", cause=None)
    files = files_in(hung)
    assert all(is_whole(file) and pictures_in(file) for file in files)
    assert index_of(files[0]).ending is Ending.DISK
    with looped(hung, good, rules=rules, source=source) as camera:
        until_in_thread(lambda: all(disk.free_bytes for disk in camera.disks), what="looked at")
        camera.begin()
        camera.feed(1)
        camera.settle()
        used = camera.recorder._take
        assert used is not None
        release = _hang(camera, used.disk.root)
        camera.feed(30)
        camera.feed(30)
        other = good if used.disk.root == hung else hung
        until_in_thread(lambda: files_in(other), timeout_s=45, what="a file on the other disk")
        release.set()
    assert all(map(is_whole, files_in(hung, good)))


def test_two_recorders_of_one_camera_and_moment_do_not_share_a_file(tmp_path: Path) -> None:
    with looped(tmp_path) as one, looped(tmp_path) as other:
        for camera in (one, other):
            camera.begin()
            camera.feed(2)
            camera.settle()
    first, second = files_in(tmp_path)
    assert index_of(second).head.start_ms == index_of(first).head.start_ms + 1
    assert pictures_in(first) == pictures_in(second) == 2 * len(one.source.video)


def _with(**more: object) -> DiskRules:
    return replace(QUICK, **more)  # type: ignore[arg-type]


def _hang(camera: Looped, root: Path | None = None) -> threading.Event:
    """Have a disk's thread stand still until the event is set."""
    release = threading.Event()
    for disk in camera.disks:
        if root in {None, disk.root}:
            disk.submit(lambda: until_in_thread(release.is_set, timeout_s=60))
    return release
