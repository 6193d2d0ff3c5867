"""Areas and cameras of the reference as they are here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from pantau.areas.models import NAME_LENGTH, PLACE_LENGTH, Area
from pantau.cameras.models import Camera, CameraSource, CameraStatus, VideoCodec
from pantau.cameras.rows import CONFIGURED_KEEPERS
from pantau.cameras.stored import DEFAULT_RECORDING_HOURS, Sponsor, SponsorPackage, StoredCamera
from pantau.cameras.synchronising import neighbourhood
from pantau.core.ids import AreaId, CameraId
from pantau.core.slugs import free_slug
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.values import SourceRow

_STREAM_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}", re.ASCII)
_CODECS: Final[Mapping[str, VideoCodec]] = {
    "h264": "h264", "h.264": "h264", "avc": "h264",
    "h265": "h265", "h.265": "h265", "hevc": "h265",
}  # fmt: skip
_SCHEMES: Final = ("rtsp", "rtsps", "http", "https")
_MOST_RECORDING_HOURS: Final = 2160
_KEPT: Final = "the settings of this hub keep it"
_AREA_COLUMNS: Final = (
    "description", "rt", "rw", "kelurahan", "kecamatan", "latitude", "longitude",
)  # fmt: skip
_CAMERA_COLUMNS: Final[Mapping[str, str]] = {
    "announced_codec": "video_codec",
    **{
        name: name
        for name in (
            "name", "description", "location", "group_name", "latitude", "longitude", "enabled",
            "status", "is_tunnel",
        )
    },
}  # fmt: skip
"""What may be replaced of a camera that is here, and the column that says it."""
_STORED_COLUMNS: Final = ("enable_recording", "recording_duration_hours")
_SPONSOR_COLUMNS: Final = ("name", "logo", "url", "package")


@dataclass(slots=True)
class Numbering:
    """Gives numbers: the one that a row had, if that is free, or else the next one."""

    used: set[int]
    highest: int

    def take(self, wanted: int) -> int:
        """Return the number for a row that had `wanted`."""
        number = wanted
        if number < 1 or number in self.used:
            self.highest = max([self.highest, *self.used]) + 1
            number = self.highest
        self.used.add(number)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What has to be added, and where the numbers of the reference lead here."""

    areas: list[Area] = field(default_factory=list)
    cameras: list[StoredCamera] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    changed_areas: list[Area] = field(default_factory=list)
    changed_cameras: list[StoredCamera] = field(default_factory=list)


def bring_areas(
    rows: Iterable[Mapping[str, Any]],
    known: Iterable[Area],
    report: TableReport,
    *,
    highest: int,
    now: datetime,
    replaces: bool = False,
) -> Brought:
    """Return the areas that are not here by name; with `replaces` also what others become."""
    known = tuple(known)
    by_name = {area.name: int(area.id) for area in known}
    present = {area.name: area for area in known} if replaces else {}
    numbering = Numbering({int(area.id) for area in known}, highest)
    slugs = {area.slug for area in known}
    brought = Brought()
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        name = row.text("name", most=NAME_LENGTH)
        if not name:
            report.skip("it has no name")
            continue
        if name in by_name:
            brought.numbers[row.number] = by_name[name]
            before = present.pop(name, None)
            after = None if before is None else _changed_area(row, before)
            if after is None or after == before:
                report.already += 1
            else:
                brought.changed_areas.append(after)
                report.brought += 1
            continue
        number = numbering.take(row.number)
        slug = free_slug(name, number, slugs, otherwise="area")
        slugs.add(slug)
        created_at = row.moment("created_at", otherwise=now) or now
        brought.areas.append(
            Area(id=AreaId(number), name=name, slug=slug, created_at=created_at, **_area_told(row))
        )
        by_name[name] = brought.numbers[row.number] = number
        report.brought += 1
        if number != row.number:
            report.remark(f"{name}: its number {row.number} is taken here; it is {number} now.")
    return brought


def _area_told(row: SourceRow) -> dict[str, Any]:
    latitude, longitude = row.degrees()
    places = ("rt", "rw", "kelurahan", "kecamatan")
    return {
        "description": row.text_or_none("description", most=500),
        **{name: row.text_or_none(name, most=PLACE_LENGTH) for name in places},
        "latitude": latitude,
        "longitude": longitude,
    }


def _changed_area(row: SourceRow, before: Area) -> Area:
    if before.managed_by == "settings":
        return before
    told = _area_told(row)
    return replace(before, **{name: told[name] for name in _AREA_COLUMNS if row.has(name)})


