"""Cameras in and out of the database; addresses are sealed on the way in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

import structlog
from sqlalchemy import RowMapping, insert, select, update

from pantau.areas.models import AreaRow
from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import Camera, CameraSource, Neighbourhood
from pantau.cameras.row_texts import more_from, more_text, schedule_from, schedule_text
from pantau.cameras.rows import (
    CONFIGURED_KEEPERS,
    SOURCE_MORE_PURPOSE,
    SOURCE_PURPOSE,
    CameraRow,
)
from pantau.cameras.stored import Sponsor, StoredCamera
from pantau.core.ids import AreaId, CameraId
from pantau.core.sealing import Sealer, SealingError
from pantau.db.database import Reading, Writing
from pantau.db.numbers import reserve_numbers

log = structlog.get_logger()

OpensSource: TypeAlias = Callable[[str | None, bool], bool]
"""Told a source's kind and whether it is relayed, says whether its address is needed here."""


async def stored_cameras(
    reading: Reading,
    sealer: Sealer | None,
    *,
    opens: OpensSource | None = None,
    numbers: Collection[int] | None = None,
) -> list[StoredCamera]:
    """Return every camera, or those of `numbers`, by number; also those that left the settings.

    Without a `sealer`, and where `opens` says no, their sources have no address: for whoever only
    shows cameras.  An address that cannot be opened is logged, and empty.
    """
    query = (
        select(
            CameraRow.__table__,
            AreaRow.name.label("area_name"),
            AreaRow.rt,
            AreaRow.rw,
            AreaRow.kelurahan,
            AreaRow.kecamatan,
        )
        .outerjoin(AreaRow, AreaRow.id == CameraRow.area_id)
        .order_by(CameraRow.id)
    )
    if numbers is not None:
        query = query.where(CameraRow.id.in_(numbers))
    found = await reading.session.execute(query)
    return [
        _stored(
            row,
            sealer if opens is None or opens(row["source_kind"], row["source_relay"]) else None,
        )
        for row in found.mappings()
    ]


async def taken_slugs(reading: Reading) -> set[str]:
    """Return every slug that a camera has, also those that were removed."""
    return set((await reading.session.scalars(select(CameraRow.slug))).all())


async def insert_cameras(
    writing: Writing, cameras: Sequence[StoredCamera], *, sealer: Sealer
) -> None:
    """Add cameras under the numbers that they carry."""
    if cameras:
        rows = [values_of(stored, sealer) for stored in cameras]
        await writing.session.execute(insert(CameraRow), rows)
        highest = max(stored.camera.id for stored in cameras)
        await reserve_numbers(writing, CameraRow.__tablename__, highest)
        writing.changed("cameras")


async def update_cameras(
    writing: Writing, cameras: Sequence[StoredCamera], *, sealer: Sealer
) -> None:
    """Replace what is stored under the numbers that `cameras` carry.

    They may exchange names and keys among themselves.
    """
    if not cameras:
        return
    for stored in cameras:
        # What must be unique steps aside first, so that two rows can swap.
        number = stored.camera.id
        aside = {"configured_as": None, "slug": f"~{number}", "stream_key": f"~{number}"}
        await _update(writing, number, aside)
    for stored in cameras:
        await _update(writing, stored.camera.id, values_of(stored, sealer))
    writing.changed("cameras")


async def _update(writing: Writing, number: CameraId, values: Mapping[str, Any]) -> None:
    await writing.session.execute(update(CameraRow).where(CameraRow.id == number).values(**values))


