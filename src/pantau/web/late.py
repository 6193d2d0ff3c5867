"""An application that is loaded when somebody asks for one of its addresses."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from pantau.core.errors import NotFound
from pantau.web.exchange import ASGIApp, Receive, Scope, Send

_OF_TWO_WORDS: Final = "api"


class LateApplication:
    """Answers for `load`'s application, and says of all else that it is not there.  Loop only.

    `load` runs once, in a thread: imports hold nobody up.  `addresses` are the beginnings that
    `beginning` makes of the application's own: programs that try addresses at random, as they do
    on every public server, have nothing loaded.
    """

    def __init__(self, load: Callable[[], ASGIApp], *, addresses: Collection[str]) -> None:
        self._load = load
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
        application = self._application or await self.loaded()
        await application(scope, receive, send)

    async def loaded(self) -> ASGIApp:
        """Return the application; the first who asks waits for it."""
        async with self._loading:
            if self._application is None:
                self._application = await asyncio.to_thread(self._load)
            return self._application


def beginning(path: str) -> str:
    """Return the first word of `path`, of the API's the first two: `admin`, `api/cameras`."""
    _, word, *further = f"{path}/".split("/", 3)
    return f"{word}/{further[0]}" if word == _OF_TWO_WORDS else word
