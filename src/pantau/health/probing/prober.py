"""Asks a camera in the way of its kind, within a hard deadline."""

import asyncio
from typing import Protocol

from pantau.cameras.capabilities import SourceKind, kind_of
from pantau.cameras.models import CameraSource
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.core.networks import AddressPolicy
from pantau.health.probing.answers import MOST_S, ProbeAnswer, Question, failure
from pantau.health.probing.dialling import Dialler, Names
from pantau.health.probing.playlists import WebProbe
from pantau.health.probing.rtsp import RtspProbe
from pantau.health.probing.web import WebClient
from pantau.media.errors import Cause


class Asks(Protocol):
    """Whoever asks cameras."""

    async def ask(self, question: Question) -> ProbeAnswer:
        """Return what a camera says; never raises for what a camera does, never takes long."""
        ...

    def keep_only(self, known: set[CameraId]) -> None:
        """Forget cameras that are not there any more."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...


def kind_to_ask(source: CameraSource) -> SourceKind | None:
    """Return the kind of a source that can be asked; None where there is nothing to ask.

    The page of an embedded camera proves no picture, and test cards and files are our own.
    """
    kind = SourceKind(source.kind) if source.kind else kind_of(source.url)
    match kind:
        case SourceKind.RTSP | SourceKind.HLS | SourceKind.MJPEG | SourceKind.FLV:
            return kind
        case SourceKind.EMBED | SourceKind.MPEGTS_WS | SourceKind.FILE | SourceKind.TESTCARD | None:
            return None


class Prober:
    """All the ways of asking.  Loop only; `policy` is for sources that no admin wrote."""

    def __init__(self, *, policy: AddressPolicy, clock: Clock, most_s: float = MOST_S) -> None:
        dialler = Dialler(Names(clock), policy)
        self._most_s = most_s
        self._client = WebClient(dialler)
        self._rtsp = RtspProbe(dialler)
        self._web = WebProbe(self._client, clock)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    def keep_only(self, known: set[CameraId]) -> None:
        """Forget cameras that are not there any more."""
        self._web.keep_only(known)

    async def ask(self, question: Question) -> ProbeAnswer:
        """Return what a camera says, `timed_out` where it takes longer than a probe may."""
        try:
            async with asyncio.timeout(self._most_s):
                return await self._ask(question)
        except TimeoutError:
            return failure(Cause.TIMED_OUT)

    async def _ask(self, question: Question) -> ProbeAnswer:
        source = question.source
        match kind_to_ask(source):
            case SourceKind.RTSP:
                return await self._rtsp.ask(source)
            case SourceKind.HLS:
                return await self._web.ask_playlist(question)
            case SourceKind.MJPEG:
                return await self._web.ask_bytes(source, is_flv=False)
            case SourceKind.FLV:
                return await self._web.ask_bytes(source, is_flv=True)
            case _:
                return ProbeAnswer(None)
