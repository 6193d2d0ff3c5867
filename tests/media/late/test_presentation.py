"""What was live is shown some minutes late: never earlier, in order, within its room."""

import errno
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from pantau.media.late import disk as disk_module
from pantau.media.late.disk import SpoolDisk, clear_in_thread
from pantau.media.late.presentation import LateCause, LatePresentation, LateRules
from pantau.media.live.parts import PartCutter, RunEnded
from pantau.media.live.window import LiveWindow
from pantau.media.packets import Picture
from pantau.media.stills import jpeg_in_thread
from tests.media.live.coded import STARTED_UNIX_S, coded
from tests.support.clock import HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
DELAY_S = 60.0
RULES = LateRules(reserve_bytes=0)


class Camera:
    """A live window that is filled by hand, two seconds at a time, and what is late of it."""

    def __init__(self, root: Path, *, rules: LateRules = RULES) -> None:
        self.clock = HandWoundClock()
        self.root = root
        self.disk = SpoolDisk(reserve_bytes=rules.reserve_bytes)
        self.window = LiveWindow(clock=self.clock, first_number=500)
        self.late = LatePresentation(
            "gate",
            root=root,
            delay_s=DELAY_S,
            disk=self.disk,
            clock=self.clock,
            rules=rules,
            first_number=14_400 * 3,
        )
        self.cutter = PartCutter(self.window.apply)
        self.at = 0
        self.begin()

    def begin(self) -> None:
        self.clip = coded(seconds=2.0)
        self.at = 0
        self.cutter = PartCutter(self._emit)
        self.cutter.begin(self.clip.tracks, STARTED_UNIX_S)

    def _emit(self, event: object) -> None:
        self.window.apply(event)  # type: ignore[arg-type]
        self.late.take(self.window.last_closed)

    async def run(self, segments: int = 1) -> None:
        """Let a segment come every two seconds."""
        for _ in range(segments):
            await self.clock.advance(2.0)
            for packet in self.clip.packets:
                moved = packet._replace(pts=packet.pts + self.at, dts=packet.dts + self.at)
                self.cutter.write(moved)
            self.at += 2 * 90_000
            await self.written()
            self.late.step()

    async def written(self) -> None:
        await until(lambda: not self.late._waiting_bytes)

    async def wait(self, duration_s: float) -> None:
        await self.clock.advance(duration_s)
        self.late.step()

    def end(self) -> None:
        self.cutter.end()

    def names(self) -> list[str]:
        return re.findall(r"late-[0-9a-f]{24}\.m4s", self.late.playlist().decode())

    def entries(self) -> list[str]:
        return [entry.name for entry in self.root.iterdir()]

    def files(self) -> list[Path]:
        return [file for file in self.root.rglob("*") if file.is_file()]

    def stored_bytes(self) -> int:
        """Return what stands on disk; a file that goes while we look counts nothing."""
        total = 0
        for file in self.files():
            with suppress(FileNotFoundError):
                total += file.stat().st_size
        return total


@pytest.fixture
async def camera(tmp_path: Path) -> AsyncIterator[Camera]:
    made = Camera(tmp_path)
    yield made
    made.disk.close()


def tag(text: str, name: str) -> int:
    found = re.search(rf"#EXT-X-{name}:(\d+)", text)
    assert found is not None
    return int(found[1])


async def test_nothing_is_shown_before_it_is_old_enough(camera: Camera) -> None:
    await camera.run(20)
    status = camera.late.status()
    assert (status.cause, status.delay_s) == (LateCause.WAITING, DELAY_S)
    assert status.first_in_s is not None
    await camera.wait(status.first_in_s - 0.5)
    assert camera.late.status().cause is LateCause.WAITING
    await camera.wait(0.6)
    assert camera.late.status().cause is None
    assert len(camera.names()) == 3


