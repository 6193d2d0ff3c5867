"""The pages about recordings, put together."""

from collections.abc import Callable

from pantau.admin.pages import MakePages
from pantau.admin.recordings_needs import RecordingServices
from pantau.admin.recordings_section import RecordingSection
from pantau.app.areas import area_service
from pantau.app.footage import Footage
from pantau.recordings.exports.manifest import FILE_NAME
from pantau.recordings.exports.models import Export
from pantau.recordings.exports.schemas import CLIPS, EXPORTS


def recording_pages(footage: Footage) -> MakePages:
    """Return the pages below /admin/recordings; those of playback tokens stand before them."""
    base, recording = footage.base, footage.recording
    services = RecordingServices(
        recordings=recording.service,
        footage=recording.catalogue,
        keeping=footage.keeping,
        exports=footage.exporting.exports,
        links=footage.exporting.links,
        cameras=footage.catalogue,
        editor=footage.editing.editor,
        areas=area_service(base).public,
        clock=base.clock,
        link_address=link_address(base.settings.public_url),
        file_address=file_address,
        manifest_address=manifest_address,
    )
    return lambda frame: RecordingSection(frame, services)


def link_address(public_url: str) -> Callable[[str], str]:
    """Return what makes the address of a clip from the token of its link."""
    return lambda token: f"{public_url}{CLIPS}/{token}"


def file_address(export: Export, name: str) -> str:
    """Return where a file of an export is fetched."""
    return f"{EXPORTS}/{export.id}/files/{name}"


def manifest_address(export: Export) -> str:
    """Return where the manifest of an export is fetched."""
    return f"{EXPORTS}/{export.id}/{FILE_NAME}"
