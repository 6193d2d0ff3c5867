"""What the API of cameras takes: names and kinds of values that existing clients send."""

import re
from datetime import time
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import (
    KEEP,
    MOST_ADDRESS,
    MOST_AT_ONCE,
    MOST_DESCRIPTION,
    MOST_GROUP,
    MOST_HEADER_NAME,
    MOST_HEADER_VALUE,
    MOST_HEADERS,
    MOST_LOCATION,
    MOST_NAME,
    MOST_REASON,
    MOST_RECORDING_HOURS,
    MOST_SPONSOR_ADDRESS,
    MOST_SPONSOR_NAME,
    CameraChange,
    Tls,
    Transport,
)
from pantau.cameras.decisions import MOST_DELAY_S, MOST_WINDOWS, Showing, Visibility, Window
from pantau.cameras.models import CameraStatus, VideoCodec
from pantau.cameras.stored import SponsorPackage
from pantau.core.shapes import Shape

MOST_CUT_OFF_MINUTES: Final = 525_600
_HIGHEST: Final = 2**63 - 1
_DIGITS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)


def _flag(written: object) -> object:
    # Pydantic alone also takes "yes" and "off"; clients of this interface send 0 and 1 at most.
    if isinstance(written, bool) or (isinstance(written, int | float) and written in (0, 1)):
        return bool(written)
    raise PydanticCustomError("flag", "This is true or false, 1 or 0.")


def _number(written: object) -> object:
    if written == "":
        return None
    if isinstance(written, bool) or (isinstance(written, str) and not _DIGITS.fullmatch(written)):
        raise PydanticCustomError("whole_number", "This is no whole number.")
    return written


def _degrees(written: object) -> object:
    if written == "":
        return None
    if isinstance(written, bool) or (isinstance(written, str) and not _DECIMAL.fullmatch(written)):
        raise PydanticCustomError("degrees", "These are no degrees, such as -7.1502.")
    return written


def _lowered(written: object) -> object:
    return (written.lower() or None) if isinstance(written, str) else written


def _chosen(written: object) -> object:
    return None if written == "" else written


def _clock_time(written: object) -> object:
    if isinstance(written, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", written):
        return time.fromisoformat(written)
    raise PydanticCustomError("clock_time", "This is no time of day, such as 17:30.")


def _number_schema(most: int) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": most},
            {"type": "string", "pattern": "^[0-9]{1,18}$"},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ]
    }


def _degrees_schema(most: int) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "number", "minimum": -most, "maximum": most},
            {"type": "string", "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,20})?$"},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ]
    }


Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]}),
]
AreaNumber = Annotated[
    Annotated[int, Field(ge=1, le=_HIGHEST)] | None,
    BeforeValidator(_number),
    WithJsonSchema(_number_schema(_HIGHEST)),
]
Hours = Annotated[
    Annotated[int, Field(ge=1, le=MOST_RECORDING_HOURS)] | None,
    BeforeValidator(_number),
    WithJsonSchema(_number_schema(MOST_RECORDING_HOURS)),
]
Latitude = Annotated[
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None,
    BeforeValidator(_degrees),
    WithJsonSchema(_degrees_schema(90)),
]
Longitude = Annotated[
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None,
    BeforeValidator(_degrees),
    WithJsonSchema(_degrees_schema(180)),
]
Codec = Annotated[
    VideoCodec | None,
    BeforeValidator(_lowered),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[hH]26[45]$"},
                {"type": "string", "maxLength": 0},
                {"type": "null"},
            ]
        }
    ),
]
Package = Annotated[
    SponsorPackage | None,
    BeforeValidator(_chosen),
    WithJsonSchema({"enum": ["bronze", "silver", "gold", "", None]}),
]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MOST_NAME)]
SourceAddress = Annotated[str, StringConstraints(min_length=1, max_length=MOST_ADDRESS)]
_Description = Annotated[str, StringConstraints(max_length=MOST_DESCRIPTION)] | None
_Location = Annotated[str, StringConstraints(max_length=MOST_LOCATION)] | None
_Group = Annotated[str, StringConstraints(max_length=MOST_GROUP)] | None
_SponsorName = Annotated[str, StringConstraints(max_length=MOST_SPONSOR_NAME)] | None
_SponsorLink = Annotated[str, StringConstraints(max_length=MOST_SPONSOR_ADDRESS)] | None
_SecondAddress = Annotated[str, StringConstraints(max_length=MOST_ADDRESS)]
_Fingerprint = Annotated[str, StringConstraints(max_length=100)]


def _left_out() -> Any:
    return KEEP


