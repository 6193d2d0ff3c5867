"""What the `pantau recordings` commands work with, beside a running server or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from pantau.app.foundation import Foundation, opened_foundation
from pantau.app.recording_work import places_of
from pantau.cameras.repository import stored_cameras
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.disks import Disks
from pantau.recordings.rescanning import Rescan, rescan
from pantau.recordings.rescanning import Tell as TellRescan
from pantau.recordings.storage.places import Places
from pantau.recordings.verifying import Tell as TellVerify
from pantau.recordings.verifying import Verified, verify
from pantau.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one camera."""

    camera_id: int
    name: str
    """Empty: the camera is not there any more."""
    segments: int
    size_bytes: int
    oldest_ms: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class RecordingTools:
    """Opened for one command."""

    base: Foundation
    places: Places

    async def rescan(self, tell: TellRescan) -> Rescan:
        """Build the catalogue from the disks."""
        base = self.base
        return await rescan(base.database, Disks(self.places), base.clock, tell=tell)

    async def verify(self, tell: TellVerify) -> Verified:
        """Compare the catalogue with the disks."""
        base = self.base
        return await verify(base.database, Disks(self.places), base.clock, tell=tell)

    async def kept(self) -> list[Kept]:
        """Return what is kept, by camera."""
        base = self.base
        totals = await RecordingCatalogue(base.database, self.places, base.clock).totals()
        async with base.database.read() as reading:
            stored = await stored_cameras(reading, None)
        names = {
            int(each.camera.id): each.camera.name for each in stored if each.removed_at is None
        }
        return [
            Kept(
                camera_id=number,
                name=names.get(number, ""),
                segments=each.segments,
                size_bytes=each.size_bytes,
                oldest_ms=each.oldest_ms,
                newest_ms=each.newest_ms,
            )
            for number, each in sorted(totals.items())
        ]


@asynccontextmanager
async def opened_recordings(settings: Settings) -> AsyncIterator[RecordingTools]:
    """Give them for the installation of `settings`.  Raises FoundationError and Problem."""
    async with opened_foundation(settings) as base:
        with closing(places_of(base)) as places:
            yield RecordingTools(base, places)
