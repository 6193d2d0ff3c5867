"""Static files of earlier builds, kept on disk for tabs that were open during an update (F18)."""

import asyncio
import hashlib
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

log = structlog.get_logger()

MOST_FILES: Final = 2000
MOST_BYTES: Final = 32 * 2**20
"""A build has a hundred and fifty files and two megabytes; the next one shares most of them."""
_MOST_READY: Final = 32
_MARK_CHARS: Final = 10
_NAME: Final = re.compile(
    rf"(?:[a-z0-9_-]+/)*[A-Za-z0-9_.-]+\.(?P<mark>[0-9a-f]{{{_MARK_CHARS}}})\.[a-z]{{2,5}}"
)
_UNFINISHED: Final = ".part"
_Ready = TypeVar("_Ready")


def mark_of(body: bytes) -> str:
    """Return the part of an asset's name that its content decides."""
    return hashlib.sha256(body).hexdigest()[:_MARK_CHARS]


class OldAssets(Generic[_Ready]):
    """The files of the last builds, as many as fit; `ready` makes answers of names and bodies.

    Any number of processes share the folder: files appear whole or not at all, and the ones that
    go are those of builds that were started longest ago.  A folder that cannot be written, or is
    not there, holds nothing and hurts nobody.
    """

    def __init__(
        self,
        folder: Path,
        ready: Callable[[str, bytes], _Ready | None],
        *,
        most_files: int = MOST_FILES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._folder = folder
        self._make_ready = ready
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._ready: OrderedDict[str, _Ready] = OrderedDict()
        self._reading = asyncio.Lock()

    def keep_in_thread(self, bodies: Mapping[str, bytes]) -> None:
        """Store the files of the build that starts, by their marked names, and let old ones go."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, body in bodies.items():
                self._keep(self._folder / _flat(name), body)
            self._prune()
        except OSError as error:
            # Tabs that are open during the next update then get the newest file of the same name.
            log.warning("old_assets_not_kept", folder=str(self._folder), reason=str(error))

    async def find(self, name: str) -> _Ready | None:
        """Return the file with this marked name, if an earlier build had it."""
        if _NAME.fullmatch(name) is None:
            return None
        # One reader at a time: after an update a thousand tabs ask for the same file.
        async with self._reading:
            known = self._ready.get(name)
            if known is None:
                known = await asyncio.to_thread(self._read, name)
            if known is None:
                return None
            self._ready[name] = known
            self._ready.move_to_end(name)
            while len(self._ready) > _MOST_READY:
                self._ready.popitem(last=False)
            return known

    def _read(self, name: str) -> _Ready | None:
        found = _NAME.fullmatch(name)
        file = self._folder / _flat(name)
        try:
            body = file.read_bytes()
        except OSError:
            return None
        if found is None or mark_of(body) != found["mark"]:
            log.warning("old_asset_damaged", name=name)
            self._drop(file)
            return None
        return self._make_ready(name, body)

    def _drop(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("old_asset_stays", file=str(file), reason=str(error))

    def _keep(self, file: Path, body: bytes) -> None:
        try:
            if file.stat().st_size == len(body):
                os.utime(file)
                return
        except FileNotFoundError:
            pass
        part = file.with_name(f"{file.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        try:
            part.write_bytes(body)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def _prune(self) -> None:
        kept_bytes = 0
        newest_first = sorted(self._files(), reverse=True)
        for number, (_, size_bytes, file) in enumerate(newest_first, 1):
            kept_bytes += size_bytes
            if number > self._most_files or kept_bytes > self._most_bytes:
                file.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        for file in self._folder.iterdir():
            try:
                told = file.stat()
            except FileNotFoundError:
                # Another process was faster.
                continue
            yield told.st_mtime_ns, told.st_size, file


def _flat(name: str) -> str:
    return name.replace("/", "~")
