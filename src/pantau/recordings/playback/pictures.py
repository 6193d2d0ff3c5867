"""Pictures of footage: one at any second, and small ones of a whole segment for the timeline."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.media.archive.picture_client import (
    PictureError,
    PictureForm,
    PicturesBusyError,
    SpriteSheet,
    StillPicture,
    sheet_vtt,
)
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.models import Reach, Segment, SegmentState, Span
from pantau.recordings.playback.charts import Chart, Charts
from pantau.recordings.playback.doors import unknown, visible_fragments
from pantau.recordings.playback.shelf import IMAGE_SUFFIX, Preview, Shelf
from pantau.recordings.playback.whereabouts import Whereabouts

Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]
_MOST_STILLS_BYTES: Final = 16 * 2**20
_MOST_FLIGHTS: Final = 64


class Maker(Protocol):
    """Decodes elsewhere, a few at once."""

    async def still(
        self, video: Path, at_ms: int, *, width_px: int = ..., form: PictureForm = ...
    ) -> StillPicture:
        """Return the picture at a media time; raises `PictureError`, `PicturesBusyError`."""
        ...

    async def sheet(self, video: Path, *, form: PictureForm = ...) -> SpriteSheet:
        """Return small pictures of a whole file; raises the same."""
        ...


class Pictures:
    """Has pictures made, each once however many ask, and keeps them for a while.  Loop only."""

    def __init__(
        self,
        recordings: RecordingCatalogue,
        charts: Charts,
        whereabouts: Whereabouts,
        *,
        maker: Maker,
        shelf: Shelf,
        spawn: Spawn,
    ) -> None:
        self._recordings = recordings
        self._charts = charts
        self._whereabouts = whereabouts
        self._maker = maker
        self._shelf = shelf
        self._spawn = spawn
        self._stills: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._stills_bytes = 0
        self._flights: dict[tuple[object, ...], asyncio.Future[bytes | Preview | Problem]] = {}

    async def still(
        self, camera_id: int, at_ms: int, reach: Reach, *, width_px: int, form: PictureForm
    ) -> bytes:
        """Return the picture that was to be seen at a moment; raises where there is none."""
        found = await self._recordings.segments(camera_id, Span(at_ms, at_ms + 1), limit=2)
        for segment in found:
            chart = await self._charts.of(segment)
            if chart is not None and _holds(chart, at_ms - segment.start_ms, reach):
                return await self._still(segment, at_ms - segment.start_ms, width_px, form)
        raise unknown()

    async def preview(self, segment: Segment, reach: Reach) -> Preview:
        """Return the preview of a segment that is closed and may be seen whole."""
        chart = await self._charts.of(segment)
        if chart is None or chart.closed_bytes is None or not len(chart):
            raise unknown()
        if visible_fragments(chart, reach) != (range(len(chart)),):
            raise unknown()
        kept = await self._shelf.get(segment.camera_id, segment.start_ms)
        if kept is not None:
            return kept
        landed = await self._once(
            ("preview", segment.camera_id, segment.start_ms),
            lambda: self._make_preview(segment, chart),
        )
        if not isinstance(landed, Preview):
            raise unknown()
        return landed

    async def tidy(self) -> None:
        """Delete the previews of footage that is no more."""
        for camera_id, starts in (await self._shelf.kept()).items():
            span = Span(min(starts), max(starts) + 1)
            found = await self._recordings.segments(camera_id, span, states=tuple(SegmentState))
            for start_ms in starts - {segment.start_ms for segment in found}:
                await self._shelf.forget(camera_id, start_ms)

    async def _still(self, segment: Segment, at_ms: int, width_px: int, form: PictureForm) -> bytes:
        key = ("still", segment.camera_id, segment.start_ms, at_ms, width_px, form)
        kept = self._stills.get(key)
        if kept is not None:
            self._stills.move_to_end(key)
            return kept
        video = self._video(segment)

        async def make() -> bytes:
            picture = await self._maker.still(video, at_ms, width_px=width_px, form=form)
            self._keep(key, picture.data)
            return picture.data

        landed = await self._once(key, make)
        if not isinstance(landed, bytes):
            raise unknown()
        return landed

    async def _make_preview(self, segment: Segment, chart: Chart) -> Preview:
        await self._shelf.make_room()
        sheet = await self._maker.sheet(self._video(segment), form="webp")
        name = segment.filename.removesuffix(".mp4") + IMAGE_SUFFIX
        cues = sheet_vtt(sheet, name, until_ms=chart.duration_ms)
        preview = Preview(sheet.data, cues.encode())
        await self._shelf.put(segment.camera_id, segment.start_ms, preview)
        return preview

    async def _once(
        self, key: tuple[object, ...], make: Callable[[], Awaitable[bytes | Preview]]
    ) -> bytes | Preview:
        """Return what `make` returns, also to whoever asks meanwhile; it goes on without them."""
        flight = self._flights.get(key)
        if flight is None:
            if len(self._flights) >= _MOST_FLIGHTS:
                raise _busy()
            flight = asyncio.get_running_loop().create_future()
            self._flights[key] = flight
            self._spawn("playback.picture", lambda: self._fly(key, make))
        landed = await asyncio.shield(flight)
        if isinstance(landed, Problem):
            # One exception raised for many would grow a traceback with each of them.
            raise type(landed)(landed.code, landed.sentence, field=None, **landed.facts)
        return landed

    async def _fly(
        self, key: tuple[object, ...], make: Callable[[], Awaitable[bytes | Preview]]
    ) -> None:
        landed: bytes | Preview | Problem = _busy()
        try:
            landed = await make()
        except PicturesBusyError:
            landed = _busy()
        except PictureError:
            landed = NotFound("recording.unknown", "There is no such footage.")
        except Problem as problem:
            landed = problem
        finally:
            self._flights.pop(key).set_result(landed)

    def _keep(self, key: tuple[object, ...], data: bytes) -> None:
        self._stills[key] = data
        self._stills_bytes += len(data)
        while self._stills_bytes > _MOST_STILLS_BYTES:
            self._stills_bytes -= len(self._stills.popitem(last=False)[1])

    def _video(self, segment: Segment) -> Path:
        video = self._whereabouts.local_video(segment)
        if video is None:
            raise Unavailable(
                "recording.archived",
                "This footage is in the archive, where no pictures are made of it.",
                retry_after_s=3600,
            )
        return video


def _holds(chart: Chart, at_ms: int, reach: Reach) -> bool:
    """Tell whether a file has a picture for a media time that may be seen."""
    if at_ms < 0 or at_ms >= chart.duration_ms:
        return False
    number = chart.number_at(at_ms)
    return any(number in shown for shown in visible_fragments(chart, reach))


def _busy() -> Unavailable:
    return Unavailable(
        "recording.busy", "Too many pictures are being made; try again.", retry_after_s=2
    )
