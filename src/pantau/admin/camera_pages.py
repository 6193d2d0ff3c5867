"""Everything about cameras in the admin, in the order in which addresses are recognised."""

from pantau.admin.camera import CameraPages
from pantau.admin.camera_form import CameraFormPages
from pantau.admin.cameras import CameraListPages, CameraServices
from pantau.admin.cameras_chosen import ChosenPages
from pantau.admin.frame import Frame
from pantau.web.endpoints import Endpoints


class CameraSection:
    """List, form and camera; `lambda frame: CameraSection(frame, services)` in `Services.further`.

    Pages of others below /admin/cameras stand before it.
    """

    def __init__(self, frame: Frame, services: CameraServices) -> None:
        self._parts = (
            CameraListPages(frame, services),
            ChosenPages(frame, services),
            CameraFormPages(frame, services),
            CameraPages(frame, services),
        )

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        for part in self._parts:
            part.declare(add)
