"""The real shard process, except that it counts the pictures that each camera has sent it.

The folder is in NOTING_SHARD_NOTES; the count of a camera is in a file called after its path, and
outlives the process however that ends.
"""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from pantau.core.clock import Clock
from pantau.media.engine import Engine, PathConfig
from pantau.media.packets import Packet, Tracks
from pantau.mediaserver.seam import ShardEngine
from pantau.mediaserver.shard import run


class Counter:
    """A consumer beside the recorder: both get the same packets."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._pictures = 0

    def begin(self, tracks: Tracks, started_unix_s: float) -> None:
        pass

    def write(self, packet: Packet) -> None:
        if packet.is_video:
            self._pictures += 1
            os.pwrite(self._fd, struct.pack(">Q", self._pictures), 0)

    def end(self) -> None:
        pass


class NotingEngine(Engine):
    def put(self, path: str, config: PathConfig) -> None:
        super().put(path, config)
        notes = Path(os.environ["NOTING_SHARD_NOTES"])
        self.fanout(path).attach(Counter(notes / path))


def make_engine(clock: Clock, on_thread: Callable[[str, int, int], None]) -> ShardEngine:
    return NotingEngine(clock=clock, on_thread=on_thread)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:], make_engine))
