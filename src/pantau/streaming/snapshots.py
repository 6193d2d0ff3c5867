"""The public stream lists, encoded once when they change and then handed out as they are."""

import asyncio
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.streaming.schemas import active_camera, one_stream, stream_camera
from pantau.web.snapshot import Encoded

_HIT: Final = ((b"x-cache", b"HIT"),)
_AT_MOST_EVERY_S: Final = 0.25
_MOST_KEPT: Final = 2_048


@dataclass(slots=True)
class _Lines:
    """One camera as both lists show it, for as long as nothing about it changes."""

    camera: PublicCamera
    active: bytes
    stream: bytes


@dataclass(slots=True)
class _Single:
    camera: PublicCamera
    answer: Encoded
    version: int


class StreamSnapshots:
    """Holds the current lists; readers take what is there.  Loop only."""

    def __init__(self, catalogue: Catalogue, *, clock: Clock, public_url: str) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._public_url = public_url
        self._changed = asyncio.Event()
        self._turn = 0
        self._lines: dict[int, _Lines] = {}
        self._singles: dict[int, _Single] = {}
        self.active = _EMPTY
        self.streams = _EMPTY
        self.rebuild()
        catalogue.on_change(self._changed.set)

    def rebuild(self) -> None:
        """Encode what has changed, in every encoding; only changed cameras are written anew.

        Visitors never wait for it, the first one after a start included.
        """
        self._publish(*(_compressed(answer) for answer in self._written()))

    async def renew(self) -> None:
        """Do the same with the loop free while the long lists are compressed."""
        written = self._written()
        turn = self._turn
        ready = await asyncio.to_thread(lambda: [_compressed(answer) for answer in written])
        if turn == self._turn:
            self._publish(*ready)

    def one(self, camera_id: int) -> Encoded | None:
        """Return the answer about one camera; nothing where the public finds none."""
        kept, version = self._singles.get(camera_id), self._catalogue.version
        if kept is not None and kept.version == version:
            return kept.answer
        camera = self._catalogue.public_by_id(camera_id)
        if camera is None:
            self._singles.pop(camera_id, None)
            return None
        if kept is not None and kept.camera is camera:
            kept.version = version
            return kept.answer
        if len(self._singles) >= _MOST_KEPT:
            self._singles.clear()
        answer = _encoded(_json(one_stream(camera, public_url=self._public_url)))
        self._singles[camera_id] = _Single(camera, answer, version)
        return answer

    async def run(self) -> None:
        """Rebuild after changes, a burst of them once; never returns."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.renew()
            await self._clock.sleep(_AT_MOST_EVERY_S)

    def _written(self) -> tuple[Encoded, Encoded]:
        lines = [self._lines_of(camera) for camera in self._catalogue.public()]
        self._lines = {each.camera.id: each for each in lines}
        self._turn += 1
        return (
            _renewed(self.active, [each.active for each in lines]),
            _renewed(self.streams, [each.stream for each in lines]),
        )

    def _publish(self, active: Encoded, streams: Encoded) -> None:
        self.active, self.streams = active, streams

    def _lines_of(self, camera: PublicCamera) -> _Lines:
        kept = self._lines.get(camera.id)
        if kept is not None and kept.camera is camera:
            return kept
        return _Lines(
            camera,
            _json(active_camera(camera)),
            _json(stream_camera(camera, public_url=self._public_url)),
        )


def _json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()


def _renewed(before: Encoded, lines: list[bytes]) -> Encoded:
    # As `schemas.ActiveCameras` and `schemas.Streams` describe it.
    body = b'{"success":true,"data":[' + b",".join(lines) + b"]}"
    # Compressed once for many: worth fifteen milliseconds more for a tenth fewer bytes.
    return before if body == before.body else _encoded(body, gzip_level=9)


def _compressed(answer: Encoded) -> Encoded:
    return answer.warm()


def _encoded(body: bytes, *, gzip_level: int = 6) -> Encoded:
    # Anybody may keep a list, and asks before using it again: a 304 is cheap.
    return Encoded(body, headers=_HIT, cross_origin=True, gzip_level=gzip_level)


_EMPTY: Final = Encoded(b"")
