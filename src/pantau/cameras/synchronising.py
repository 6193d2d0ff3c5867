"""Compares the cameras of the settings with those in the database.

Pure, so that everything is decided before anything is written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pantau.areas.models import Area
from pantau.cameras.carriers import capabilities_for, kind_to_keep
from pantau.cameras.decisions import PublicDecision
from pantau.cameras.matching import Identity, Matched, match
from pantau.cameras.models import Camera, CameraSource, Neighbourhood
from pantau.cameras.stored import CameraKeeper, StoredCamera
from pantau.core.ids import AreaId
from pantau.core.slugs import free_slug
from pantau.settings import CameraSettings


@dataclass(frozen=True, slots=True)
class Wanted:
    """One camera of the settings, and which part of them it comes from."""

    table: CameraSettings
    keeper: CameraKeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is there already, and every number that may not be given again."""

    cameras: Sequence[StoredCamera] = ()
    areas: Sequence[Area] = ()
    camera_numbers: Mapping[str, int] = field(default_factory=dict)
    """Numbers of names from the time before cameras were rows."""
    area_numbers: Mapping[str, int] = field(default_factory=dict)
    highest_camera: int = 0
    highest_area: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be written; empty when the database says what the settings say."""

    areas_added: tuple[Area, ...] = ()
    areas_changed: tuple[Area, ...] = ()
    added: tuple[StoredCamera, ...] = ()
    changed: tuple[StoredCamera, ...] = ()
    refused: tuple[str, ...] = ()
    """Wishes of the settings that an operator's camera stands in the way of, as sentences."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing has to be written."""
        return not (self.areas_added or self.areas_changed or self.added or self.changed)


def plan(wanted: Iterable[Wanted], known: Known, *, secret: bytes, now: datetime) -> Plan:
    """Return what makes the database say what the settings say; operators' cameras stay.

    A camera of the demo that an operator changed or deleted is theirs: the demo leaves it alone.
    """
    wanted = tuple(wanted)
    known, given_up = _without_names_that_settings_take(known, wanted, now)
    wanted = tuple(each for each in wanted if not _is_adopted(each, known.cameras))
    areas_added, areas_changed, areas = _areas(wanted, known, now)
    matched = match(
        [each.table for each in wanted],
        known.cameras,
        remembered=known.camera_numbers,
        highest=known.highest_camera,
        secret=secret,
    )
    slugs = _slugs(wanted, matched, known.cameras)
    added: list[StoredCamera] = []
    changed: list[StoredCamera] = []
    for each, identity, slug in zip(wanted, matched.identities, slugs, strict=True):
        stored = _stored(each, identity, slug, areas.get(each.table.area), now)
        if identity.before is None:
            added.append(stored)
        elif replace(stored, updated_at=identity.before.updated_at) != identity.before:
            changed.append(stored)
    return Plan(
        areas_added=areas_added,
        areas_changed=areas_changed,
        added=tuple(added),
        changed=(*given_up, *changed, *_gone(matched, known.cameras, now)),
        refused=matched.refused,
    )


def _without_names_that_settings_take(
    known: Known, wanted: Iterable[Wanted], now: datetime
) -> tuple[Known, list[StoredCamera]]:
    """Return what is known, and the adopted cameras that give up their names of the demo.

    Whoever writes such a name into the settings means a camera of their own.
    """
    names = {each.table.name for each in wanted if each.keeper == "settings"}
    given_up = {
        stored.camera.id: replace(stored, configured_as=None, updated_at=now)
        for stored in known.cameras
        if _is_operators(stored) and stored.configured_as in names
    }
    cameras = [given_up.get(stored.camera.id, stored) for stored in known.cameras]
    return replace(known, cameras=cameras), list(given_up.values())


def _is_adopted(wanted: Wanted, cameras: Iterable[StoredCamera]) -> bool:
    return wanted.keeper == "demo" and any(
        _is_operators(stored) and stored.configured_as == wanted.table.name for stored in cameras
    )


def missing(wanted: Iterable[Wanted], cameras: Iterable[StoredCamera]) -> list[Wanted]:
    """Return those of `wanted` that were never in the database."""
    cameras = tuple(cameras)
    names = {stored.configured_as for stored in cameras}
    numbers = {int(stored.camera.id) for stored in cameras}
    return [
        each for each in wanted if each.table.name not in names and each.table.id not in numbers
    ]


def without_removals(whole: Plan) -> Plan:
    """Return the part of `whole` that adds: what another process may do beside the worker."""
    return Plan(
        areas_added=whole.areas_added,
        areas_changed=tuple(area for area in whole.areas_changed if area.removed_at is None),
        added=whole.added,
    )


