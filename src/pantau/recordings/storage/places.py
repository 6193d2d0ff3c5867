"""The places that footage is kept in, by the names that rows call them.

A folder's name stands in a file in it, so that footage is found again wherever its disk is mounted
and in whatever order folders stand in the settings.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

import structlog

from pantau.media.archive.naming import index_key, video_key
from pantau.recordings.storage.base import Place, StorageError
from pantau.recordings.storage.local import LocalPlace

log = structlog.get_logger()

MARKER: Final = ".pantau-place"
_MOST_NAME: Final = 32
_ANSWER_S: Final = 10.0


class Places:
    """All places of this hub.  `default_dir` is what the settings' `dirs` mean when empty."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_name: Mapping[str, Place] = {place.name: place for place in places}

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_name.values())

    async def recognise(self) -> None:
        """Learn the names of folders whose disks were mounted after this began.

        Raises nothing; what does not answer within seconds is asked the next time.
        """
        for place in self.local:
            if place.name != _derived(place.root):
                continue
            name = None
            with contextlib.suppress(StorageError, TimeoutError):
                async with asyncio.timeout(_ANSWER_S):
                    name = await place.in_thread(partial(_marked, place.root))
            if name is not None and name not in self._by_name:
                log.info("storage_recognised", place=name)
                place.name = name
                self._by_name = {each.name: each for each in self}

    def find(self, name: str) -> Place | None:
        """Return the place of that name; None: not here at the moment."""
        return self._by_name.get(name)

    @property
    def local(self) -> tuple[LocalPlace, ...]:
        """The folders of this machine, in the order of the settings."""
        return tuple(place for place in self if isinstance(place, LocalPlace))

    def video_path(self, place: str, camera_id: int, start_ms: int) -> Path | None:
        """Return the file of a segment where it is one of this machine; it need not exist."""
        found = self.find(place)
        return None if found is None else found.local_path(video_key(camera_id, start_ms))

    def index_path(self, place: str, camera_id: int, start_ms: int) -> Path | None:
        """Return the index of a segment where it is one of this machine; it need not exist."""
        found = self.find(place)
        return None if found is None else found.local_path(index_key(camera_id, start_ms))

    def close(self) -> None:
        """Let go of the threads of local places."""
        for place in self.local:
            place.close()


def folders_of(dirs: Sequence[Path], data_dir: Path) -> tuple[Path, ...]:
    """Return the folders that the settings mean, absolute; never none."""
    return tuple(each.absolute() for each in dirs) or ((data_dir / "recordings").absolute(),)


def open_places(folders: Sequence[Path], *others: Place, makes: bool = True) -> Places:
    """Return the places of `folders`, and `others`; `makes`: have folders made that are missing.

    Never those that somebody named in the settings: where one is missing its disk is not mounted,
    and what is written there fills the disk below.  Blocks for a moment.  A folder that is not
    there or cannot be read is a place all the same, under a name that no row has: what it is asked
    for fails, and nothing counts as lost.
    """
    taken = {place.name for place in others}
    local: list[Place] = []
    for folder in _different(folders):
        if makes:
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
        name = _name_of(folder)
        if name in taken:
            # A copy of another disk: its files are what they are, its name is not.
            log.warning("storage_name_taken", name=name)
            name = _written(folder, _fresh(), replaces=True) or _derived(folder)
        taken.add(name)
        local.append(LocalPlace(name, folder))
    return Places([*local, *others])


def _different(folders: Sequence[Path]) -> list[Path]:
    """Return folders without those that are another one of them under another path."""
    found: dict[Path, Path] = {}
    for folder in folders:
        found.setdefault(folder.resolve(), folder)
    return list(found.values())


def is_there(place: LocalPlace) -> bool:
    """Tell whether the folder is the one that it was when it was opened.  Blocks for a moment.

    False for the empty folder where a disk should be mounted.
    """
    marked = _marked(place.root)
    if marked is None:
        # Of folders that nobody could ever write to.
        return place.name == _derived(place.root) and place.root.is_dir()
    return marked == place.name


def _name_of(folder: Path) -> str:
    return _marked(folder) or _written(folder, _fresh()) or _derived(folder)


def _marked(folder: Path) -> str | None:
    try:
        name = json.loads((folder / MARKER).read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) and 0 < len(name) <= _MOST_NAME else None


def _written(folder: Path, name: str, *, replaces: bool = False) -> str | None:
    """Return the name that the folder has from here on; None: nothing can be written there."""
    part = folder / f"{MARKER}.{secrets.token_hex(4)}"
    try:
        part.write_text(json.dumps({"name": name}) + "\n", encoding="utf-8")
        if replaces or (folder / MARKER).exists():
            # What stands there says nothing, or not the truth.
            part.replace(folder / MARKER)
        else:
            # A link and no renaming: of two processes that begin together one is first.
            with contextlib.suppress(FileExistsError):
                os.link(part, folder / MARKER)
    except OSError:
        return None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return _marked(folder)


def _fresh() -> str:
    return f"disk-{secrets.token_hex(4)}"


def _derived(folder: Path) -> str:
    return f"disk-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"


def is_ours(key: PurePosixPath) -> bool:
    """Tell whether a file belongs to this module and to no camera."""
    return key.name.startswith(MARKER)
