"""Has pictures of recordings made by child processes, so that a broken file costs one request."""

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from pantau.core.clock import Clock

log = structlog.get_logger()

PictureForm = Literal["jpeg", "webp"]
PROGRAM: Final = (sys.executable, "-m", "pantau.media.archive.pictures")
DEFAULT_TILE_PX: Final = (160, 90)
DEFAULT_EVERY_S: Final = 10
_MOST_AT_ONCE: Final = 2
_MOST_WAITING: Final = 32
_MOST_ANSWER_BYTES: Final = 16 << 20
_KNOWN_CAUSES: Final = frozenset({"gone", "none", "broken", "not_understood"})


class PictureError(Exception):
    """No picture came of it.  `cause`: `gone`, `none` (nothing there), `broken`, `timed_out`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class PicturesBusyError(Exception):
    """Too many wait for pictures already; try again in a few seconds."""


@dataclass(frozen=True, slots=True)
class StillPicture:
    """One picture; `at_ms` is its media time in the file, at or before what was asked for."""

    data: bytes
    at_ms: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class SpriteSheet:
    """Small pictures in rows; tile i shows `at_ms[i]` and is at (i % columns, i // columns)."""

    data: bytes
    columns: int
    tile_px: tuple[int, int]
    at_ms: tuple[int, ...]
    """Media times in the file, growing."""
    every_ms: int


class _CrashedError(Exception):
    """The child ended without an answer."""


class PictureMaker:
    """Asks children for pictures, at most two at once.  Loop only; close it at the end.

    A child is started when somebody asks and ends by itself when nobody does; one that answers
    later than `deadline_s` is killed.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        program: Sequence[str] = PROGRAM,
        deadline_s: float = 20.0,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._clock = clock
        self._program = tuple(program)
        self._deadline_s = deadline_s
        self._most_waiting = most_waiting
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)
        self._waiting = 0
        self._idle: list[Process] = []
        self._working: set[Process] = set()
        self._asked = 0

    async def still(
        self, video: Path, at_ms: int, *, width_px: int = 1280, form: PictureForm = "jpeg"
    ) -> StillPicture:
        """Return the picture that is shown `at_ms` after the file's beginning.

        Raises `PictureError` and `PicturesBusyError`.  Also over a file that is being written.
        """
        told = await self._ask(
            {"do": "still", "video": str(video), "at_ms": at_ms, "width_px": width_px, "form": form}
        )
        return StillPicture(
            base64.b64decode(told["data_base64"]),
            told["at_ms"],
            told["width_px"],
            told["height_px"],
        )

    async def sheet(
        self,
        video: Path,
        *,
        every_s: int = DEFAULT_EVERY_S,
        tile_px: tuple[int, int] = DEFAULT_TILE_PX,
        form: PictureForm = "webp",
    ) -> SpriteSheet:
        """Return small pictures of a whole file, made of its key frames.  Raises as `still`.

        Tiles have the shape of the camera's pictures, within `tile_px`; of a long file there are
        fewer than `every_s` says.
        """
        told = await self._ask(
            {
                "do": "sheet",
                "video": str(video),
                "every_ms": every_s * 1000,
                "tile_px": list(tile_px),
                "form": form,
            }
        )
        every_ms: int = told["every_ms"]
        width_px, height_px = told["tile_px"]
        return SpriteSheet(
            base64.b64decode(told["data_base64"]),
            told["columns"],
            (width_px, height_px),
            tuple(number * every_ms for number in range(told["tiles"])),
            every_ms,
        )

    async def close(self) -> None:
        """End the children, those at work too."""
        for child in [*self._idle, *self._working]:
            await _end(child)
        self._idle.clear()

    async def _ask(self, question: Mapping[str, object]) -> dict[str, Any]:
        async with self._turn():
            began_mono = self._clock.mono_s()
            try:
                told = await self._told(question)
            except TimeoutError:
                self._log("picture_timed_out", question, began_mono)
                raise PictureError("timed_out") from None
            except _CrashedError:
                self._log("picture_process_ended", question, began_mono)
                raise PictureError("broken") from None
        if not told.get("ok"):
            cause = str(told.get("cause"))
            raise PictureError(cause if cause in _KNOWN_CAUSES else "broken")
        return told

    def _log(self, event: str, question: Mapping[str, object], began_mono: float) -> None:
        took_s = round(self._clock.mono_s() - began_mono, 1)
        log.warning(event, do=question["do"], took_s=took_s)

    async def _told(self, question: Mapping[str, object]) -> dict[str, Any]:
        while True:
            child = self._living_idle()
            if child is None:
                return await self._by(await self._started(), question)
            # One that ended in the very moment, for want of work, says nothing about the file.
            with contextlib.suppress(_CrashedError):
                return await self._by(child, question)

    async def _by(self, child: Process, question: Mapping[str, object]) -> dict[str, Any]:
        assert child.stdin is not None
        assert child.stdout is not None
        self._asked += 1
        number, is_well = self._asked, False
        self._working.add(child)
        try:
            async with asyncio.timeout(self._deadline_s):
                child.stdin.write(json.dumps({"id": number, **question}).encode() + b"\n")
                await child.stdin.drain()
                line = await child.stdout.readline()
            told: dict[str, Any] = json.loads(line)
            if told["id"] != number:
                raise _CrashedError
            is_well = True
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _CrashedError from error
        finally:
            self._working.discard(child)
            if is_well:
                self._idle.append(child)
            else:
                await _end(child)
        return told

    def _living_idle(self) -> Process | None:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
        return None

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._program,
            stdin=PIPE,
            stdout=PIPE,
            # What a library says there is about footage, and nobody's business.
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=_MOST_ANSWER_BYTES,
        )

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for one of the places, not in any crowd."""
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise PicturesBusyError
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()


def sheet_vtt(sheet: SpriteSheet, image_url: str, *, until_ms: int, offset_ms: int = 0) -> str:
    """Return WebVTT whose cues name tiles of `image_url` with `#xywh=`; `until_ms` ends the last.

    `offset_ms` is added to all times.
    """
    width_px, height_px = sheet.tile_px
    ends = (*sheet.at_ms[1:], max(until_ms, sheet.at_ms[-1] + 1))
    cues = ["WEBVTT"]
    for number, (begin, end) in enumerate(zip(sheet.at_ms, ends, strict=True)):
        row, column = divmod(number, sheet.columns)
        place = f"{column * width_px},{row * height_px},{width_px},{height_px}"
        cues.append(
            f"{_vtt_time(begin + offset_ms)} --> {_vtt_time(end + offset_ms)}\n"
            f"{image_url}#xywh={place}"
        )
    return "\n\n".join(cues) + "\n"


def _vtt_time(at_ms: int) -> str:
    seconds, milliseconds = divmod(max(0, at_ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


async def _end(child: Process) -> None:
    """End a child with all that it started, and wait until it is gone."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    await asyncio.shield(child.wait())