# A factory, because a default would stand in the description of the API.
_LEFT_OUT: Final[Any] = Field(default_factory=_left_out)


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class HeaderInput(_Input):
    """A header for the owner's server."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=MOST_HEADER_NAME)]
    value: Annotated[str, StringConstraints(max_length=MOST_HEADER_VALUE)]
    """`***`: the stored one of that name."""


class WindowInput(_Input):
    """A part of the week, in the time zone of the site."""

    days: Annotated[frozenset[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    """On which it begins; Monday is 1."""
    begins: ClockTime
    ends: ClockTime
    """At or before `begins`: on the following day."""
    showing: Showing

    def as_window(self) -> Window:
        """Return it as the camera keeps it."""
        return Window(days=self.days, begins=self.begins, ends=self.ends, showing=self.showing)


Headers = Annotated[tuple[HeaderInput, ...], Field(max_length=MOST_HEADERS)]


class SourceUpdate(_Input):
    """Where the pictures come from, as a change: what is left out stays."""

    private_rtsp_url: SourceAddress = _LEFT_OUT
    """Any address that a camera can have, with its login.  A password that came back as `***` and
    is sent so again means the stored one, for the same user, host and port."""
    kind: SourceKind | None = _LEFT_OUT
    """Nothing: told from the address, which says nothing of embedded pages and MJPEG."""
    relay: Flag = _LEFT_OUT
    """HLS only: pass the owner's stream on.  As usual for a new HLS camera, unless it is to be
    recorded, with low latency or late, which only the media server can do."""
    transport: Transport = _LEFT_OUT
    encode: Flag = _LEFT_OUT
    tls_fingerprint: _Fingerprint = _LEFT_OUT
    tls: Tls = _LEFT_OUT
    headers: Headers = _LEFT_OUT
    """All of them; values are never told again."""
    proxy: _SecondAddress = _LEFT_OUT
    snapshot_url: _SecondAddress = _LEFT_OUT

    def as_change(self) -> CameraChange:
        """Return it as the editor takes it."""
        return CameraChange(**_values(self))


class CameraUpdate(SourceUpdate):
    """Body of `PUT /api/cameras/{id}`: what is left out stays."""

    name: Name = _LEFT_OUT
    description: _Description = _LEFT_OUT
    location: _Location = _LEFT_OUT
    group_name: _Group = _LEFT_OUT
    area_id: AreaNumber = _LEFT_OUT
    latitude: Latitude = _LEFT_OUT
    longitude: Longitude = _LEFT_OUT
    enabled: Flag = _LEFT_OUT
    status: CameraStatus = _LEFT_OUT
    on_demand: Flag = _LEFT_OUT
    low_latency: Flag = _LEFT_OUT
    is_tunnel: Flag = _LEFT_OUT
    enable_recording: Flag = _LEFT_OUT
    recording_duration_hours: Hours = _LEFT_OUT
    """Nothing: as long as the whole hub keeps recordings."""
    video_codec: Codec = _LEFT_OUT
    """What the operator announces; what is measured counts more."""
    sponsor_name: _SponsorName = _LEFT_OUT
    sponsor_logo: _SponsorLink = _LEFT_OUT
    sponsor_url: _SponsorLink = _LEFT_OUT
    sponsor_package: Package = _LEFT_OUT
    visibility: Visibility = _LEFT_OUT
    delay_s: Annotated[int, Field(ge=0, le=MOST_DELAY_S, strict=True)] = _LEFT_OUT
    """How late the public sees it; 0: live."""
    still_only: Flag = _LEFT_OUT
    schedule: Annotated[tuple[WindowInput, ...], Field(max_length=MOST_WINDOWS)] = _LEFT_OUT
    """The first window that holds decides instead of `delay_s` and `still_only`."""


class CameraInput(CameraUpdate):
    """Body of `POST /api/cameras`."""

    name: Name
    private_rtsp_url: SourceAddress
    video_codec: Codec = "h264"


class ProbeInput(SourceUpdate):
    """Body of `POST /api/cameras/probe`: a source that is not saved."""

    private_rtsp_url: SourceAddress


class CutOffInput(_Input):
    """Body of `PUT /api/cameras/{id}/cut-off`; without an end it lasts until somebody ends it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=MOST_REASON)]
    minutes: Annotated[int, Field(ge=1, le=MOST_CUT_OFF_MINUTES, strict=True)] | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_end(self) -> "CutOffInput":
        if self.minutes is not None and self.until is not None:
            raise PydanticCustomError("two_ends", "Give minutes or until, not both.")
        return self


class BulkInput(_Input):
    """Body of `POST /api/cameras/bulk`: one of `change`, `cut_off` and `action`."""

    ids: Annotated[
        tuple[Annotated[int, Field(ge=1, le=_HIGHEST, strict=True)], ...],
        Field(min_length=1, max_length=MOST_AT_ONCE),
    ]
    change: CameraUpdate | None = None
    cut_off: CutOffInput | None = None
    action: Literal["restore", "delete"] | None = None

    @model_validator(mode="after")
    def _one_wish(self) -> "BulkInput":
        wishes = (self.change, self.cut_off, self.action)
        if sum(wish is not None for wish in wishes) != 1:
            raise PydanticCustomError("one_wish", "Give one of change, cut_off and action.")
        return self


def _values(body: SourceUpdate) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in type(body).model_fields}
    values["address"] = values.pop("private_rtsp_url")
    for name in ("description", "location"):
        if values.get(name, KEEP) is None:
            values[name] = ""
    if values["headers"] is not KEEP:
        values["headers"] = tuple((each.name, each.value) for each in body.headers)
    if isinstance(body, CameraUpdate) and values["schedule"] is not KEEP:
        values["schedule"] = tuple(window.as_window() for window in body.schedule)
    return values
