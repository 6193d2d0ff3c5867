"""Pictures of the timeline on disk: some megabytes that can be made again, never more than allowed.

One thread does everything, so that nothing is deleted while it is read.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pantau.media.archive.naming import start_of, stem

IMAGE_SUFFIX: Final = ".webp"
CUES_SUFFIX: Final = ".vtt"
_ROOM_BYTES: Final = 512 * 1024
"""About what one takes at most; room for it is made before it is."""
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Preview:
    """Small pictures of one segment, and which of them is which second."""

    image: bytes
    cues: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.image) + len(self.cues)


class Shelf:
    """Keeps previews by camera and segment, those used last.  Loop only."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="previews")
        self._sizes: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._is_loaded = False
        self.kept_bytes = 0

    async def get(self, camera_id: int, start_ms: int) -> Preview | None:
        """Return the preview of a segment; None: it is not kept."""
        return await self._run(lambda: self._get_in_thread((camera_id, start_ms)))

    async def make_room(self) -> None:
        """Delete those that nobody used for longest, until another one fits."""
        await self._run(lambda: self._make_room_in_thread(_ROOM_BYTES))

    async def put(self, camera_id: int, start_ms: int, preview: Preview) -> None:
        """Keep a preview; one that cannot be written is merely made again."""
        await self._run(lambda: self._put_in_thread((camera_id, start_ms), preview))

    async def kept(self) -> dict[int, set[int]]:
        """Return the beginnings of the segments of which there are previews, by camera."""
        return await self._run(self._kept_in_thread)

    async def forget(self, camera_id: int, start_ms: int) -> None:
        """Delete the preview of a segment."""
        await self._run(lambda: self._forget_in_thread((camera_id, start_ms)))

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _get_in_thread(self, key: tuple[int, int]) -> Preview | None:
        self._load_in_thread()
        image, cues = preview_files(self._folder, *key)
        try:
            found = Preview(image.read_bytes(), cues.read_bytes())
        except OSError:
            self._drop(key)
            return None
        self._note(key, found.size_bytes)
        return found

    def _put_in_thread(self, key: tuple[int, int], preview: Preview) -> None:
        self._make_room_in_thread(preview.size_bytes)
        if self.kept_bytes + preview.size_bytes > self._most_bytes:
            return
        image, cues = preview_files(self._folder, *key)
        with contextlib.suppress(OSError):
            image.parent.mkdir(parents=True, exist_ok=True)
            # The cues last: they say that both are there.
            _write(image, preview.image)
            _write(cues, preview.cues)
            self._note(key, preview.size_bytes)

    def _make_room_in_thread(self, size_bytes: int) -> None:
        self._load_in_thread()
        while self._sizes and self.kept_bytes + size_bytes > self._most_bytes:
            self._forget_in_thread(next(iter(self._sizes)))

    def _forget_in_thread(self, key: tuple[int, int]) -> None:
        self._drop(key)
        forget_preview(self._folder, *key)

    def _kept_in_thread(self) -> dict[int, set[int]]:
        self._load_in_thread()
        kept: dict[int, set[int]] = {}
        for camera_id, start_ms in self._sizes:
            kept.setdefault(camera_id, set()).add(start_ms)
        return kept

    def _load_in_thread(self) -> None:
        """Look what is there, once: those that were made first leave first."""
        if self._is_loaded:
            return
        self._is_loaded = True
        found: list[tuple[float, tuple[int, int], int]] = []
        with contextlib.suppress(OSError):
            for cues in self._folder.glob(f"*/*{CUES_SUFFIX}"):
                start_ms = start_of(cues.stem)
                if start_ms is None or not cues.parent.name.isdecimal():
                    continue
                with contextlib.suppress(OSError):
                    size_bytes = cues.stat().st_size
                    size_bytes += cues.with_suffix(IMAGE_SUFFIX).stat().st_size
                    key = (int(cues.parent.name), start_ms)
                    found.append((cues.stat().st_mtime, key, size_bytes))
        for _, key, size_bytes in sorted(found):
            self._note(key, size_bytes)

    def _note(self, key: tuple[int, int], size_bytes: int) -> None:
        self._drop(key)
        self._sizes[key] = size_bytes
        self.kept_bytes += size_bytes

    def _drop(self, key: tuple[int, int]) -> None:
        self.kept_bytes -= self._sizes.pop(key, 0)


def preview_files(folder: Path, camera_id: int, start_ms: int) -> tuple[Path, Path]:
    """Return where the picture and the cues of a segment are; they need not exist."""
    name = folder / str(camera_id) / stem(start_ms)
    return name.with_suffix(IMAGE_SUFFIX), name.with_suffix(CUES_SUFFIX)


def forget_preview(folder: Path, camera_id: int, start_ms: int) -> None:
    """Delete the preview of a segment, which need not exist.  Blocks for a moment."""
    for file in reversed(preview_files(folder, camera_id, start_ms)):
        with contextlib.suppress(OSError):
            file.unlink()


def _write(file: Path, data: bytes) -> None:
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(data)
    part.replace(file)
