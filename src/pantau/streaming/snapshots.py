"""The public stream lists, encoded once when they change and then handed out as they are."""

import asyncio
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.streaming.schemas import (
    ActiveCameras,
    Streams,
    active_camera,
    one_stream,
    stream_camera,
)
from pantau.web.snapshot import Encoded

_HIT: Final = ((b"x-cache", b"HIT"),)
_AT_MOST_EVERY_S: Final = 0.25


class StreamSnapshots:
    """Holds the current lists; readers take what is there.  Loop only."""

    def __init__(self, catalogue: Catalogue, *, clock: Clock, public_url: str) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._public_url = public_url
        self._changed = asyncio.Event()
        self.active = _EMPTY
        self.streams = _EMPTY
        self.one: Mapping[int, Encoded] = {}
        self.rebuild()
        catalogue.on_change(self._changed.set)

    def rebuild(self) -> None:
        """Encode what has changed, in every encoding; some milliseconds for fifty cameras.

        Visitors never wait for it, the first one after a start included.
        """
        cameras = self._catalogue.public()
        active = ActiveCameras(data=[active_camera(camera) for camera in cameras])
        streams = Streams(
            data=[stream_camera(camera, public_url=self._public_url) for camera in cameras]
        )
        self.active = _renewed(self.active, active)
        self.streams = _renewed(self.streams, streams)
        self.one = {
            camera.id: _renewed(
                self.one.get(camera.id, _EMPTY), one_stream(camera, public_url=self._public_url)
            )
            for camera in cameras
        }

    async def run(self) -> None:
        """Rebuild after changes, a burst of them once; never returns."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.rebuild()
            await self._clock.sleep(_AT_MOST_EVERY_S)


def _renewed(before: Encoded, answer: BaseModel) -> Encoded:
    body = answer.model_dump_json().encode()
    if body == before.body:
        return before
    # Anybody may keep a list, and asks before using it again: a 304 is cheap.
    return Encoded(body, headers=_HIT, cross_origin=True).warm()


_EMPTY: Final = Encoded(b"")
