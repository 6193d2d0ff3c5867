"""A recorder that is fed without a camera: real pictures, looped, as fast as they are wanted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pantau.core.backoff import Backoff
from pantau.core.clock import SystemClock
from pantau.media.archive.disk import DiskRules
from pantau.media.archive.index import BrokenIndexError, Ending, Fragment, Index, read_index
from pantau.media.archive.orders import RecorderStatus, RecordOrder, RecordRules
from pantau.media.archive.recorders import Recorders
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks
from tests.media.live.coded import STARTED_UNIX_S, Coded, coded
from tests.support.waiting import until_in_thread

QUICK = DiskRules(look_every_s=0.02, backoff=Backoff(first_s=0.05, most_s=0.2))
CAMERA = 7


class Looped:
    """One camera's recorder and its endless pictures; a loop begins with a key frame."""

    def __init__(
        self,
        dirs: Sequence[Path],
        *,
        rules: DiskRules = QUICK,
        source: Coded | None = None,
        **more: object,
    ) -> None:
        self.source = source or coded(seconds=2.0, key_every=25, audio=True)
        record_rules = RecordRules(tuple(dirs), reserve_bytes=0)
        order = RecordOrder(CAMERA, replace(record_rules, **more))  # type: ignore[arg-type]
        self.recorders = Recorders(clock=SystemClock(), rules=rules)
        self.recorder = self.recorders.recorder("gate", order)
        self.disks = list(self.recorder._disks)
        self.loops = 0
        self.fed: list[Packet] = []

    @property
    def status(self) -> RecorderStatus:
        return self.recorder.status()

    def begin(self, tracks: Tracks | None = None) -> None:
        self.recorder.begin(tracks or self.source.tracks, STARTED_UNIX_S)

    def feed(
        self, loops: int = 1, *, shift_s: float = 0.0, after: Callable[[], object] | None = None
    ) -> None:
        """Hand over the clip `loops` times; `shift_s` is how far the wall clock is out.

        `after` is called after every packet.
        """
        length_s = 2.0
        for _ in range(loops):
            for packet in self.source.packets:
                rate_hz = self._rate_hz(packet)
                begin = self.source.video[0].dts / VIDEO_TIME_BASE
                if not packet.is_video and packet.dts / rate_hz >= begin + length_s:
                    continue  # sound that outlasts the pictures
                later = round(self.loops * length_s * rate_hz)
                moved = packet._replace(
                    pts=packet.pts + later,
                    dts=packet.dts + later,
                    received_unix_s=packet.received_unix_s + self.loops * length_s + shift_s,
                )
                self.fed.append(moved)
                self.recorder.write(moved)
                if after is not None:
                    after()
            self.loops += 1

    def _rate_hz(self, packet: Packet) -> int:
        sound = self.source.tracks.audio
        return VIDEO_TIME_BASE if packet.is_video or sound is None else sound.sample_rate_hz

    def feed_until(self, wanted: str, **more: object) -> RecorderStatus:
        """Feed at the pace of the disk until the recorder says `wanted`."""

        def is_so() -> bool:
            self.feed()
            self.settle()
            return self.status.state == wanted and all(
                getattr(self.status, key) == value for key, value in more.items()
            )

        until_in_thread(is_so, timeout_s=45, what=f"{wanted} {more}")
        return self.status

    def settle(self) -> None:
        """Wait until everything that was handed over is written, or given up."""
        until_in_thread(lambda: not self.recorder.waiting_bytes, timeout_s=45, what="written")

    def close(self, ending: Ending = Ending.STOPPED) -> None:
        self.recorder.end()
        self.recorder.close(ending)
        for disk in self.disks:
            disk.stop()
        until_in_thread(
            lambda: all(disk.is_stopped for disk in self.disks), timeout_s=45, what="closed"
        )


@contextmanager
def looped(*dirs: Path, **more: object) -> Iterator[Looped]:
    """Give a recorder that writes into `dirs` and is closed at the end."""
    made = Looped(dirs, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def files_in(*dirs: Path) -> list[Path]:
    """Return all recordings, by their names."""
    return sorted((file for each in dirs for file in each.rglob("*.mp4")), key=lambda f: f.name)


def index_of(file: Path) -> Index:
    return read_index(file.with_suffix(".idx").read_bytes())


def fragments_so_far(file: Path) -> tuple[Fragment, ...]:
    """Return what stands in an index that is being written; nothing where it was just begun."""
    try:
        return index_of(file).fragments
    except (BrokenIndexError, FileNotFoundError):
        return ()
