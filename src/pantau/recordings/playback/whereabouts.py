"""Finds the files of a segment: where its row says, or the copy that an archive has."""

from pathlib import Path, PurePosixPath

from pantau.media.archive.naming import video_key
from pantau.recordings.models import Segment
from pantau.recordings.playback.files import Files, Source
from pantau.recordings.storage.base import Place, StorageError
from pantau.recordings.storage.places import Places


class Whereabouts:
    """Opens and reads the files of segments.  Loop only."""

    def __init__(self, places: Places, files: Files) -> None:
        self._places = places
        self._files = files

    async def open(self, segment: Segment) -> Source:
        """Open the video of a segment.  Raises `StorageError`, with `is_gone` where none is."""
        key = video_key(segment.camera_id, segment.start_ms)
        for place in self._candidates(segment):
            try:
                return await self._files.open(place, key)
            except StorageError as error:
                if not error.is_gone:
                    raise
        raise _gone()

    async def read(self, segment: Segment, key: PurePosixPath, most_bytes: int) -> bytes:
        """Return a small file that belongs to a segment.  Raises `StorageError`."""
        for place in self._candidates(segment):
            try:
                return await place.read(key, 0, most_bytes)
            except StorageError as error:
                if not error.is_gone:
                    raise
        raise _gone()

    def local_video(self, segment: Segment) -> Path | None:
        """Return the video where it is a file of this machine; it need not exist."""
        return self._places.video_path(segment.place, segment.camera_id, segment.start_ms)

    def _candidates(self, segment: Segment) -> list[Place]:
        named = self._places.find(segment.place)
        archives = [
            place for place in self._places if place.name != segment.place and _is_remote(place)
        ]
        return archives if named is None else [named, *archives]


def _is_remote(place: Place) -> bool:
    return place.local_path(PurePosixPath("0")) is None


def _gone() -> StorageError:
    return StorageError("no such file", is_gone=True)
