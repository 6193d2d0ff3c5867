"""`/api/recordings/<camera>/…` for whoever watches: lists, playlists, bytes, pictures.

In the fast lane: a player that jumps about asks ten times a second.  What else begins with
`/api/recordings/` is the application's.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pydantic import BaseModel

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Unavailable
from pantau.media.archive.naming import VIDEO_SUFFIX, start_of
from pantau.media.archive.picture_client import PictureForm
from pantau.recordings.catalogue import MOST_RUNS, RecordingCatalogue
from pantau.recordings.models import FOREVER, Reach, Segment, Span
from pantau.recordings.playback.asked import Query, midnight, month_of
from pantau.recordings.playback.doors import (
    NOBODY_KEEPS,
    Rights,
    Touch,
    kept,
    nobody_counts,
    sees_all,
    unknown,
    visible,
)
from pantau.recordings.playback.files import Files, answer
from pantau.recordings.playback.known import KnownSegments
from pantau.recordings.playback.lists import LONGEST_MS, ListWish, PlayLists
from pantau.recordings.playback.pictures import Pictures
from pantau.recordings.playback.pieces import PlayList
from pantau.recordings.playback.schemas import (
    SegmentsAnswer,
    SegmentsOutput,
    days_answer,
    segment_output,
    timeline_answer,
)
from pantau.recordings.playback.shelf import CUES_SUFFIX, IMAGE_SUFFIX
from pantau.recordings.playback.shown import ShownFiles
from pantau.recordings.playback.timeline import LONGEST_MS as LONGEST_TIMELINE_MS
from pantau.recordings.playback.timeline import Timelines
from pantau.recordings.storage.base import StorageError
from pantau.web.exchange import Choice, Header, HotRequest, Reply, Route, Streamed
from pantau.web.snapshot import Encoded

PREFIX: Final = "/api/recordings/"
PLAYLIST_TYPE: Final = b"application/vnd.apple.mpegurl"
_CAMERA: Final = re.compile(r"([0-9]{1,18})/(.+)", re.ASCII)
_FILE: Final = re.compile(r"(stream|previews)/([^/]{1,64})")
_STILLS: Final[dict[str, PictureForm]] = {"still.jpg": "jpeg", "still.webp": "webp"}
_PICTURE_TYPES: Final = {"jpeg": b"image/jpeg", "webp": b"image/webp"}
_CUES_TYPE: Final = b"text/vtt; charset=utf-8"
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_MOST_SEGMENTS: Final = 5_000
_USUAL_WIDTH_PX: Final = 1280
_SEGMENTS_AT_ONCE: Final = 500
_PICTURES_KEPT_S: Final = 300
_WORTH_A_THREAD_BYTES: Final = 60_000

_Answering: TypeAlias = Callable[[HotRequest, int], Awaitable[Reply | Streamed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes are made of."""

    cameras: Catalogue
    recordings: RecordingCatalogue
    rights: Rights
    lists: PlayLists
    timelines: Timelines
    shown: ShownFiles
    pictures: Pictures
    files: Files
    clock: Clock
    touch: Touch = nobody_counts