def _areas(
    wanted: Sequence[Wanted], known: Known, now: datetime
) -> tuple[tuple[Area, ...], tuple[Area, ...], Mapping[str, Area]]:
    by_name = {area.name: area for area in known.areas}
    used = {int(area.id) for area in known.areas}
    slugs = {area.slug for area in known.areas}
    highest = max([known.highest_area, *used, *known.area_numbers.values()])
    added: list[Area] = []
    changed: list[Area] = []
    names = dict.fromkeys(each.table.area for each in wanted if each.table.area)
    for name in names:
        area = by_name.get(name)
        if area is None:
            number = known.area_numbers.get(name)
            if number is None or number in used:
                highest += 1
                number = highest
            used.add(number)
            slug = free_slug(name, number, slugs, otherwise="area")
            slugs.add(slug)
            area = Area(
                id=AreaId(number), name=name, slug=slug, managed_by="settings", created_at=now
            )
            added.append(area)
        elif area.removed_at is not None:
            area = replace(area, removed_at=None)
            changed.append(area)
        by_name[name] = area
    lived_in = {
        stored.camera.area_id
        for stored in known.cameras
        if _is_operators(stored) and stored.removed_at is None
    }
    for area in known.areas:
        is_idle = area.name not in names and area.id not in lived_in
        if area.managed_by == "settings" and area.removed_at is None and is_idle:
            changed.append(replace(area, removed_at=now))
    return tuple(added), tuple(changed), by_name


def _is_operators(stored: StoredCamera) -> bool:
    return stored.managed_by == "operator"


def _slugs(
    wanted: Sequence[Wanted], matched: Matched, cameras: Iterable[StoredCamera]
) -> Sequence[str]:
    claimed = {each.before.camera.id for each in matched.identities if each.before is not None}
    taken = {each.camera.slug for each in cameras if each.camera.id not in claimed}
    pairs = list(zip(wanted, matched.identities, strict=True))
    # An address that people have does not change because a namesake came.
    kept = {
        identity.number: identity.before.camera.slug
        for each, identity in pairs
        if identity.before is not None and identity.before.camera.name == each.table.name
    }
    taken |= set(kept.values())
    slugs: list[str] = []
    for each, identity in pairs:
        slug = kept.get(identity.number) or free_slug(each.table.name, identity.number, taken)
        taken.add(slug)
        slugs.append(slug)
    return slugs


def _stored(
    each: Wanted, identity: Identity, slug: str, area: Area | None, now: datetime
) -> StoredCamera:
    table, before = each.table, identity.before
    source = _source(table)
    is_recorded = table.record and capabilities_for(source).record
    camera = Camera(
        id=identity.number,
        slug=slug,
        stream_key=identity.stream_key,
        name=table.name,
        source=source,
        description=table.description,
        location=table.location,
        area_id=area.id if area else None,
        area_name=area.name if area else None,
        latitude=table.latitude,
        longitude=table.longitude,
        enabled=table.enabled,
        status=table.status,
        on_demand=table.on_demand,
        low_latency=table.low_latency,
        is_tunnel=table.is_tunnel,
        # What the settings cannot say they do not take away.
        group_name=before.camera.group_name if before else None,
        announced_codec=before.camera.announced_codec if before else None,
        recorded=before.enable_recording if before else is_recorded,
        stream_revision=_revision(before, table, identity.stream_key),
        decision=before.camera.decision if before else PublicDecision(),
        place=neighbourhood(area),
    )
    if before is None:
        before = StoredCamera(
            camera=camera,
            enable_recording=is_recorded,
            recording_duration_hours=None,
            created_at=now,
            updated_at=now,
        )
    return replace(
        before,
        camera=camera,
        managed_by=each.keeper,
        configured_as=table.name,
        removed_at=None,
        updated_at=now,
    )


def _source(table: CameraSettings) -> CameraSource:
    return CameraSource(
        url=table.source,
        kind=kind_to_keep(table.source, table.kind),
        transport=table.transport,
        encode=table.encode,
        tls_fingerprint=table.tls_fingerprint,
        relay=table.relay,
        trusted=True,
    )


def _revision(before: StoredCamera | None, table: CameraSettings, stream_key: str) -> int:
    if before is None:
        return 0
    is_same = before.camera.source.url == table.source and before.camera.stream_key == stream_key
    return before.camera.stream_revision + (0 if is_same else 1)


def neighbourhood(area: Area | None) -> Neighbourhood:
    """Return where in the hierarchy a camera of `area` stands."""
    if area is None:
        return Neighbourhood()
    return Neighbourhood(rt=area.rt, rw=area.rw, kelurahan=area.kelurahan, kecamatan=area.kecamatan)


def _gone(
    matched: Matched, cameras: Collection[StoredCamera], now: datetime
) -> Iterable[StoredCamera]:
    before = {stored.camera.id: stored for stored in cameras}
    for stored in matched.left:
        gone = replace(stored, removed_at=stored.removed_at or now)
        if gone != before[stored.camera.id]:
            yield replace(gone, updated_at=now)
