"""Fetches playlists and segments from our own engine, over its unix socket."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pantau.streaming.engine_wire import Answer, EngineWire, WireError
from pantau.streaming.origin_client import Ask
from pantau.streaming.origin_problems import CAUSE_HEADER, no_origin, problem_of, slow_origin

_CONNECT_S: Final = 2.0
_CAUSE: Final = CAUSE_HEADER.lower().encode()


class EngineClient:
    """A bounded number of kept connections.  Loop only; an async context manager."""

    is_foreign: Final = False
    """Queries other than those of blocking reload mean nothing to our engine."""

    def __init__(self, socket: Path, *, most_connections: int = 256) -> None:
        self._socket = str(socket)
        self._idle: list[EngineWire] = []
        self._places = asyncio.Semaphore(most_connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._idle:
            self._idle.pop().drop()

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body, or raise what `OriginClient.fetch` raises."""
        try:
            async with asyncio.timeout(ask.timeout_s), self._places:
                answer = await self._get(ask, count)
        except TimeoutError as error:
            raise slow_origin() from error
        except OSError as error:
            raise no_origin() from error
        if answer.status == HTTPStatus.OK:
            return answer.body
        cause = answer.headers.get(_CAUSE, b"").decode("latin-1")
        raise problem_of(answer.status, cause, is_playlist=ask.is_playlist)

    async def _get(self, ask: Ask, count: Callable[[int], None]) -> Answer:
        target = f"/{ask.path}/{ask.name}" + (f"?{ask.query}" if ask.query else "")
        while self._idle:
            wire = self._idle.pop()
            if not wire.is_usable:
                continue
            counted = _Counted(count)
            try:
                answer = await wire.get(target, count=counted, most_bytes=ask.most_bytes)
            except WireError:
                # The engine may close a connection in the moment in which we use it again.
                if counted.size_bytes:
                    raise
                break
            self._keep(wire)
            return answer
        async with asyncio.timeout(_CONNECT_S):
            _, wire = await asyncio.get_running_loop().create_unix_connection(
                EngineWire, self._socket
            )
        answer = await wire.get(target, count=count, most_bytes=ask.most_bytes)
        self._keep(wire)
        return answer

    def _keep(self, wire: EngineWire) -> None:
        if wire.is_usable:
            self._idle.append(wire)


class _Counted:
    """Hears of pieces, and remembers whether there was one."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self.size_bytes = 0

    def __call__(self, size_bytes: int) -> None:
        self.size_bytes += size_bytes
        self._count(size_bytes)
