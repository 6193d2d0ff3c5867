"""Where the recordings are that an export is made of; those of an archive are fetched first."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pantau.media.archive.naming import INDEX_SUFFIX, VIDEO_SUFFIX, index_key, stem, video_key
from pantau.media.archive.splicing import Source
from pantau.recordings.models import Segment, Span
from pantau.recordings.storage.base import Place, StorageError
from pantau.recordings.storage.places import Places

_BLOCK_BYTES: Final = 4 << 20
_MOST_INDEX_BYTES: Final = 16 << 20


class FootageFinder:
    """Turns segments into files that can be read.  Loop only."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def source(
        self, segment: Segment, span: Span, folder: Path, *, is_wanted: Callable[[], bool]
    ) -> Source:
        """Return the file of a segment and what is wanted of it.

        What only an archive has is copied to `folder` first.  A file that is nowhere is returned as
        the one that is not there: whoever reads it finds out.  Raises `StorageError`, OSError.
        """
        local = self._places.video_path(segment.place, segment.camera_id, segment.start_ms)
        if local is None or not await asyncio.to_thread(local.exists):
            fetched = await self._fetched(segment, folder, is_wanted)
            local = fetched or local or folder / f"{stem(segment.start_ms)}{VIDEO_SUFFIX}"
        return Source(local, segment.start_ms, span.from_ms, span.to_ms)

    async def _fetched(
        self, segment: Segment, folder: Path, is_wanted: Callable[[], bool]
    ) -> Path | None:
        key = video_key(segment.camera_id, segment.start_ms)
        for place in self._places:
            if place.local_path(key) is not None:
                continue
            size_bytes = await place.size(key)
            if size_bytes is None:
                continue
            # Named as in a place, so that camera and beginning can be read off it.
            target = folder / key
            await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
            await self._fetch_index(place, segment, target)
            at = 0
            while at < size_bytes and is_wanted():
                block = await place.read(key, at, min(_BLOCK_BYTES, size_bytes - at))
                if not block:
                    raise StorageError("the archive has less of a file than it says")
                await asyncio.to_thread(_append, target, block)
                at += len(block)
            return target
        return None

    async def _fetch_index(self, place: Place, segment: Segment, video: Path) -> None:
        """Fetch the index too; without it the video is read by its boxes."""
        key = index_key(segment.camera_id, segment.start_ms)
        if await place.size(key) is not None:
            data = await place.read(key, 0, _MOST_INDEX_BYTES)
            await asyncio.to_thread(video.with_suffix(INDEX_SUFFIX).write_bytes, data)


def _append(file: Path, block: bytes) -> None:
    with file.open("ab") as stored:
        stored.write(block)
