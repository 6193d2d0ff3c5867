"""Everything about recordings in the admin, in the order in which addresses are recognised."""

from pantau.admin.frame import Frame
from pantau.admin.recording_exports import ExportPages
from pantau.admin.recordings import RecordingPages
from pantau.admin.recordings_camera import RecordingCameraPages
from pantau.admin.recordings_deletions import DeletionPages
from pantau.admin.recordings_holds import HoldPages
from pantau.admin.recordings_needs import RecordingServices
from pantau.admin.recordings_storage import StoragePages
from pantau.web.endpoints import Endpoints


class RecordingSection:
    """The pages below /admin/recordings; pages of others there stand before it."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._parts = (
            ExportPages(frame, services),
            HoldPages(frame, services),
            StoragePages(frame, services),
            DeletionPages(frame, services),
            RecordingPages(frame, services),
            RecordingCameraPages(frame, services),
        )

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        for part in self._parts:
            part.declare(add)