def _stored(row: RowMapping, sealer: Sealer | None) -> StoredCamera:
    return StoredCamera(
        camera=_camera(row, sealer),
        managed_by=row["managed_by"],
        configured_as=row["configured_as"],
        removed_at=row["removed_at"],
        enable_recording=row["enable_recording"],
        recording_duration_hours=row["recording_duration_hours"] or None,
        import_id=row["import_id"],
        sponsor=Sponsor(
            name=row["sponsor_name"],
            logo=row["sponsor_logo"],
            url=row["sponsor_url"],
            package=row["sponsor_package"],
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _source(row: RowMapping, sealer: Sealer | None) -> CameraSource:
    address, more = _opened(row, sealer)
    headers, proxy, snapshot_url = more_from(more)
    return CameraSource(
        url=address,
        kind=row["source_kind"],
        transport=row["source_transport"],
        encode=row["source_encode"],
        tls_fingerprint=row["source_tls_fingerprint"],
        relay=row["source_relay"],
        tls=row["source_tls"],
        headers=headers,
        proxy=proxy,
        snapshot_url=snapshot_url,
        trusted=row["managed_by"] in CONFIGURED_KEEPERS,
    )


def _opened(row: RowMapping, sealer: Sealer | None) -> tuple[str, str]:
    if sealer is None:
        return "", ""
    more = row["source_more_sealed"]
    try:
        return (
            sealer.open(row["source_sealed"], SOURCE_PURPOSE),
            sealer.open(more, SOURCE_MORE_PURPOSE) if more else "",
        )
    except SealingError as error:
        told = error.sentence
    log.error("camera_source_unreadable", camera=row["id"], problem=told)
    return "", ""


def _decision(row: RowMapping) -> PublicDecision:
    cut_off = None
    if row["cut_off_at"] is not None:
        cut_off = CutOff(
            at=row["cut_off_at"],
            until=row["cut_off_until"],
            reason=row["cut_off_reason"],
            by=row["cut_off_by"],
        )
    return PublicDecision(
        visibility=Visibility(row["visibility"]),
        cut_off=cut_off,
        delay_s=row["delay_s"],
        still_only=row["still_only"],
        schedule=schedule_from(row["schedule"]),
    )


def _camera(row: RowMapping, sealer: Sealer | None) -> Camera:
    return Camera(
        id=CameraId(row["id"]),
        slug=row["slug"],
        stream_key=row["stream_key"],
        name=row["name"],
        source=_source(row, sealer),
        description=row["description"],
        location=row["location"],
        area_id=None if row["area_id"] is None else AreaId(row["area_id"]),
        area_name=row["area_name"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        enabled=row["enabled"],
        status=row["status"],
        on_demand=row["on_demand"],
        low_latency=row["low_latency"],
        is_tunnel=row["is_tunnel"],
        group_name=row["group_name"],
        place=Neighbourhood(
            rt=row["rt"], rw=row["rw"], kelurahan=row["kelurahan"], kecamatan=row["kecamatan"]
        ),
        announced_codec=row["video_codec"],
        recorded=row["enable_recording"],
        stream_revision=row["stream_revision"],
        decision=_decision(row),
    )


def values_of(stored: StoredCamera, sealer: Sealer) -> dict[str, Any]:
    """Return every column of a camera."""
    return {**plain_values(stored), **source_values(stored.camera.source, sealer)}


def source_values(source: CameraSource, sealer: Sealer) -> dict[str, Any]:
    """Return the columns of a source: the same source is sealed differently each time."""
    more = more_text(source)
    return {
        "source_sealed": sealer.seal(source.url, SOURCE_PURPOSE),
        "source_kind": source.kind,
        "source_transport": source.transport,
        "source_encode": source.encode,
        "source_tls_fingerprint": source.tls_fingerprint,
        "source_relay": source.relay,
        "source_tls": source.tls,
        "source_more_sealed": sealer.seal(more, SOURCE_MORE_PURPOSE) if more else None,
    }


def plain_values(stored: StoredCamera) -> dict[str, Any]:
    """Return the columns that hold nothing secret."""
    camera, decision = stored.camera, stored.camera.decision
    cut_off = decision.cut_off
    return {
        "id": camera.id,
        "slug": camera.slug,
        "stream_key": camera.stream_key,
        "name": camera.name,
        "stream_revision": camera.stream_revision,
        "visibility": decision.visibility.value,
        "cut_off_at": None if cut_off is None else cut_off.at,
        "cut_off_until": None if cut_off is None else cut_off.until,
        "cut_off_reason": "" if cut_off is None else cut_off.reason,
        "cut_off_by": "" if cut_off is None else cut_off.by,
        "delay_s": decision.delay_s,
        "still_only": decision.still_only,
        "schedule": schedule_text(decision.schedule),
        "import_id": stored.import_id,
        "description": camera.description,
        "location": camera.location,
        "group_name": camera.group_name,
        "area_id": camera.area_id,
        "latitude": camera.latitude,
        "longitude": camera.longitude,
        "enabled": camera.enabled,
        "status": camera.status,
        "on_demand": camera.on_demand,
        "low_latency": camera.low_latency,
        "is_tunnel": camera.is_tunnel,
        "enable_recording": stored.enable_recording,
        "recording_duration_hours": stored.recording_duration_hours or 0,
        "video_codec": camera.announced_codec,
        "sponsor_name": stored.sponsor.name,
        "sponsor_logo": stored.sponsor.logo,
        "sponsor_url": stored.sponsor.url,
        "sponsor_package": stored.sponsor.package,
        "managed_by": stored.managed_by,
        "configured_as": stored.configured_as,
        "removed_at": stored.removed_at,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }
