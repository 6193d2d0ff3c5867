"""Makes exports in the worker, one at a time: takes what is queued, and lets go of what is over."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Exhausted
from pantau.core.slugs import slug_of
from pantau.db.database import Database
from pantau.media.archive import locks
from pantau.media.archive.films import Plan
from pantau.media.archive.naming import VIDEO_SUFFIX, stem
from pantau.media.archive.reading import BrokenRecordingError
from pantau.media.archive.splicing import Source, Spliced, Splicer, SplicingStoppedError
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports import repository
from pantau.recordings.exports.folders import ExportFolders
from pantau.recordings.exports.footage import FootageFinder
from pantau.recordings.exports.manifest import FILE_NAME, manifest_of
from pantau.recordings.exports.models import MOST_ATTEMPTS, Export, ExportKind, ExportState
from pantau.recordings.exports.tidying import ExportTidier
from pantau.recordings.storage.base import StorageError

log = structlog.get_logger()

_LOOK_EVERY_S: Final = 30.0
_NOTE_EVERY_S: Final = 1.0
_ARCHIVE_PAUSE_S: Final = 10.0
_MOST_SLUG: Final = 40
_WORK: Final = "work"
_LET_GO_S: Final = 1.5
_NOTHING: Final = "Nothing was recorded in this time, or it has been deleted since."
_UNREADABLE: Final = "The recordings of this time cannot be read."
_CHANGED: Final = "The recordings changed while they were copied, again and again."
_DISK: Final = "Writing to the disk failed. Check that it is not full."
_ARCHIVE: Final = "The archive that has these recordings does not answer."
_GIVEN_UP: Final = "Making this ended in the middle several times, and was given up."
_Made = TypeVar("_Made")


class _FailedError(Exception):
    """It cannot be made; the message is a sentence for whoever asked for it."""


@dataclass(slots=True)
class _Work:
    """What the loop and the thread tell each other about one export."""

    export: Export
    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    progress: int = 0
    noted: int = 0

    def is_wanted(self) -> bool:
        return not self.stop.is_set()

    def note(self, progress: int) -> None:
        self.progress = min(999, progress)


class ExportMaker:
    """The job.  Loop only; films are copied in one thread of its own.

    Of several workers one makes exports: the one that holds the lock in their folder.  What it
    finds begun was begun by one that was killed, and is begun anew.
    """

    def __init__(
        self,
        database: Database,
        *,
        recordings: RecordingCatalogue,
        footage: FootageFinder,
        folders: ExportFolders,
        keep_hours: int,
        hub: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._footage = footage
        self._folders = folders
        self._keep = timedelta(hours=keep_hours)
        self._hub = hub
        self._clock = clock
        self._tidier = ExportTidier(database, folders, clock)
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="export")
        database.changes.on("exports", self._changed.set)

    async def run(self) -> None:
        """Make what is queued, whenever something is; never returns."""
        lock = await asyncio.to_thread(self._folders.lock_in_thread)
        while True:
            with locks.held(lock) as is_mine:
                if is_mine:
                    await self._work_on()
            # Somebody else does; should they be gone, it is our turn.
            await self._clock.sleep(_LOOK_EVERY_S)

    def close(self) -> None:
        """Let the thread go; call it when `run` has ended."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def take_up(self) -> None:
        """Queue again what a worker began and did not end; what fails again and again is over."""
        async with self._database.read() as reading:
            begun = await repository.running(reading)
        for export in begun:
            log.warning("export_taken_up", export=export.id, attempts=export.attempts)
            if export.cancel_asked:
                await self._end(export, ExportState.CANCELLED)
            else:
                await self._again(export, _GIVEN_UP)

    async def make_next(self) -> bool:
        """Make the export that waits longest, to whatever end; return whether there was one."""
        async with self._database.write() as writing:
            export = await repository.next_queued(writing)
        if export is None:
            return False
        try:
            folder = await asyncio.to_thread(self._folders.clear_in_thread, export.id)
            await self._make(_Work(export, folder))
        except OSError as error:
            log.warning("export_failed", export=export.id, error=type(error).__name__)
            await self._end(export, ExportState.FAILED, _DISK)
        return True

    async def _work_on(self) -> None:
        await self.take_up()
        while True:
            self._changed.clear()
            await self._tidier.tidy()
            while await self.make_next():
                await self._tidier.tidy()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._changed.wait()

    async def _make(self, work: _Work) -> None:
        export = work.export
        try:
            made = await self._spliced(work)
            await self._finish(work, made)
        except SplicingStoppedError:
            await self._end(export, ExportState.CANCELLED)
        except _FailedError as error:
            await self._end(export, ExportState.FAILED, str(error))
        except Exhausted as error:
            await self._end(export, ExportState.FAILED, error.sentence)
        except StorageError:
            await self._clock.sleep(_ARCHIVE_PAUSE_S)
            await self._again(export, _ARCHIVE)
        except (BrokenRecordingError, FileNotFoundError):
            # Footage went, or was finished, between the look at it and the copying.
            await self._again(export, _CHANGED)
        except asyncio.CancelledError:
            await self._give_back(export)
            raise

    async def _spliced(self, work: _Work) -> Spliced:
        export = work.export
        sources = await self._sources(work)
        name = _film_name(export)
        splicer = Splicer(
            sources,
            work.folder,
            name_of=lambda number, count: _numbered(name, number, count),
            is_wanted=work.is_wanted,
            on_progress=work.note,
        )
        speed = export.speed if export.kind is ExportKind.TIMELAPSE else None
        plan = await self._in_thread(work, lambda: splicer.plan_in_thread(speed=speed))
        if not plan.films:
            raise _FailedError(_UNREADABLE if plan.unreadable else _NOTHING)
        await self._check_room(export, plan)
        return await self._in_thread(work, lambda: splicer.make_in_thread(plan))

    async def _sources(self, work: _Work) -> list[Source]:
        export = work.export
        segments = await self._recordings.segments(
            export.camera_id, export.span, newest_first=False, live=True
        )
        if not segments:
            raise _FailedError(_NOTHING)
        staged, sources = work.folder / _WORK, []
        for segment in segments:
            sources.append(
                await self._footage.source(segment, export.span, staged, is_wanted=work.is_wanted)
            )
            if staged.exists():
                # Fetching from an archive takes its time.
                await self._check(work)
                if not work.is_wanted():
                    raise SplicingStoppedError
        return sources

    async def _check_room(self, export: Export, plan: Plan) -> None:
        """Raise Exhausted where there is no room for it, before a byte is written."""
        async with self._database.read() as reading:
            burden = await repository.burden(reading, beside=export.id)
        await self._folders.check_room(plan.size_bytes, burden)
        async with self._database.write() as writing:
            await repository.note_size(writing, export.id, plan.size_bytes)

    async def _in_thread(self, work: _Work, do: Callable[[], _Made]) -> _Made:
        """Have the thread do something; meanwhile tell how far it is, and stop it if need be."""
        doing = asyncio.get_running_loop().run_in_executor(self._thread, do)
        # Nobody may be there any more to hear how it ended.
        doing.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            while not (await asyncio.wait([doing], timeout=_NOTE_EVERY_S))[0]:
                await self._check(work)
        finally:
            if not doing.done():
                work.stop.set()
                await asyncio.wait([doing], timeout=_LET_GO_S)
        return doing.result()

    async def _check(self, work: _Work) -> None:
        export_id = work.export.id
        if work.progress != work.noted:
            async with self._database.write() as writing:
                await repository.note_progress(writing, export_id, work.progress)
            work.noted = work.progress
        async with self._database.read() as reading:
            if await repository.is_unwanted(reading, export_id):
                work.stop.set()

    async def _finish(self, work: _Work, made: Spliced) -> None:
        await self._check(work)
        if not work.is_wanted():
            raise SplicingStoppedError
        export, now = work.export, self._clock.now()
        manifest = manifest_of(export, made, made_at=now.isoformat(), hub=self._hub)
        await asyncio.to_thread(_put_in_order, work.folder, manifest)
        async with self._database.write() as writing:
            is_done = await repository.note_done(
                writing,
                export.id,
                manifest=manifest,
                size_bytes=sum(file.size_bytes for file in made.files),
                at=now,
                until=now + self._keep,
            )
        if not is_done:
            await self._tidier.delete(export.id)
        log.info("export_made", export=export.id, files=len(made.files))

    async def _end(self, export: Export, state: ExportState, error: str = "") -> None:
        # First the files: an export that is over has none.
        await self._tidier.delete(export.id)
        async with self._database.write() as writing:
            await repository.note_over(
                writing, export.id, ExportState.RUNNING, state, at=self._clock.now(), error=error
            )
        log.info("export_ended", export=export.id, state=state.value)

    async def _again(self, export: Export, sentence: str) -> None:
        """Queue an export once more, or give it up with a sentence."""
        if export.attempts >= MOST_ATTEMPTS:
            await self._end(export, ExportState.FAILED, sentence)
            return
        async with self._database.write() as writing:
            await repository.requeue(writing, export, counts=True)

    async def _give_back(self, export: Export) -> None:
        """Have the next worker make it: this one is told to end, which is nobody's failure."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LET_GO_S), self._database.write() as writing:
                await repository.requeue(writing, export, counts=False)


def _film_name(export: Export) -> str:
    """Return what the files of an export are called, without number and suffix.

    Letters, digits and hyphens: it goes into headers and onto every kind of disk.
    """
    camera = slug_of(export.camera_name)[:_MOST_SLUG].strip("-") or f"camera-{export.camera_id}"
    kind = "" if export.kind is ExportKind.CLIP else f"-{export.speed}x"
    return f"{camera}-{stem(export.span.from_ms)}-{stem(export.span.to_ms)}{kind}"


def _numbered(name: str, number: int, count: int) -> str:
    return f"{name}{VIDEO_SUFFIX}" if count == 1 else f"{name}-part{number}{VIDEO_SUFFIX}"


def _put_in_order(folder: Path, manifest: str) -> None:
    """Write the manifest and delete what was only needed on the way."""
    ExportFolders.delete_below(folder / _WORK)
    (folder / FILE_NAME).write_text(manifest + "\n", encoding="utf-8")
