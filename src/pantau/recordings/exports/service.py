"""What people may ask of exports: make, look, cancel, delete, fetch."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.db.database import Database
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports import link_repository, repository
from pantau.recordings.exports.folders import ExportFolders, is_id
from pantau.recordings.exports.manifest import FILE_NAME
from pantau.recordings.exports.models import (
    FASTEST,
    SLOWEST,
    Export,
    ExportKind,
    ExportState,
    ExportWish,
)
from pantau.recordings.models import Segment, Span
from pantau.web.principal import Principal

MOST_UNDER_WAY: Final = 50
_KEY_SHARE: Final = 3
"""Key frames are at most about one part in so many of what a camera sends."""
_HOUR_MS: Final = 3_600_000


class Exports:
    """The exports of this hub.  Loop only.  Operators see those of their areas' cameras only."""

    def __init__(
        self,
        database: Database,
        *,
        cameras: Catalogue,
        recordings: RecordingCatalogue,
        folders: ExportFolders,
        most_hours: int,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._cameras = cameras
        self._recordings = recordings
        self._folders = folders
        self._most_hours = most_hours
        self._trail = trail
        self._clock = clock

    async def ask(self, camera_id: int, wish: ExportWish, *, by: Asker) -> Export:
        """Queue an export; raises NotFound, Forbidden, Invalid (naming the field), Exhausted.

        Conflict where too many wait already.
        """
        await self._check_camera(camera_id, by)
        span = self._checked(wish)
        segments = await self._recordings.segments(camera_id, span, live=True)
        if not segments:
            raise Invalid(
                "exports.nothing_recorded", "Nothing was recorded in this time.", field="from"
            )
        export = self._export(camera_id, wish, span, expected_bytes(segments, wish, span), by)
        async with self._database.read() as reading:
            burden = await repository.burden(reading)
        await self._folders.check_room(export.size_bytes, burden)
        async with self._database.write() as writing:
            # Asked again: two may have come at once.
            if (await repository.burden(writing)).under_way >= MOST_UNDER_WAY:
                raise Conflict("exports.too_many", "Too many clips wait already. Try again later.")
            await repository.add(writing, export)
            await self._trail.record(
                writing,
                by.actor,
                Action.EXPORT_CLIP,
                target=target_of(export),
                details={
                    "export": export.id,
                    "kind": export.kind.value,
                    "from_ms": span.from_ms,
                    "to_ms": span.to_ms,
                    "speed": export.speed,
                },
            )
        return export

    async def listed(
        self,
        *,
        by: Principal,
        camera_id: int | None = None,
        state: ExportState | None = None,
        limit: int = 50,
        cursor: str = "",
    ) -> tuple[Sequence[Export], str | None]:
        """Return a page of exports, the newest first, and where the next one begins.

        Raises Invalid for a cursor or a limit that is none.
        """
        cameras = None
        if by.area_ids is not None:
            cameras = [one.id for one in self._cameras.all() if by.may_change_area(one.area_id)]
        async with self._database.read() as reading:
            return await repository.page(
                reading,
                cameras=cameras,
                camera_id=camera_id,
                state=state,
                limit=limit,
                cursor=cursor or None,
            )

    async def one(self, export_id: str, *, by: Principal) -> Export:
        """Return an export; raises NotFound."""
        export = None
        if is_id(export_id):
            async with self._database.read() as reading:
                export = await repository.one(reading, export_id)
        if export is None or not self._may_see(export.camera_id, by):
            raise NotFound("exports.unknown", "There is no such clip.")
        return export

    async def cancel(self, export_id: str, *, by: Asker) -> Export:
        """End an export that is not over; raises NotFound and Conflict."""
        await self.one(export_id, by=by.principal)
        async with self._database.write() as writing:
            is_over = await repository.note_over(
                writing,
                export_id,
                ExportState.QUEUED,
                ExportState.CANCELLED,
                at=self._clock.now(),
            )
            is_asked = is_over or await repository.ask_cancel(writing, export_id)
            export = await repository.one(writing, export_id)
            if export is None:
                raise NotFound("exports.unknown", "There is no such clip.")
            if not is_asked:
                raise Conflict("exports.over", "This clip is not being made any more.")
            await self._trail.record(
                writing,
                by.actor,
                Action.CANCEL_EXPORT,
                target=target_of(export),
                details={"export": export.id},
            )
        return export

    async def delete(self, export_id: str, *, by: Asker) -> None:
        """Delete an export with its files and links, ending it where it runs; raises NotFound."""
        export = await self.one(export_id, by=by.principal)
        async with self._database.write() as writing:
            if not await repository.remove(writing, export_id):
                raise NotFound("exports.unknown", "There is no such clip.")
            await link_repository.remove_of(writing, [export_id])
            await self._trail.record(
                writing,
                by.actor,
                Action.DELETE_EXPORT,
                target=target_of(export),
                details={"export": export.id},
            )

    async def file(self, export_id: str, name: str, *, by: Principal) -> Path:
        """Return where a finished file of an export is; raises NotFound."""
        return self.path_of(await self.one(export_id, by=by), name)

    def path_of(self, export: Export, name: str) -> Path:
        """Return where a file of a finished export is, by the name that it was given.

        Raises NotFound for every other name.
        """
        names = {FILE_NAME, *(file.name for file in export.files)}
        if export.state is not ExportState.DONE or name not in names:
            raise NotFound("exports.no_file", "There is no such file.")
        return self._folders.of(export.id) / name

    def _may_see(self, camera_id: int, by: Principal) -> bool:
        camera = self._cameras.by_id(camera_id)
        return by.may_change_area(camera.area_id if camera is not None else None)

    async def _check_camera(self, camera_id: int, by: Asker) -> None:
        if self._may_see(camera_id, by.principal):
            # Footage of a camera that was removed stays until its time is over.
            if self._cameras.by_id(camera_id) or await self._recordings.extent(camera_id):
                return
        elif self._cameras.by_id(camera_id) is not None:
            raise Forbidden("exports.other_area", "This camera is in an area of somebody else.")
        raise NotFound("cameras.unknown", "There is no such camera.")

    def _checked(self, wish: ExportWish) -> Span:
        """Return the span to export, up to now at most; raises Invalid."""
        now_ms = int(self._clock.unix_s() * 1000)
        from_ms, to_ms = wish.span
        if from_ms >= now_ms:
            raise Invalid("exports.future", "This has not happened yet.", field="from")
        if to_ms <= from_ms:
            raise Invalid("exports.span", "The end must come after the beginning.", field="to")
        to_ms = min(to_ms, now_ms)
        if to_ms - from_ms > self._most_hours * _HOUR_MS:
            raise Invalid(
                "exports.too_long",
                f"A clip may be at most {self._most_hours} hours long.",
                field="to",
            )
        if wish.kind is ExportKind.TIMELAPSE and not SLOWEST <= wish.speed <= FASTEST:
            raise Invalid(
                "exports.speed",
                f"The speed must be from {SLOWEST} to {FASTEST}.",
                field="speed",
            )
        return Span(from_ms, to_ms)

    def _export(
        self, camera_id: int, wish: ExportWish, span: Span, size_bytes: int, by: Asker
    ) -> Export:
        camera = self._cameras.by_id(camera_id)
        return Export(
            id=secrets.token_hex(16),
            camera_id=camera_id,
            camera_name=camera.name if camera is not None else f"{camera_id}",
            span=span,
            kind=wish.kind,
            speed=wish.speed if wish.kind is ExportKind.TIMELAPSE else 1,
            state=ExportState.QUEUED,
            progress=0,
            error="",
            size_bytes=size_bytes,
            files=(),
            cancel_asked=False,
            attempts=0,
            created_by=by.actor.name,
            created_at=self._clock.now(),
            finished_at=None,
            expires_at=None,
        )


def expected_bytes(segments: Sequence[Segment], wish: ExportWish, span: Span) -> int:
    """Return about how much an export will take, rather more than less."""
    total = 0
    for segment in segments:
        part = segment.span.overlap(span)
        length_ms = max(1, segment.end_ms - segment.start_ms)
        if part is not None:
            total += segment.size_bytes * (part.to_ms - part.from_ms) // length_ms
    return total // _KEY_SHARE if wish.kind is ExportKind.TIMELAPSE else total


def target_of(export: Export) -> str:
    """Return what the trail calls an export."""
    return f"camera {export.camera_id} ({export.camera_name})"


def has_expired(export: Export, now: datetime) -> bool:
    """Tell whether an export's time is over, also before its files are deleted."""
    return export.expires_at is not None and export.expires_at <= now
