"""Tells whether a playlist moves between two looks: the proof of life of an HLS stream."""

from dataclasses import dataclass
from typing import Final

import aiohttp

from pantau.cameras.models import CameraSource
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.health import causes
from pantau.health.probing.answers import ALIVE, ProbeAnswer, Question, failed, failure, gone
from pantau.health.probing.web import RefusedError, WebClient, broken_off
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.hls_playlist import MediaPlaylist, Variant, best_variant, parse_playlist

_MOST_BYTES: Final = 1 << 20
_STILL_TARGETS: Final = 3.0
_LEAST_AGAIN_S: Final = 10.0
_MOST_AGAIN_S: Final = 60.0
_FLV: Final = b"FLV"
_JPEG: Final = b"\xff\xd8"
_SNIFFED_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class _Seen:
    newest: tuple[int, str]
    changed_mono: float


class WebProbe:
    """Asks HLS, MJPEG and FLV sources.  Loop only."""

    def __init__(self, client: WebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._seen: dict[CameraId, _Seen] = {}

    def keep_only(self, known: set[CameraId]) -> None:
        """Forget cameras that are not there any more."""
        self._seen = {id_: seen for id_, seen in self._seen.items() if id_ in known}

    async def ask_playlist(self, question: Question) -> ProbeAnswer:
        """Return whether the playlist moved since it was last asked."""
        try:
            playlist = await self._media_playlist(question.source)
        except SourceError as error:
            return failed(error)
        except RefusedError as error:
            return error.answer
        except (aiohttp.ClientError, OSError) as error:
            return broken_off(error)
        return self._judged(question.camera_id, playlist)

    async def ask_bytes(self, source: CameraSource, *, is_flv: bool) -> ProbeAnswer:
        """Return whether the first bytes are those of pictures."""
        try:
            async with self._client.get(source, source.url) as opened:
                first = await opened.read(_SNIFFED_BYTES, least_bytes=16)
                kind = opened.content_type
        except SourceError as error:
            return failed(error)
        except RefusedError as error:
            return error.answer
        except (aiohttp.ClientError, OSError) as error:
            return broken_off(error)
        if not first:
            return failure(Cause.CLOSED)
        if is_flv:
            return ALIVE if first.startswith(_FLV) else failure(Cause.NOT_MEDIA)
        is_picture = kind.startswith(("multipart/", "image/jpeg")) or first.startswith(_JPEG)
        return ALIVE if is_picture else failure(Cause.NOT_MEDIA)

    async def _media_playlist(self, source: CameraSource) -> MediaPlaylist:
        found = await self._playlist(source, source.url)
        if isinstance(found, MediaPlaylist):
            return found
        found = await self._playlist(source, best_variant(found).url)
        if not isinstance(found, MediaPlaylist):
            raise SourceError(Cause.NOT_MEDIA, "a list of lists of lists")
        return found

    async def _playlist(
        self, source: CameraSource, url: str
    ) -> MediaPlaylist | tuple[Variant, ...]:
        async with self._client.get(source, url) as opened:
            raw = await opened.read(_MOST_BYTES + 1)
            came_from = opened.url
        if len(raw) > _MOST_BYTES:
            raise SourceError(Cause.TOO_LARGE, "a playlist without end")
        return parse_playlist(raw.decode("utf-8", "replace"), came_from)

    def _judged(self, camera_id: CameraId, playlist: MediaPlaylist) -> ProbeAnswer:
        if playlist.is_ended:
            return gone(causes.ENDED)
        if not playlist.segments:
            return failure(Cause.NO_PICTURE)
        last = playlist.segments[-1]
        # The query often holds a token that is another one each time.
        newest = (last.number, last.url.partition("?")[0])
        now_mono, before = self._clock.mono_s(), self._seen.get(camera_id)
        if before is None or before.newest != newest:
            self._seen[camera_id] = _Seen(newest, now_mono)
        again_s = min(max(playlist.target_s * 2, _LEAST_AGAIN_S), _MOST_AGAIN_S)
        if before is None:
            return ProbeAnswer(None, again_s=again_s)
        if before.newest != newest:
            return ALIVE
        if now_mono - before.changed_mono < playlist.target_s * _STILL_TARGETS:
            return ProbeAnswer(None, again_s=again_s)
        return failure(causes.STOPPED)