async def test_the_late_list_is_the_live_list_of_then(camera: Camera) -> None:
    await camera.run(12)
    live = camera.window.playlist().decode()
    await camera.run(30)
    late = camera.late.playlist().decode()
    assert re.findall("#EXT-X-PROGRAM.*", late) == re.findall("#EXT-X-PROGRAM.*", live)
    assert re.findall("#EXTINF.*", late) == re.findall("#EXTINF.*", live)
    assert tag(late, "TARGETDURATION") == tag(live, "TARGETDURATION")
    assert tag(late, "MEDIA-SEQUENCE") > 14_400
    assert "#EXT-X-MAP" in late
    assert not set(re.findall(r"\S+\.m(?:p4|4s)", late)) & set(re.findall(r"\S+\.mp4", live))


async def test_files_are_the_segments_themselves(camera: Camera) -> None:
    await camera.run(1)
    await camera.run(1)
    closed = camera.window.last_closed
    assert closed is not None
    await camera.run(31)
    late = camera.late.playlist().decode()
    init = re.findall(r'URI="(late-init-[0-9a-f]{24}\.mp4)"', late)[0]
    assert await camera.late.file(init) == closed.init
    datas = [await camera.late.file(name) for name in camera.names()]
    assert b"".join(closed.pieces) in datas
    assert await camera.late.file(f"late-{'0' * 24}.m4s") is None
    assert await camera.late.file(camera.files()[0].name) is None


async def test_what_was_shown_is_deleted_and_memory_and_disk_stay_flat(camera: Camera) -> None:
    await camera.run(50)
    seen = camera.names()
    held = camera.late.held_bytes
    await camera.run(30)
    assert camera.late.held_bytes == held
    await until(lambda: camera.stored_bytes() == held)
    assert len(camera.files()) == DELAY_S / 2 + 12
    assert not set(seen) & set(camera.names())
    assert await camera.late.file(seen[0]) is None


async def test_a_new_run_is_a_discontinuity_here_too(camera: Camera) -> None:
    await camera.run(6)
    camera.end()
    camera.begin()
    await camera.run(34)
    late = camera.late.playlist().decode()
    assert late.count("#EXT-X-DISCONTINUITY\n") == 1
    assert late.count("#EXT-X-MAP") == 2
    before = tag(late, "DISCONTINUITY-SEQUENCE")
    await camera.run(12)
    late = camera.late.playlist().decode()
    assert "#EXT-X-DISCONTINUITY\n" not in late
    assert tag(late, "DISCONTINUITY-SEQUENCE") == before + 1


async def test_a_camera_that_was_away_is_away_late_too(camera: Camera) -> None:
    await camera.run(10)
    camera.end()
    await camera.wait(300)
    assert camera.late.status().cause is LateCause.GAP
    camera.begin()
    await camera.run(30)
    assert camera.late.status().cause is LateCause.GAP
    await camera.run(6)
    assert camera.late.status().cause is None
    late = camera.late.playlist().decode()
    assert len(camera.names()) < 10
    assert late.count("#EXT-X-MAP") == 1


async def test_sequence_numbers_only_grow_whatever_the_delay_does(camera: Camera) -> None:
    await camera.run(50)
    first = tag(camera.late.playlist().decode(), "MEDIA-SEQUENCE")
    old = camera.names()
    camera.late.change(90.0)
    status = camera.late.status()
    assert status.cause is not None
    assert status.first_in_s is not None
    assert 0 < status.first_in_s <= 30
    assert await camera.late.file(old[-1]) is None
    await camera.run(20)
    longer = camera.late.playlist().decode()
    assert tag(longer, "MEDIA-SEQUENCE") > first
    assert not set(old) & set(camera.names())
    camera.late.change(10.0)
    assert camera.late.status().cause is None
    assert tag(camera.late.playlist().decode(), "MEDIA-SEQUENCE") > tag(longer, "MEDIA-SEQUENCE")
    assert len(camera.names()) == 10


