"""Has pictures of recordings made by child processes, so that a broken file costs one request."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pantau.core.clock import Clock

PictureForm = Literal["jpeg", "webp"]
DEFAULT_TILE_PX: Final = (160, 90)
DEFAULT_EVERY_S: Final = 10


class PictureError(Exception):
    """No picture came of it.  `cause`: `gone`, `none` (nothing there), `broken`, `timed_out`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class PicturesBusyError(Exception):
    """Too many wait for pictures already; try again in a few seconds."""


@dataclass(frozen=True, slots=True)
class StillPicture:
    """One picture; `at_ms` is its media time in the file, at or before what was asked for."""

    data: bytes
    at_ms: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class SpriteSheet:
    """Small pictures in rows; tile i shows `at_ms[i]` and is at (i % columns, i // columns)."""

    data: bytes
    columns: int
    tile_px: tuple[int, int]
    at_ms: tuple[int, ...]
    """Media times in the file, growing."""
    every_ms: int


class PictureMaker:
    """Asks children for pictures, at most two at once.  Loop only; close it at the end."""

    def __init__(
        self, *, clock: Clock, program: Sequence[str] = (), deadline_s: float = 20.0
    ) -> None:
        raise NotImplementedError

    async def still(
        self, video: Path, at_ms: int, *, width_px: int = 1280, form: PictureForm = "jpeg"
    ) -> StillPicture:
        """Return the picture that is shown `at_ms` after the file's beginning.

        Raises `PictureError` and `PicturesBusyError`.  Also over a file that is being written.
        """
        raise NotImplementedError

    async def sheet(
        self,
        video: Path,
        *,
        every_s: int = DEFAULT_EVERY_S,
        tile_px: tuple[int, int] = DEFAULT_TILE_PX,
        form: PictureForm = "webp",
    ) -> SpriteSheet:
        """Return small pictures of a whole file, made of its key frames.  Raises as `still`."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the children."""
        raise NotImplementedError


def sheet_vtt(sheet: SpriteSheet, image_url: str, *, until_ms: int, offset_ms: int = 0) -> str:
    """Return WebVTT whose cues name tiles of `image_url` with `#xywh=`; `until_ms` ends the last.

    `offset_ms` is added to all times.
    """
    raise NotImplementedError
