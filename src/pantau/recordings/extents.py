"""How long a segment lasts, from its index."""

from typing import Final

from pantau.media.archive.index import Index

_DRIFT_MS: Final = 5_000
_DRIFT_SHARE: Final = 20
"""One part in so many that a camera's clock may be wrong by."""


def end_of(index: Index) -> int:
    """Return when a segment ends, Unix milliseconds.

    By the wall clock; by media time where the two are far apart: then the clock was set meanwhile,
    and claims footage that is not there, or none where there is some.
    """
    duration_ms = index.duration_ms
    if not index.fragments:
        return index.head.start_ms
    last = index.fragments[-1]
    wall_ms = last.wall_ms + (last.end_ms - last.at_ms)
    most_ms = _DRIFT_MS + duration_ms // _DRIFT_SHARE
    is_near = wall_ms > 0 and abs(wall_ms - duration_ms) <= most_ms
    return index.head.start_ms + (wall_ms if is_near else duration_ms)
