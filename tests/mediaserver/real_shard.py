"""The real shard process, except that it notes which thread works for which camera.

The folder is in REAL_SHARD_NOTES; the file of a camera is called after its path.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pantau.core.clock import Clock
from pantau.media.engine import Engine
from pantau.mediaserver.seam import ShardEngine
from pantau.mediaserver.shard import run


def make_engine(clock: Clock, on_thread: Callable[[str, int, int], None]) -> ShardEngine:
    notes = Path(os.environ["REAL_SHARD_NOTES"])

    def note(path: str, native_id: int, ident: int) -> None:
        on_thread(path, native_id, ident)
        (notes / path).write_text(str(native_id))

    return Engine(clock=clock, on_thread=note)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:], make_engine))
