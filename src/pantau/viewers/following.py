"""One web process follows another on the same machine: views in progress go on with it.

Each has a socket beside those of the media server.  Whoever begins asks the others what they know,
so that players find their sessions; whoever ends gives the newest of the others what it has.
"""

import asyncio
import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from pantau.core.clock import Clock
from pantau.viewers.presence import Presence
from pantau.viewers.wire import read_view, written_view

log = structlog.get_logger()

_ANSWER_S: Final = 2.0
_MOST_LINE_BYTES: Final = 256 * 1024 * 1024
"""Of a hundred thousand views, each below two kilobytes."""
_TAKEN: Final = b"taken\n"


def is_followed(folder: Path) -> bool:
    """Tell whether another web process of this hub runs beside this one."""
    return sum(1 for _ in _living(folder)) > 1


class Following:
    """The socket of one web process, and what it says on those of others.  Loop only."""

    def __init__(self, presence: Presence, clock: Clock, folder: Path) -> None:
        self._presence = presence
        self._clock = clock
        self._folder = folder
        self._path = folder / f"views-{secrets.token_hex(4)}.sock"
        self._server: asyncio.Server | None = None

    async def begin(self) -> None:
        """Listen, and learn what other processes know: it stays theirs to write down."""
        self._server = await asyncio.start_unix_server(
            self._answer, self._path, limit=_MOST_LINE_BYTES
        )
        for other in self._others():
            with suppress(OSError, TimeoutError, ValueError, TypeError, KeyError):
                for told in json.loads(await self._ask(other, {"tell": True})):
                    self._presence.place(*read_view(told, self._clock))

    async def end(self) -> bool:
        """Hear no more, and return whether another process goes on with our views."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        message = {"take": self._all()}
        for other in self._others():
            with suppress(OSError, TimeoutError):
                if await self._ask(other, message) == _TAKEN:
                    return True
        return False

    def _others(self) -> list[Path]:
        return [path for path in _living(self._folder) if path != self._path]

    def _all(self) -> list[dict[str, object]]:
        ours = self._presence.is_ours
        views = [view for view in self._presence.views() if ours(view.owner)]
        return [written_view(view, self._clock) for view in views]

    async def _ask(self, path: Path, message: object) -> bytes:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(path, limit=_MOST_LINE_BYTES)
            try:
                writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
                await writer.drain()
                return await reader.readline()
            finally:
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                line = await reader.readline()
                if not line:
                    return  # somebody looked whether we are there
                message = json.loads(line)
                if "take" in message:
                    views = [read_view(told, self._clock) for told in message["take"]]
                    for view, numbers in views:
                        self._presence.inherit(view, numbers)
                    writer.write(_TAKEN)
                else:
                    writer.write(json.dumps(self._all()).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError, TypeError, KeyError) as error:
            log.warning("views_not_taken_over", error=type(error).__name__)
        finally:
            writer.close()


def _living(folder: Path) -> Iterator[Path]:
    """Yield the sockets at which somebody listens, the newest first; drop what the dead left."""
    found: list[tuple[float, Path]] = []
    for path in folder.glob("views-*.sock"):
        # Not by process ids: those of two containers say nothing to each other.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as trying:
            trying.settimeout(0)
            began = path.stat().st_mtime
            try:
                trying.connect(str(path))
            except BlockingIOError:
                pass  # more of us ask than are answered
            except ConnectionRefusedError:
                path.unlink()
                continue
            found.append((began, path))
    yield from (path for _, path in sorted(found, reverse=True))
