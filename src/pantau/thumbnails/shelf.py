"""The newest still of each camera on disk, so that a restart of everything still shows pictures."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pantau.core.ids import CameraId
from pantau.thumbnails.stills import WIDTHS_PX, Still


class Shelf:
    """One file per camera and width; its modification time is when the picture was taken.

    Only the worker writes.  Reading and writing block for a fraction of a millisecond each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, camera_id: CameraId, width_px: int, still: Still) -> None:
        """Keep `still` in place of the one before; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(camera_id, width_px)
        draft = file.with_suffix(".new")
        draft.write_bytes(still.jpeg)
        taken_s = still.taken_at.timestamp()
        os.utime(draft, (taken_s, taken_s))
        draft.replace(file)

    def get(self, camera_id: CameraId, width_px: int) -> Still | None:
        """Return what is kept of a camera."""
        file = self._file(camera_id, width_px)
        try:
            taken_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            return Still(file.read_bytes(), taken_at)
        except OSError:
            return None

    def all_of(self, camera_id: CameraId) -> Iterator[tuple[int, Still]]:
        """Give what is kept of a camera, with the widths."""
        for width_px in WIDTHS_PX:
            still = self.get(camera_id, width_px)
            if still is not None:
                yield width_px, still

    def keep_only(self, camera_ids: set[CameraId]) -> None:
        """Throw away the stills of cameras that are gone."""
        for file in self._folder.glob("*.jpg"):
            number = file.stem.partition("-")[0]
            if not number.isdigit() or int(number) not in camera_ids:
                file.unlink(missing_ok=True)

    def _file(self, camera_id: CameraId, width_px: int) -> Path:
        return self._folder / f"{camera_id}-{width_px}.jpg"
