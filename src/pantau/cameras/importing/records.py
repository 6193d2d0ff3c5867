"""Our own catalogue: everything that people decided about a camera, as JSON or as a table."""

import json
from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from pantau.areas.models import Area
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import CutOff, Showing, Visibility, Window
from pantau.cameras.importing.candidates import Candidate, RawRow
from pantau.cameras.importing.texts import clean, without_controls
from pantau.cameras.masking import masked
from pantau.cameras.models import CameraStatus, VideoCodec
from pantau.cameras.row_texts import schedule_text
from pantau.cameras.stored import SponsorPackage, StoredCamera
from pantau.core.shapes import Shape

MARK: Final = "pantau-cameras"
"""Value of `format` in the JSON of an export."""
CSV_MARK: Final = "pantau_camera"
"""First name in the table of an export: the camera's number."""
_NOT_CHANGES: Final = frozenset(
    {"number", "slug", "stream_key", "area", "rt", "rw", "kelurahan", "kecamatan", "cut_off"}
)
_MASKED: Final = "***"
_FORMULA: Final = ("=", "+", "-", "@", "'")


def _from_text(value: object) -> object:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"[", "{"} else value


_Text = Annotated[str, Field(max_length=4_000), AfterValidator(without_controls)]
_Secret = Annotated[str, Field(max_length=4_000, repr=False)]


class _Part(Shape):
    model_config = ConfigDict(frozen=True, extra="ignore")


class WindowRecord(_Part):
    """A part of the week."""

    days: Annotated[frozenset[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)]
    begins: time
    ends: time
    showing: Showing


class CutOffRecord(_Part):
    """That the public does not see a camera."""

    at: AwareDatetime
    until: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=500)] = ""
    by: Annotated[str, Field(max_length=100)] = ""


class OwnRecord(_Part):
    """One camera of an export.  What is missing is left as it is, or as usual."""

    number: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Here, or where it comes from; for people, and never taken over."""
    slug: _Text = ""
    stream_key: Annotated[str, Field(pattern=r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")] = (
        ""
    )
    """Only with secrets; taken over where nobody has it.  Such as we make them and no others: under
    any other name a media server may have a path of somebody else's, or a meaning of its own."""
    name: _Text
    address: _Secret
    kind: SourceKind | None = None
    relay: bool = False
    transport: Literal["automatic", "tcp", "udp"] = "automatic"
    encode: bool = False
    tls_fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{64})?$")] = ""
    tls: Literal["strict", "insecure"] = "strict"
    headers: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_from_text)] = ()
    proxy: _Secret = ""
    snapshot_url: _Secret = ""
    description: _Text = ""
    location: _Text = ""
    group_name: _Text | None = None
    area: _Text = ""
    rt: _Text = ""
    rw: _Text = ""
    kelurahan: _Text = ""
    kecamatan: _Text = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    enabled: bool = True
    status: CameraStatus = "active"
    on_demand: bool = True
    low_latency: bool = False
    is_tunnel: bool = False
    enable_recording: bool = False
    recording_duration_hours: Annotated[int, Field(ge=0, le=2_160)] = 5
    """0: as long as the whole hub keeps recordings."""
    video_codec: VideoCodec | None = None
    sponsor_name: _Text | None = None
    sponsor_logo: _Text | None = None
    sponsor_url: _Text | None = None
    sponsor_package: SponsorPackage | None = None
    visibility: Visibility = Visibility.PUBLIC
    delay_s: int = 0
    still_only: bool = False
    schedule: Annotated[tuple[WindowRecord, ...], BeforeValidator(_from_text)] = ()
    cut_off: Annotated[CutOffRecord | None, BeforeValidator(_from_text)] = None


COLUMNS: Final = (CSV_MARK, *(name for name in OwnRecord.model_fields if name != "number"))
"""Names in the first line of the table."""


