"""The pages about recordings on the admin of a test, with footage in its database."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from pantau.admin.pages import MakePages
from pantau.admin.recordings_needs import RecordingServices
from pantau.admin.recordings_section import RecordingSection
from pantau.app.endpoints.recording_pages import file_address, link_address, manifest_address
from pantau.app.footage_deleting import kept_cameras
from pantau.areas.service import AreaService
from pantau.cameras.conditions import CatalogueConditions
from pantau.cameras.listing import CameraList
from pantau.core.ids import AreaId
from pantau.db.database import Reading
from pantau.recordings import keeping_rows, recorder_rows, repository
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.exports.folders import ExportFolders
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.rows import ExportRow
from pantau.recordings.exports.service import Exports
from pantau.recordings.holds import Holds
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Extent, Level, Storage
from pantau.recordings.models import EndCause, Reason, SegmentState
from pantau.recordings.own_cameras import OwnCameras
from pantau.recordings.planner import KeepingSettings, Planner
from pantau.recordings.quotas import Quotas
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.recordings.repository import Draft
from pantau.recordings.rows import DeletionRow
from pantau.recordings.service import RecordingService
from pantau.recordings.status import RecorderBook
from pantau.recordings.storage.places import open_places
from pantau.recordings.storage_note import storage_text
from tests.admin.house import SEALER, AdminHouse

MINUTE_MS = 60_000
TEN_MINUTES_MS = 600_000


def recording_pages_on(folder: Path) -> Callable[[AdminHouse], tuple[MakePages, ...]]:
    """Return what gives a house its pages about recordings; footage lies in `folder`."""

    def make(house: AdminHouse) -> tuple[MakePages, ...]:
        services = recording_services(house, folder)
        return (lambda frame: RecordingSection(frame, services),)

    return make


def recording_services(house: AdminHouse, folder: Path) -> RecordingServices:
    """Return the services as a web process puts them together."""

    async def no_cameras(_: Reading) -> dict[AreaId, int]:
        return {}

    footage = RecordingCatalogue(house.database, open_places([folder]), house.clock)
    clips = Exports(
        house.database,
        cameras=house.catalogue,
        recordings=footage,
        folders=ExportFolders(folder / "exports", most_bytes=10**12, reserve_bytes=1),
        most_hours=24,
        trail=house.trail,
        clock=house.clock,
    )
    return RecordingServices(
        recordings=RecordingService(
            house.database,
            catalogue=footage,
            book=RecorderBook(house.database, house.clock),
            cameras=CameraList(
                house.database,
                SEALER,
                conditions=CatalogueConditions(house.catalogue),
                clock=house.clock,
            ),
            editor=house.editor,
            trail=house.trail,
            clock=house.clock,
            keep_hours=72,
        ),
        footage=footage,
        keeping=keeping_on(house),
        exports=clips,
        links=ClipLinks(house.database, exports=clips, trail=house.trail, clock=house.clock),
        cameras=house.catalogue,
        editor=house.editor,
        areas=AreaService(house.database, count_cameras=no_cameras).public,
        clock=house.clock,
        link_address=link_address("http://hub.example"),
        file_address=file_address,
        manifest_address=manifest_address,
    )


def keeping_on(house: AdminHouse) -> Keeping:
    """Return what keeps footage, as a web process puts it together."""
    own = OwnCameras(house.catalogue)
    planner = Planner(
        house.database,
        catalogue=house.catalogue,
        own=own,
        cameras=kept_cameras,
        settings=KeepingSettings(keep_hours=72, low_hours=4, reserve_bytes=10**9),
        clock=house.clock,
    )

    async def names() -> Mapping[int, str]:
        return {int(each.area.id): each.area.name for each in await house.areas.all()}

    return Keeping(
        house.database,
        own=own,
        holds=Holds(house.database, own=own, trail=house.trail, clock=house.clock),
        quotas=Quotas(
            house.database,
            catalogue=house.catalogue,
            own=own,
            planner=planner,
            areas=names,
            trail=house.trail,
            clock=house.clock,
        ),
        planner=planner,
        trail=house.trail,
        clock=house.clock,
    )


async def record(
    house: AdminHouse, camera_id: int, *, hours: float, until_ago_s: float = 0, gap_at: float = 0
) -> None:
    """Put ten-minute files of some hours into the catalogue; `gap_at` hours ago one is missing."""
    now_ms = int(house.clock.now().timestamp() * 1000)
    end_ms = now_ms - int(until_ago_s * 1000)
    start_ms = (end_ms - int(hours * 3_600_000)) // TEN_MINUTES_MS * TEN_MINUTES_MS
    missing_ms = (now_ms - int(gap_at * 3_600_000)) // TEN_MINUTES_MS * TEN_MINUTES_MS
    drafts = [
        Draft(
            camera_id=camera_id,
            start_ms=at_ms,
            end_ms=min(at_ms + TEN_MINUTES_MS, end_ms),
            duration_ms=min(at_ms + TEN_MINUTES_MS, end_ms) - at_ms,
            size_bytes=150_000_000,
            place="main",
            state=SegmentState.CLOSED,
            cause=EndCause.BOUNDARY,
            fragments=600,
            codecs="avc1.64001f",
            width_px=1280,
            height_px=720,
        )
        for at_ms in range(start_ms, end_ms, TEN_MINUTES_MS)
        if not gap_at or at_ms != missing_ms
    ]
    async with house.database.write() as work:
        await repository.insert_many(work, drafts, at=house.clock.now())


async def report(
    house: AdminHouse,
    camera_id: int,
    status: RecorderStatus,
    *,
    cause: str = "",
    fragment_ago_s: float | None = 1,
    segment_ago_s: float | None = 240,
    since_ago_s: float = 7200,
) -> None:
    """Have the worker have seen a recorder."""
    now = house.clock.now()

    def moment(ago_s: float | None) -> int | None:
        return None if ago_s is None else int((now.timestamp() - ago_s) * 1000)

    is_recording = status is RecorderStatus.RECORDING
    state = RecorderState(
        camera_id=camera_id,
        status=status,
        cause=cause,
        since_at=now - timedelta(seconds=since_ago_s),
        last_segment_ms=moment(segment_ago_s),
        last_fragment_ms=moment(fragment_ago_s),
        bytes_per_s=250_000.0 if is_recording else 0.0,
        seen_at=now,
    )
    async with house.database.write() as work:
        await recorder_rows.save_states(work, [state], is_news=True)


async def note_disks(house: AdminHouse, count: int = 3) -> None:
    """Have the worker have seen two disks and missed a third, or the first `count` of them."""
    storage = Storage(
        disks=(
            Disk(
                place="main",
                level=Level.OK,
                total_bytes=8 * 10**12,
                free_bytes=3 * 10**12,
                footage_bytes=4 * 10**12,
                bytes_per_s=9e6,
                hours_left=92.0,
                volume=1,
            ),
            Disk(
                place="disk-2-with-a-long-name",
                level=Level.CRITICAL,
                total_bytes=10**12,
                free_bytes=10**10,
                footage_bytes=9 * 10**11,
                bytes_per_s=3e6,
                hours_left=0.9,
                volume=2,
            ),
            Disk(
                place="usb",
                level=Level.GONE,
                total_bytes=None,
                free_bytes=None,
                footage_bytes=0,
                bytes_per_s=0,
                hours_left=None,
            ),
        ),
        alarms=(Alarm(AlarmKind.CRITICAL, "disk-2-with-a-long-name"), Alarm(AlarmKind.GONE, "usb")),
        seen_at=house.clock.now(),
    )
    storage = replace(storage, disks=storage.disks[:count])
    async with house.database.write() as work:
        await keeping_rows.save_note(
            work, keeping_rows.STORAGE, storage_text(storage), at=house.clock.now()
        )


async def finish_export(house: AdminHouse, number: str) -> None:
    """Have the worker have made a clip of one file."""
    now = house.clock.now()
    at_ms = int(now.timestamp() * 1000)
    file = {
        "name": "clip.mp4",
        "size_bytes": 50_000_000,
        "sha256": "a3" * 32,
        "from_ms": at_ms - 3_600_000,
        "to_ms": at_ms,
        "duration_ms": 3_600_000,
        "gaps": [],
    }
    done = {
        "state": "done",
        "progress": 1000,
        "size_bytes": 50_000_000,
        "manifest": json.dumps({"files": [file]}),
        "finished_at": now,
        "expires_at": now + timedelta(hours=48),
    }
    async with house.database.write() as work:
        await work.session.execute(update(ExportRow).where(ExportRow.id == number).values(**done))


async def note_deletion(house: AdminHouse, camera_id: int, reason: Reason, number: int) -> None:
    """Have the worker have deleted the file of some hours ago, `number` minutes ago."""
    start_ms = int((house.clock.now() - timedelta(days=9, hours=number)).timestamp() * 1000)
    async with house.database.write() as work:
        work.session.add(
            DeletionRow(
                camera_id=camera_id,
                start_ms=start_ms,
                end_ms=start_ms + 600_000,
                size_bytes=150_000_000,
                place="main",
                reason=reason.value,
                actor="rini" if reason is Reason.OPERATOR else "",
                at=house.clock.now() - timedelta(minutes=number),
                segment_id=number,
                extent=Extent.ALL.value,
                is_done=True,
            )
        )
