"""What the pages about recordings are made of, and what several of them say alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pantau.admin.camera_words import Mark
from pantau.admin.cameras import AreaPoint
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_moments import moment_of
from pantau.admin.wording import Wording
from pantau.cameras.editing import CameraEditor
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.core.names import natural_key
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.models import Export
from pantau.recordings.exports.service import Exports
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.keeping_values import Disk, Level, Storage
from pantau.recordings.models import Span
from pantau.recordings.service import RecordingService
from pantau.web.principal import Principal

RECORDINGS: Final = "/admin/recordings"
_THOUSAND: Final = 1000
_DEFAULT_FOLDER: Final = "recordings"
"""In the data folder, where nobody chose another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingServices:
    """What the pages show and change."""

    recordings: RecordingService
    footage: RecordingCatalogue
    keeping: Keeping
    exports: Exports
    links: ClipLinks
    cameras: Catalogue
    editor: CameraEditor
    areas: Callable[[], Awaitable[Sequence[AreaPoint]]]
    clock: Clock
    link_address: Callable[[str], str]
    """Where whoever has the token of a link finds its clip: an address of this hub."""
    file_address: Callable[[Export, str], str]
    """Where a file of an export is fetched, by its name."""
    manifest_address: Callable[[Export], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDisk:
    """A disk in the reader's words; the widths are of a hundred."""

    disk: Disk
    name: str
    folder: str
    """Where it is on this machine; empty: not known."""
    state: Mark
    said: str
    footage: str
    other: str
    free: str
    total: str
    footage_width: float
    other_width: float


def path_of(camera_id: int) -> str:
    """Return the address of a camera's page about recordings."""
    return f"{RECORDINGS}/{camera_id}"


def playback_path(camera_id: int, slug: str = "", at_ms: int | None = None) -> str:
    """Return where a camera's footage is played, from a moment on."""
    page = f"/rekaman/{camera_id}-{slug}" if slug else f"/rekaman/{camera_id}"
    return page if at_ms is None else f"{page}?t={moment_of(at_ms):%Y-%m-%dT%H:%M:%SZ}"


def camera_name(services: RecordingServices, camera_id: int, speak: Wording) -> str:
    """Return what a camera is called, also of one that was removed."""
    camera = services.cameras.by_id(CameraId(camera_id))
    if camera is not None:
        return camera.name
    return speak("Removed camera %(id)s") % {"id": camera_id}


def offered(services: RecordingServices, who: Principal) -> list[tuple[str, list[Camera]]]:
    """Return the cameras that somebody runs, by area and name, for a list to choose from."""
    groups: dict[str, list[Camera]] = {}
    for each in sorted(services.cameras.all(), key=lambda camera: natural_key(camera.name)):
        if who.may_change_area(each.area_id):
            groups.setdefault(each.area_name or "", []).append(each)
    return sorted(groups.items(), key=lambda pair: (not pair[0], natural_key(pair[0])))


def widths(runs: Sequence[Span], whole: Span) -> list[tuple[float, float]]:
    """Return where runs begin in a row of a thousand, and how wide they are there."""
    scale = _THOUSAND / (whole.to_ms - whole.from_ms)
    parts = (part for run in runs if (part := run.overlap(whole)) is not None)
    return [
        (
            round((part.from_ms - whole.from_ms) * scale, 1),
            # The thinnest line that is still seen: a run of a minute is no gap.
            max(1.0, round((part.to_ms - part.from_ms) * scale, 1)),
        )
        for part in parts
    ]


def shown_disks(storage: Storage, speak: Wording) -> list[ShownDisk]:
    """Return the disks in the reader's words."""
    return [_shown_disk(each, storage, speak) for each in storage.disks]


def _is_default(storage: Storage, place: str) -> bool:
    return place != storage.called(place) == _DEFAULT_FOLDER


def _shown_disk(disk: Disk, storage: Storage, speak: Wording) -> ShownDisk:
    fig = Figures(speak)
    total, free, other = disk.total_bytes, disk.free_bytes, disk.other_bytes
    return ShownDisk(
        disk=disk,
        name=place_name(storage, disk.place, speak),
        folder=storage.folders.get(disk.place, ""),
        state=level_mark(disk, speak),
        said=_said(disk, fig, speak),
        footage=fig.size(disk.footage_bytes),
        other="" if other is None else fig.size(other),
        free="" if free is None else fig.size(free),
        total="" if total is None else fig.size(total),
        footage_width=_share(disk.footage_bytes, total),
        other_width=_share(other, total),
    )


def place_name(storage: Storage, place: str, speak: Wording) -> str:
    """Return what a place is called; the one that nobody chose or named, in the reader's words."""
    if _is_default(storage, place):
        return speak("Disk for recordings")
    return storage.called(place)


def disk_title(storage: Storage, place: str, speak: Wording) -> str:
    """Return the same where it must be said that it is a disk."""
    name = place_name(storage, place, speak)
    return name if _is_default(storage, place) else speak("Disk %(place)s") % {"place": name}


def level_mark(disk: Disk, speak: Wording) -> Mark:
    """Return how it is with a disk; a badge only where somebody should look."""
    if disk.is_read_only:
        return Mark(speak("Cannot be written to"), "warn", "bad")
    return {
        Level.OK: Mark(speak("Room enough")),
        Level.LOW: Mark(speak("Nearly full"), "warn", "warn"),
        Level.CRITICAL: Mark(speak("As good as full"), "warn", "bad"),
        Level.RESERVE: Mark(speak("Full, recording pauses"), "warn", "bad"),
        Level.UNKNOWN: Mark(speak("Cannot be read"), "ask", "bad"),
        Level.GONE: Mark(speak("Not there"), "off", "bad"),
    }[disk.level]


def _said(disk: Disk, fig: Figures, speak: Wording) -> str:
    if disk.level in {Level.GONE, Level.UNKNOWN}:
        return speak("Nothing is deleted while nobody knows how much room there is.")
    if disk.level is Level.RESERVE:
        return speak("Recording goes on by itself when there is room again.")
    if disk.hours_left is None:
        return speak("Nothing is written here at the moment.")
    return speak("Room for another %(span)s of recording") % {"span": fig.hours(disk.hours_left)}


def _share(part: int | None, whole: int | None) -> float:
    return round(100 * part / whole, 1) if part and whole else 0.0