async def test_closing_deletes_everything(camera: Camera) -> None:
    await camera.run(40)
    camera.late.close()
    await until(lambda: not camera.entries())


async def test_leftovers_of_an_earlier_process_are_deleted(tmp_path: Path) -> None:
    first = Camera(tmp_path)
    await first.run(3)
    (first.root / "precious").mkdir()
    old = first.files()
    second = Camera(tmp_path)
    await second.run(2)
    assert old
    assert not set(old) & set(second.files())
    clear_in_thread(tmp_path)
    assert first.entries() == ["precious"]
    for camera in (first, second):
        camera.disk.close()


async def test_more_than_its_room_is_never_taken(tmp_path: Path) -> None:
    camera = Camera(tmp_path, rules=LateRules(reserve_bytes=0, most_bytes=20_000))
    most = 0
    for _ in range(60):
        await camera.run()
        most = max(most, camera.late.held_bytes)
    assert 0 < most <= 20_000
    status = camera.late.status()
    assert (status.cause, status.first_in_s) == (LateCause.TOO_LARGE, None)
    await until(lambda: not camera.files())
    assert camera.window.ready
    camera.disk.close()


@pytest.mark.parametrize(
    ("number", "cause"),
    [(errno.ENOSPC, LateCause.DISK_FULL), (errno.EIO, LateCause.DISK_BROKEN)],
)
async def test_trouble_with_the_disk_ends_it_and_is_tried_again(
    camera: Camera, monkeypatch: pytest.MonkeyPatch, number: int, cause: LateCause
) -> None:
    await camera.run(40)

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(disk_module, "_write_in_thread", fail)
        await camera.run(1)
        assert camera.late.status().cause is cause
        await until(lambda: not camera.files())
        await camera.run(40)
        assert camera.late.status().cause is cause
        assert camera.late.held_bytes == 0
    await camera.run(60)
    assert camera.window.ready
    assert camera.late.status().cause is None


async def test_a_file_system_that_is_nearly_full_is_full(tmp_path: Path) -> None:
    camera = Camera(tmp_path, rules=LateRules(reserve_bytes=1 << 60))
    await camera.run(2)
    assert camera.late.status().cause is LateCause.DISK_FULL
    camera.disk.close()


async def test_a_slow_disk_does_not_fill_the_memory(tmp_path: Path) -> None:
    camera = Camera(tmp_path, rules=LateRules(reserve_bytes=0, most_waiting_bytes=100))
    await camera.run(2)
    assert camera.late.status().cause is LateCause.DISK_SLOW
    camera.disk.close()


async def test_the_late_still_is_of_then(camera: Camera) -> None:
    await camera.run(5)
    assert (await camera.late.refresh_still()).latest is None
    await camera.run(27)
    keeper = await camera.late.refresh_still()
    assert keeper.latest is not None
    age_s = STARTED_UNIX_S + camera.clock.mono_s() - 1_000 - keeper.latest.received_unix_s
    assert age_s >= DELAY_S
    assert jpeg_in_thread(keeper.latest, width_px=160).startswith(b"\xff\xd8")
    assert (await camera.late.refresh_still()).latest is keeper.latest


async def test_pictures_without_video_come_late_too(camera: Camera) -> None:
    for number in range(100):
        camera.late.take_picture(Picture(b"%d" % number, float(number)))
        await camera.written()
        await camera.wait(1.0)
    latest = (await camera.late.refresh_still()).latest
    assert isinstance(latest, Picture)
    assert 30 <= int(latest.jpeg) <= 40
    assert camera.late.status().cause is None
    await until(lambda: len(camera.files()) < 30)


async def test_the_end_of_a_run_is_kept_as_well(camera: Camera) -> None:
    await camera.run(3)
    before = len(camera.files())
    camera.end()
    camera.window.apply(RunEnded())
    await camera.written()
    assert len(camera.files()) == before + 1