def record_of(stored: StoredCamera, area: Area | None, *, with_secrets: bool) -> dict[str, Any]:
    """Return one camera for an export; without secrets passwords are masks, and no key is told."""
    camera, source, decision = stored.camera, stored.camera.source, stored.camera.decision
    shown = _as_is if with_secrets else masked
    cut_off = decision.cut_off
    return {
        "number": int(camera.id),
        "slug": camera.slug,
        "stream_key": camera.stream_key if with_secrets else "",
        "name": camera.name,
        "address": shown(source.url),
        "kind": source.kind,
        "relay": source.relay,
        "transport": source.transport,
        "encode": source.encode,
        "tls_fingerprint": source.tls_fingerprint,
        "tls": source.tls,
        "headers": [[name, value if with_secrets else _MASKED] for name, value in source.headers],
        "proxy": shown(source.proxy),
        "snapshot_url": shown(source.snapshot_url),
        "description": camera.description,
        "location": camera.location,
        "group_name": camera.group_name,
        "area": area.name if area else "",
        "rt": (area.rt if area else None) or "",
        "rw": (area.rw if area else None) or "",
        "kelurahan": (area.kelurahan if area else None) or "",
        "kecamatan": (area.kecamatan if area else None) or "",
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
        "visibility": decision.visibility.value,
        "delay_s": decision.delay_s,
        "still_only": decision.still_only,
        "schedule": json.loads(schedule_text(decision.schedule)),
        "cut_off": None
        if cut_off is None
        else {
            "at": _moment(cut_off.at),
            "until": _moment(cut_off.until),
            "reason": cut_off.reason,
            "by": cut_off.by,
        },
    }


def cells_of(record: Mapping[str, Any]) -> list[str]:
    """Return a record as a line of the table, in the order of `COLUMNS`."""
    return [_cell(record["number" if name == CSV_MARK else name]) for name in COLUMNS]


def own_candidate(raw: RawRow) -> Candidate:
    """Return the camera of one row of an export."""
    name = clean(raw.values.get("name"), most=200)
    if raw.refused:
        return Candidate(row=raw.number, name=name, refused=raw.refused)
    try:
        record = OwnRecord.model_validate(_values(raw.values))
    except ValidationError as error:
        return Candidate(row=raw.number, name=name, refused=_wrong(error))
    except (ValueError, RecursionError):
        return Candidate(row=raw.number, name=name, refused="A value of this row cannot be read.")
    return _candidate(raw.number, record, given=record.model_fields_set)


def _values(values: Mapping[str, object]) -> dict[str, object]:
    if CSV_MARK not in values:
        return dict(values)
    # In a table nothing and "" look alike: both mean the usual value.
    told = {
        name: value[1:] if isinstance(value, str) and value.startswith("'") else value
        for name, value in values.items()
        if value != ""
    }
    return {**told, "number": told.get(CSV_MARK, 0)}


def _candidate(row: int, record: OwnRecord, *, given: set[str]) -> Candidate:
    more = {name: getattr(record, name) for name in given - _NOT_CHANGES}
    if "schedule" in more:
        more["schedule"] = tuple(
            Window(days=each.days, begins=each.begins, ends=each.ends, showing=each.showing)
            for each in record.schedule
        )
    if "recording_duration_hours" in more:
        more["recording_duration_hours"] = record.recording_duration_hours or None
    cut_off = record.cut_off
    return Candidate(
        row=row,
        name=record.name,
        address=record.address,
        area=record.area,
        rt=record.rt,
        rw=record.rw,
        kelurahan=record.kelurahan,
        kecamatan=record.kecamatan,
        is_own=True,
        stream_key=record.stream_key,
        cut_off=None
        if cut_off is None
        else CutOff(at=cut_off.at, until=cut_off.until, reason=cut_off.reason, by=cut_off.by),
        own=more,
    )


def _wrong(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"][:2]) or "row"
    return f"The value of {field} cannot be used."


def _as_is(text: str) -> str:
    return text


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False) if value else ""
        case float():
            return repr(value)
        case str():
            # A spreadsheet would take the rest for a formula.
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            return str(value)
