"""The newest stills of each camera on disk, so that a restart of everything shows pictures."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pantau.core.ids import CameraId
from pantau.thumbnails.addresses import FORMS, WIDTHS_PX, StillForm
from pantau.thumbnails.stills import Still


class Shelf:
    """One file per camera, width and form; its modification time is when the picture was taken.

    Only the worker writes.  Reading and writing block for a fraction of a millisecond each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(
        self, camera_id: CameraId, width_px: int, still: Still, form: StillForm = "jpg"
    ) -> None:
        """Keep `still` in place of the one before, which is there until that; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(camera_id, width_px, form)
        draft = file.with_name(file.name + ".new")
        draft.write_bytes(still.data)
        taken_s = still.taken_at.timestamp()
        os.utime(draft, (taken_s, taken_s))
        draft.replace(file)

    def get(self, camera_id: CameraId, width_px: int, form: StillForm = "jpg") -> Still | None:
        """Return what is kept of a camera."""
        try:
            # One file all the time, whatever takes its place meanwhile.
            with self._file(camera_id, width_px, form).open("rb") as file:
                taken_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
                return Still(file.read(), taken_at)
        except OSError:
            return None

    def keep_only(self, camera_ids: set[CameraId]) -> None:
        """Throw away the stills of cameras that are gone."""
        for form in FORMS:
            for file in self._folder.glob(f"*.{form}"):
                number = file.stem.partition("-")[0]
                if not number.isdigit() or int(number) not in camera_ids:
                    file.unlink(missing_ok=True)

    def forget(self, camera_id: CameraId) -> None:
        """Throw away the stills of a camera that shows something else; raises OSError."""
        for form in FORMS:
            for width_px in WIDTHS_PX:
                self._file(camera_id, width_px, form).unlink(missing_ok=True)

    def _file(self, camera_id: CameraId, width_px: int, form: StillForm) -> Path:
        return self._folder / f"{camera_id}-{width_px}.{form}"