@dataclass(slots=True, kw_only=True)
class CameraBringing:
    """Turns camera rows into cameras; `made_key` names those that have no stream key.

    Of those that are `present` it replaces what a row says; without them it leaves all that is
    here as it is.
    """

    areas: Mapping[int, Area]
    """By their numbers in the reference."""
    made_key: Callable[[int], str]
    numbering: Numbering
    keys: dict[str, int]
    slugs: set[str]
    report: TableReport
    now: datetime
    present: dict[int, StoredCamera] = field(default_factory=dict)
    brought: Brought = field(default_factory=Brought)

    def bring(self, rows: Iterable[Mapping[str, Any]]) -> Brought:
        """Return the cameras that are not here by stream key."""
        for values in rows:
            row = SourceRow(values, self.report)
            self.report.found += 1
            key = self._key(row)
            if key in self.keys:
                self.brought.numbers[row.number] = self.keys[key]
                # Once: a second row of the same key says nothing more.
                self._replace(row, self.present.pop(self.keys[key], None))
                continue
            address = _address(row)
            if not address:
                self.report.skip("it has no readable address")
                continue
            number = self.numbering.take(row.number)
            self.brought.cameras.append(self._camera(row, number, key, address))
            self.keys[key] = self.brought.numbers[row.number] = number
            self.report.brought += 1
        return self.brought

    def _key(self, row: SourceRow) -> str:
        written = row.text("stream_key")
        if _STREAM_KEY.fullmatch(written):
            return written
        key = self.made_key(row.number)
        if key not in self.keys:
            self.report.adjust("stream_key: missing or unfit for an address, a new one made")
        return key

    def _camera(self, row: SourceRow, number: int, key: str, address: str) -> StoredCamera:
        name = row.text("name", most=100) or f"Camera {number}"
        if number != row.number:
            self.report.remark(
                f"{name}: its number {row.number} is taken here; it is {number} now."
            )
        slug = free_slug(name, number, self.slugs)
        self.slugs.add(slug)
        blank = Camera(
            id=CameraId(number), slug=slug, stream_key=key, name=name, source=CameraSource(address)
        )
        return self._told(row, blank)

    def _replace(self, row: SourceRow, before: StoredCamera | None) -> None:
        if before is None:
            self.report.already += 1
            return
        if before.managed_by in CONFIGURED_KEEPERS or before.removed_at is not None:
            self.report.skip(_KEPT)
            return
        if not before.camera.source.url:
            self.report.skip("its address here cannot be read")
            return
        after = self._replaced(row, before)
        if after == before:
            self.report.already += 1
            return
        self.brought.changed_cameras.append(replace(after, updated_at=self.now))
        self.report.brought += 1

    def _replaced(self, row: SourceRow, before: StoredCamera) -> StoredCamera:
        ours, address = before.camera, _address(row) or before.camera.source.url
        source = ours.source if address == ours.source.url else CameraSource(address)
        told = self._told(row, replace(ours, source=source, name=row.text("name", most=100)))
        values = {
            name: getattr(told.camera, name)
            for name, column in _CAMERA_COLUMNS.items()
            if row.has(column) and (name != "name" or told.camera.name)
        }
        if told.camera.area_id is not None or (row.has("area_id") and row.raw("area_id") is None):
            values |= {
                name: getattr(told.camera, name) for name in ("area_id", "area_name", "place")
            }
        sponsor = {
            name: getattr(told.sponsor, name)
            for name in _SPONSOR_COLUMNS
            if row.has(f"sponsor_{name}")
        }
        stored = {name: getattr(told, name) for name in _STORED_COLUMNS if row.has(name)}
        recorded = stored.get("enable_recording", before.enable_recording)
        revision = ours.stream_revision + (source != ours.source)
        camera = replace(ours, source=source, stream_revision=revision, recorded=recorded, **values)
        sponsor_after = replace(before.sponsor, **sponsor)
        return replace(before, camera=camera, sponsor=sponsor_after, **stored)

    def _told(self, row: SourceRow, blank: Camera) -> StoredCamera:
        area = self._area(row)
        latitude, longitude = row.degrees()
        camera = replace(
            blank,
            description=row.text("description", most=500),
            location=row.text("location", most=200),
            area_id=area.id if area else None,
            area_name=area.name if area else None,
            latitude=latitude,
            longitude=longitude,
            enabled=row.flag("enabled", default=True)
            and self._is_openable(blank.name, blank.source.url),
            status=row.choice("status", get_args(CameraStatus), "active"),
            is_tunnel=row.flag("is_tunnel", default=False),
            group_name=row.text_or_none("group_name", most=100),
            place=neighbourhood(area),
            announced_codec=self._codec(row),
        )
        return StoredCamera(
            camera=camera,
            enable_recording=row.flag("enable_recording", default=False),
            recording_duration_hours=row.whole(
                "recording_duration_hours",
                least=1,
                most=_MOST_RECORDING_HOURS,
                default=DEFAULT_RECORDING_HOURS,
            ),
            sponsor=self._sponsor(row),
            created_at=row.moment("created_at", otherwise=self.now) or self.now,
            updated_at=row.moment("updated_at", otherwise=self.now) or self.now,
        )

    def _area(self, row: SourceRow) -> Area | None:
        number = row.raw("area_id")
        if number is None:
            return None
        area = self.areas.get(number) if isinstance(number, int) else None
        if area is None:
            self.report.adjust("area_id: there is no such area, left empty")
        return area

    def _codec(self, row: SourceRow) -> VideoCodec | None:
        written = row.text("video_codec")
        codec = _CODECS.get(written.lower())
        if codec != (written or None):
            told = "written as here" if codec else "unknown, left empty"
            self.report.adjust(f"video_codec: {told}")
        return codec

    def _sponsor(self, row: SourceRow) -> Sponsor:
        written = row.text("sponsor_package").lower()
        package: SponsorPackage | None = None
        for each in get_args(SponsorPackage):
            package = each if each == written else package
        return Sponsor(
            name=row.text_or_none("sponsor_name", most=100),
            logo=row.link("sponsor_logo", most=500),
            url=row.link("sponsor_url", most=500),
            package=package,
        )

    def _is_openable(self, name: str, address: str) -> bool:
        try:
            parts = urlsplit(address)
            is_good = parts.scheme.lower() in _SCHEMES and bool(parts.hostname)
        except ValueError:
            is_good = False
        if not is_good:
            self.report.remark(f"{name}: its address is not one of a camera; it is disabled here.")
        return is_good


def _address(row: SourceRow) -> str:
    """Return the address of a camera; empty where there is none that can be used."""
    told = row.raw("private_rtsp_url")
    return told if isinstance(told, str) and _is_encodable(told) else ""


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
