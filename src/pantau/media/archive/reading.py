"""Reads recordings by their boxes: what is in a file, whether it is whole, and how to finish it."""

from pathlib import Path

from pantau.media.archive.index import Index


class BrokenRecordingError(ValueError):
    """Not a recording of ours, or one without a single whole fragment."""


def rebuild_index(
    file: Path, *, camera_id: int | None = None, start_ms: int | None = None
) -> Index:
    """Return the index of a video by its own boxes, as far as it is whole.

    Camera and beginning come from the path where they are not given.  `wall_ms` is the media time.
    Raises `BrokenRecordingError` and OSError.  Blocks.
    """
    raise NotImplementedError


def index_of(file: Path) -> Index:
    """Return the index beside a video, or one made from the video where that is torn or missing.

    Raises `BrokenRecordingError` and OSError.  Blocks.
    """
    raise NotImplementedError


def is_whole(file: Path) -> bool:
    """Tell whether a file was closed properly: sealed, its `moov` there, its index saying so."""
    raise NotImplementedError


def finish(file: Path) -> Index:
    """Close a recording that nobody writes any more; call it with the lock on the file held.

    Cuts off a torn fragment, never a whole one; whole files stay as they are.  May be interrupted
    at any moment and called again.  Returns its index, which is whole then.  Raises
    `BrokenRecordingError` where there is nothing to save, and OSError.  Blocks.
    """
    raise NotImplementedError
