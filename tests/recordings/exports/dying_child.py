"""A worker that is killed in the middle of an export: `python dying_child.py <folder> <blocks>`."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from pantau.core.clock import SystemClock
from pantau.db import place as places
from pantau.db.database import open_database
from pantau.media.archive import splicing
from pantau.media.archive.layout import OpenFile
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.folders import ExportFolders
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.making import ExportMaker
from pantau.recordings.storage.places import open_places

_blocks = splicing.Splicer._blocks


def die_after(blocks: int) -> None:
    """Have the kernel end this process when so much was read, as a power cut does."""
    left = blocks

    def dying(
        self: splicing.Splicer, recording: OpenFile, offset: int, size: int
    ) -> Iterator[bytes]:
        nonlocal left
        for block in _blocks(self, recording, offset, size):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            yield block

    splicing.Splicer._blocks = dying  # type: ignore[method-assign]


async def main(folder: Path) -> None:
    clock = SystemClock()
    database = open_database(places.sqlite_place(folder / places.FILE_NAME), clock=clock)
    found = open_places([folder / "recordings"])
    maker = ExportMaker(
        database,
        recordings=RecordingCatalogue(database, found, clock),
        footage=FootageFinder(found),
        folders=ExportFolders(folder / "exports", most_bytes=2**30, reserve_bytes=0),
        keep_hours=1,
        hub="",
        clock=clock,
    )
    await maker.run()


if __name__ == "__main__":
    die_after(int(sys.argv[2]))
    asyncio.run(main(Path(sys.argv[1])))
