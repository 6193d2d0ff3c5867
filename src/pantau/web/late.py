"""An application that is loaded when somebody asks for one of its addresses."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

import structlog

from pantau.core.clock import Clock, SystemClock
from pantau.core.errors import NotFound
from pantau.web.exchange import ASGIApp, Receive, Scope, Send

log = structlog.get_logger()

_OF_TWO_WORDS: Final = "api"
LOADING_S: Final = "loading_s"
"""Key of the request's state: how long it waited for this.  No latency of its endpoint."""


class LateApplication:
    """Answers for `load`'s application, and says of all else that it is not there.  Loop only.

    `load` runs once, in a thread: imports hold nobody up.  `addresses` are the beginnings that
    `beginning` makes of the application's own: programs that try addresses at random, as they do
    on every public server, have nothing loaded.
    """

    def __init__(
        self,
        load: Callable[[], ASGIApp],
        *,
        addresses: Collection[str],
        clock: Clock | None = None,
    ) -> None:
        self._load = load
        self._clock = clock or SystemClock()
        self._addresses = frozenset(addresses)
        self._loading = asyncio.Lock()
        self._application: ASGIApp | None = None

    @property
    def is_loaded(self) -> bool:
        """Tell whether anybody asked yet."""
        return self._application is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if beginning(scope["path"]) not in self._addresses:
            raise NotFound("not_found", "Not Found.")
        application = self._application
        if application is None:
            began_mono = self._clock.mono_s()
            application = await self.loaded()
            scope.setdefault("state", {})[LOADING_S] = self._clock.mono_s() - began_mono
        await application(scope, receive, send)

    async def loaded(self) -> ASGIApp:
        """Return the application; the first who asks waits for it."""
        async with self._loading:
            if self._application is None:
                began_mono = self._clock.mono_s()
                self._application = await asyncio.to_thread(self._load)
                took_s = round(self._clock.mono_s() - began_mono, 3)
                log.info("endpoints_loaded", took_s=took_s)
            return self._application


def beginning(path: str) -> str:
    """Return the first word of `path`, of the API's the first two: `admin`, `api/cameras`."""
    _, word, *further = f"{path}/".split("/", 3)
    return f"{word}/{further[0]}" if word == _OF_TWO_WORDS else word