class PlaybackRoutes:
    """The handlers.  Whoever may see nothing of a camera is told that there is nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._touch = parts.touch
        self._known = KnownSegments(parts.recordings, parts.clock)
        self._lists: dict[str, Route] = {
            "segments": self._route(self.segments),
            "timeline": self._route(self.timeline),
            "days": self._route(self.days),
            "playlist.m3u8": self._route(self.playlist),
            "playback.m3u8": self._route(self.playback),
            "still.jpg": self._route(self.still),
            "still.webp": self._route(self.still),
        }
        # Only what is not there counts: a player asks for a piece every few seconds, and the phones
        # behind one carrier's address share its count.
        self._bytes = {
            "stream": Route(self._handler(self.stream), cross_origin=True, limit="misses"),
            "previews": Route(self._handler(self.preview), cross_origin=True, limit="misses"),
        }

    def prefixes(self) -> dict[str, Choice]:
        """Return what to register in the fast lane."""
        return {PREFIX: Choice(self.pick)}

    def pick(self, rest: str) -> Route | None:
        """Return the route of what follows the prefix; None: not ours."""
        found = _CAMERA.fullmatch(rest)
        if found is None:
            return None
        file = _FILE.fullmatch(found[2])
        return self._lists.get(found[2]) if file is None else self._bytes[file[1]]

    def _route(self, answering: _Answering) -> Route:
        return Route(self._handler(answering), cross_origin=True)

    def _handler(
        self, answering: _Answering
    ) -> Callable[[HotRequest], Awaitable[Reply | Streamed]]:
        async def handle(request: HotRequest) -> Reply | Streamed:
            camera_id = int(request.rest.partition("/")[0])
            try:
                return await answering(request, camera_id)
            except StorageError as error:
                raise Unavailable(
                    "recording.storage",
                    "The footage cannot be read at the moment.",
                    retry_after_s=5,
                ) from error

        return handle

    async def segments(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with the files of a camera, newest first."""
        query = Query(request.query)
        limit = query.number("limit", _MOST_SEGMENTS, least=1, most=_MOST_SEGMENTS)
        from_ms, to_ms = query.moment("from"), query.moment("to")
        reach = await self._reach(request, camera_id)
        asked = Span(from_ms or 0, FOREVER.to_ms if to_ms is None else to_ms)
        parts = reach.within(asked) if asked.from_ms < asked.to_ms else ()
        found: list[Segment] = []
        if parts:
            # From the newest of what may be seen, so that the rest is not even counted.
            span = Span(parts[0].from_ms, parts[-1].to_ms)
            found = await self._newest(camera_id, span, reach, limit=limit + 1)
        camera = self._parts.cameras.by_id(camera_id)
        told = [
            segment_output(segment, Span(shown[0].from_ms, shown[-1].to_ms), size_bytes=size_bytes)
            for segment in found[:limit]
            if (shown := visible(segment, reach))
            and (size_bytes := await self._size(segment, reach))
        ]
        output = SegmentsOutput(
            camera_id=camera_id,
            camera_name=f"Camera {camera_id}" if camera is None else camera.name,
            segments=told,
            total_segments=len(told),
            is_cut=len(found) > limit,
        )
        return await self._json(request, SegmentsAnswer(data=output), reach)

    async def timeline(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with the runs and gaps of a span."""
        now_ms = self._now_ms()
        query = Query(request.query)
        span = query.span(now_ms=now_ms, usual_ms=_DAY_MS, most_ms=LONGEST_TIMELINE_MS)
        most_runs = query.number("limit", MOST_RUNS, least=1, most=MOST_RUNS)
        reach = await self._reach(request, camera_id)
        found = await self._parts.timelines.of(camera_id, span, reach, most_runs=most_runs)
        return await self._json(request, timeline_answer(camera_id, found, now_ms=now_ms), reach)

    async def days(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with the days of a month that have footage."""
        timelines = self._parts.timelines
        zone = timelines.zone
        month = month_of(Query(request.query).text("month"), now_ms=self._now_ms(), zone=zone)
        reach = await self._reach(request, camera_id)
        days, is_cut = await timelines.days(camera_id, month, reach)
        begun = [(day, midnight(day.on, zone)) for day in days]
        told = days_answer(camera_id, month, begun, zone=zone.key, is_cut=is_cut)
        return await self._json(request, told, reach)

    async def playlist(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with one list of the newest footage."""
        reach = await self._reach(request, camera_id)
        listed = await self._parts.lists.newest(camera_id, reach)
        return await self._listed(request, camera_id, listed, reach)

    async def playback(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with one list of a span, across files; without `to` it grows."""
        query = Query(request.query)
        from_ms, to_ms = query.needed_moment("from"), query.moment("to")
        if to_ms is not None:
            query.span(now_ms=self._now_ms(), usual_ms=_HOUR_MS, most_ms=LONGEST_MS)
        reach = await self._reach(request, camera_id)
        wish = ListWish(camera_id=camera_id, from_ms=from_ms, to_ms=to_ms)
        listed = await self._parts.lists.between(wish, reach)
        return await self._listed(request, camera_id, listed, reach)

    async def stream(self, request: HotRequest, camera_id: int) -> Reply | Streamed:
        """Answer with a file, or with a part of it."""
        name = request.rest.rpartition("/")[2]
        reach = await self._reach(request, camera_id)
        segment = await self._segment(camera_id, name, VIDEO_SUFFIX)
        shown = await self._parts.shown.look(segment, reach)
        query = Query(request.query)
        part = query.part()
        if part is not None:
            source, told = await self._parts.shown.open_part(segment, shown, part)
        else:
            source, told = await self._parts.shown.open(segment, shown), shown.told
        self._touch(camera_id, request)
        if query.text("download"):
            told = told.named(b"camera-%d-%s" % (camera_id, name.encode()))
        return answer(request, source, told)

    async def still(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with the picture of a moment."""
        query = Query(request.query)
        at_ms = query.needed_moment("at")
        width_px = query.number("width", _USUAL_WIDTH_PX, least=64, most=3840)
        form = _STILLS[request.rest.rpartition("/")[2]]
        reach = await self._reach(request, camera_id)
        picture = await self._parts.pictures.still(
            camera_id, at_ms, reach, width_px=width_px, form=form
        )
        return _picture(picture, _PICTURE_TYPES[form], reach)

    async def preview(self, request: HotRequest, camera_id: int) -> Reply:
        """Answer with the small pictures of a segment, or with which of them is which second."""
        name = request.rest.rpartition("/")[2]
        is_image = name.endswith(IMAGE_SUFFIX)
        reach = await self._reach(request, camera_id)
        suffix = IMAGE_SUFFIX if is_image else CUES_SUFFIX
        segment = await self._segment(camera_id, name, suffix)
        preview = await self._parts.pictures.preview(segment, reach)
        if is_image:
            return _picture(preview.image, b"image/webp", reach)
        return _picture(preview.cues, _CUES_TYPE, reach)

    async def _reach(self, request: HotRequest, camera_id: int) -> Reach:
        reach = await self._parts.rights.reach(request, camera_id)
        if not reach.spans:
            raise unknown()
        return reach

    async def _segment(self, camera_id: int, name: str, suffix: str) -> Segment:
        start_ms = start_of(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if start_ms is None or start_ms < 0:
            raise unknown()
        segment = await self._known.at(camera_id, start_ms)
        if segment is None:
            raise unknown()
        return segment

    async def _newest(
        self, camera_id: int, span: Span, reach: Reach, *, limit: int
    ) -> list[Segment]:
        """Return the newest of which something may be seen; what is hidden is not counted."""
        found: list[Segment] = []
        at_once = limit if sees_all(reach) else max(limit, _SEGMENTS_AT_ONCE)
        while len(found) < limit and span.from_ms < span.to_ms:
            some = await self._parts.recordings.segments(camera_id, span, limit=at_once, live=True)
            found += [segment for segment in some if visible(segment, reach)]
            if not some:
                break
            span = Span(span.from_ms, some[-1].start_ms)
        return found[:limit]

    async def _size(self, segment: Segment, reach: Reach) -> int:
        """Return how many bytes of a segment somebody may see; 0: nothing."""
        if reach.is_operator:
            return segment.size_bytes
        try:
            return (await self._parts.shown.look(segment, reach)).size_bytes
        except NotFound:
            return 0

    async def _listed(
        self, request: HotRequest, camera_id: int, listed: PlayList, reach: Reach
    ) -> Reply:
        if not listed.passages and listed.is_over:
            raise unknown()
        self._touch(camera_id, request)
        text = await self._parts.files.in_thread(listed.text)
        return await self._text(request, text.encode(), PLAYLIST_TYPE, reach)

    async def _json(self, request: HotRequest, told: BaseModel, reach: Reach) -> Reply:
        body = told.model_dump_json().encode()
        return await self._text(request, body, b"application/json; charset=utf-8", reach)

    async def _text(
        self, request: HotRequest, body: bytes, content_type: bytes, reach: Reach
    ) -> Reply:
        # Asked for again each time: what may be seen ends with the clock.
        is_gated = kept(reach) == NOBODY_KEEPS
        encoded = Encoded(
            body,
            content_type=content_type,
            cache_control=NOBODY_KEEPS if is_gated else b"private, no-cache",
            cross_origin=True,
            gzip_level=1,
        )
        if len(body) < _WORTH_A_THREAD_BYTES:
            return encoded.reply(request)
        return await self._parts.files.in_thread(lambda: encoded.reply(request))

    def _now_ms(self) -> int:
        return int(self._parts.clock.unix_s() * 1000)


def _picture(data: bytes, content_type: bytes, reach: Reach) -> Reply:
    cache: Header = (b"cache-control", kept(reach, kept_s=_PICTURES_KEPT_S))
    return Reply(200, data, content_type=content_type, headers=(cache,), cross_origin=True)
