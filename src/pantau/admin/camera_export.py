"""Taking the cameras out as a file."""

from typing import Final

from fastapi import Request, Response

from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.typed import read_typed
from pantau.cameras.importing.export import CameraExport, ExportFormat, export_headers
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints

EXPORT: Final = "/admin/cameras/export"


class CameraExportPages:
    """A form and its download; a POST, because every export is written into the trail."""

    def __init__(self, frame: Frame, export: CameraExport) -> None:
        self._frame = frame
        self._export = export

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/cameras/export", access=operators(), **HIDDEN)(self.ask)
        add.post("/cameras/export", access=operators(), **HIDDEN)(self.download)

    async def ask(self, request: Request) -> Response:
        """Ask how to write it."""
        return self._frame.draw(request, "camera_export.html", {})

    async def download(self, request: Request) -> Response:
        """Write it."""
        typed = await read_typed(request)
        format_: ExportFormat = "csv" if typed.text("format") == "csv" else "json"
        text = await self._export.text(
            format_,
            with_secrets=typed.is_checked("with_secrets"),
            by=self._frame.asker(request),
        )
        return Response(text, headers=export_headers(format_))
