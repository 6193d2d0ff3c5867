"""Live streams whose misbehaviour a test decides, made of the pictures of one clip."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import anyio

from pantau.web.exchange import HotRequest, Reply
from tests.browser.clips import SEGMENT_S, Clip, clip

_WINDOW = 10


@dataclass(slots=True)
class ScriptedStream:
    """One live stream.  Change its fields while it plays; the next request sees them."""

    clip: Clip = field(default_factory=clip)
    began_mono: float = field(default_factory=time.monotonic)
    refuse_playlists: int = 0
    """How many playlist requests to refuse from now on."""
    refusal: Reply = field(default_factory=lambda: Reply(503))
    frozen_at: int | None = None
    """Newest segment for ever, as when a camera stops sending."""
    silent: bool = False
    """Accept requests for segments and never answer them."""
    playlists: int = 0
    segments: int = 0

    def freeze(self) -> None:
        self.frozen_at = self._newest()

    def thaw(self) -> None:
        """Go on where the stream froze: a camera does not make up for what it did not send."""
        assert self.frozen_at is not None
        self.began_mono = time.monotonic() - (self.frozen_at - _WINDOW + 1) * SEGMENT_S
        self.frozen_at = None

    async def reply(self, name: str) -> Reply:
        if name == "index.m3u8":
            self.playlists += 1
            if self.refuse_playlists > 0:
                self.refuse_playlists -= 1
                return self.refusal
            return Reply(200, self._playlist(), content_type=b"application/vnd.apple.mpegurl")
        if self.silent:
            await anyio.sleep(3600)
        if name == "init.mp4":
            return Reply(200, self.clip.init, content_type=b"video/mp4")
        number = int(name.removeprefix("seg").removesuffix(".mp4"))
        self.segments += 1
        return Reply(200, self.clip.segments[number], content_type=b"video/mp4")

    def _newest(self) -> int:
        if self.frozen_at is not None:
            return self.frozen_at
        elapsed = int((time.monotonic() - self.began_mono) / SEGMENT_S)
        return min(_WINDOW - 1 + elapsed, len(self.clip.segments) - 1)

    def _playlist(self) -> bytes:
        newest = self._newest()
        first = newest - _WINDOW + 1
        born_at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - self.began_mono)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{SEGMENT_S}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            '#EXT-X-MAP:URI="init.mp4"',
        ]
        for number in range(first, newest + 1):
            at = born_at + timedelta(seconds=(number - _WINDOW) * SEGMENT_S)
            stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines += [
                f"#EXT-X-PROGRAM-DATE-TIME:{stamp}",
                f"#EXTINF:{SEGMENT_S:.3f},",
                f"seg{number}.mp4",
            ]
        return ("\n".join(lines) + "\n").encode()


@dataclass(slots=True)
class ScriptedStreams:
    """All of them, as one route below /hls/."""

    by_key: dict[str, ScriptedStream] = field(default_factory=dict)

    async def serve(self, request: HotRequest) -> Reply:
        key, _, name = request.rest.partition("/")
        stream = self.by_key.get(key)
        if stream is None:
            return Reply(404)
        return await stream.reply(name)
