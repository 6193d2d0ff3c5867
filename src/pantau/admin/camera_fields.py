"""The fields of the camera form: a camera as what would have been typed, and back.

Passwords go one way only: what is stored shows as `***` or not at all.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from typing import Any, Final, get_args

from pantau.admin.coordinates import typed_coordinates
from pantau.admin.typed import Typed
from pantau.cameras import changes
from pantau.cameras.adding import blank
from pantau.cameras.addresses import MASK, Address, address_of
from pantau.cameras.capabilities import SourceKind, kind_of
from pantau.cameras.changes import KEEP, CameraChange, Tls, Transport
from pantau.cameras.decisions import MOST_WINDOWS, Showing, Visibility, Window
from pantau.cameras.masking import masked
from pantau.cameras.models import CameraStatus, VideoCodec
from pantau.cameras.stored import SponsorPackage, StoredCamera
from pantau.core.errors import Invalid

SPARE_WINDOWS: Final = 2
_OVER_HTTP: Final = frozenset({SourceKind.HLS, SourceKind.MJPEG, SourceKind.FLV})
_LONG: Final = 2_000


def _decision_names() -> Iterator[str]:
    yield from ("visibility", "delay_s", "still_only")
    for number in range(MOST_WINDOWS):
        yield from (f"w{number}_{part}" for part in ("day", "begins", "ends", "showing"))


def fields_of(stored: StoredCamera) -> Typed:
    """Return the form that would make a camera what it is."""
    pairs = [*_source_pairs(stored), *_own_pairs(stored), *_decision_pairs(stored)]
    return Typed([(name, "" if value is None else str(value)) for name, value in pairs])


def with_settings(typed: Typed, stored: StoredCamera) -> Typed:
    """Return what to show again of a form: the settings decide what could not be typed."""
    if stored.managed_by != "settings":
        return typed
    said = ((name, value) for name in _decision_names() for value in typed.every(name))
    own = [*_source_pairs(stored), *_own_pairs(stored)]
    return Typed([*((name, "" if value is None else str(value)) for name, value in own), *said])


def shown_address(typed: Typed) -> str:
    """Return the typed address to show it again: without a password that stood in it."""
    written = typed.text("private_rtsp_url", most=changes.MOST_ADDRESS)
    return masked(written) if "@" in written else written


def new_fields(now: datetime) -> Typed:
    """Return the form of a camera that nobody has described yet."""
    pairs = [*_source_pairs(blank(now)), *_own_pairs(blank(now)), *_decision_pairs(blank(now))]
    # Somebody else's HLS is passed on unless somebody wants more of it.
    relayed = [("relay", "1")]
    return Typed(
        [*((name, "" if value is None else str(value)) for name, value in pairs), *relayed]
    )


def change_of(typed: Typed, before: StoredCamera | None) -> CameraChange:
    """Return what a form wants.

    Raises Invalid for what is no number, no time or no known choice; limits are the editor's.
    """
    decided = _decisions(typed)
    if before is not None and before.managed_by == "settings":
        return CameraChange(**decided)
    return CameraChange(**_source(typed, before), **_own(typed), **decided)


def source_change_of(typed: Typed, before: StoredCamera | None) -> CameraChange:
    """Return what a form wants of the source alone."""
    if before is not None and before.managed_by == "settings":
        return CameraChange()
    return CameraChange(**_source(typed, before))


def has_password(stored: StoredCamera) -> bool:
    """Tell whether a password is stored in the address of a camera."""
    address = _address_of(stored.camera.source.url)
    return address is not None and address.password is not None


def window_numbers(typed: Typed) -> range:
    """Return the numbers of the windows that a form has room for: those filled in, and two."""
    filled = [number for number in range(MOST_WINDOWS) if typed.every(f"w{number}_day")]
    return range(min(MOST_WINDOWS, (max(filled) + 1 if filled else 0) + SPARE_WINDOWS))


def _source_pairs(stored: StoredCamera) -> Iterator[tuple[str, Any]]:
    source = stored.camera.source
    address = _address_of(masked(source.url))
    yield "private_rtsp_url", "" if address is None else _without_login(address)
    yield "source_user", "" if address is None else address.user
    yield "kind", source.kind
    yield "transport", source.transport
    yield "tls", source.tls
    yield "tls_fingerprint", source.tls_fingerprint
    yield "headers", "\n".join(f"{name}: {MASK}" for name, _ in source.headers)
    yield "proxy", masked(source.proxy)
    yield "snapshot_url", masked(source.snapshot_url)
    for name in ("relay", "encode"):
        if getattr(source, name):
            yield name, "1"


def _own_pairs(stored: StoredCamera) -> Iterator[tuple[str, Any]]:
    camera, sponsor = stored.camera, stored.sponsor
    yield from (
        ("name", camera.name),
        ("location", camera.location),
        ("description", camera.description),
        ("group_name", camera.group_name),
        ("area_id", camera.area_id),
        ("latitude", camera.latitude),
        ("longitude", camera.longitude),
        ("status", camera.status),
        ("video_codec", camera.announced_codec),
        ("recording_duration_hours", stored.recording_duration_hours),
        ("sponsor_name", sponsor.name),
        ("sponsor_logo", sponsor.logo),
        ("sponsor_url", sponsor.url),
        ("sponsor_package", sponsor.package),
    )
    on = {
        "enabled": camera.enabled,
        "on_demand": camera.on_demand,
        "low_latency": camera.low_latency,
        "is_tunnel": camera.is_tunnel,
        "enable_recording": stored.enable_recording,
    }
    yield from ((name, "1") for name, is_on in on.items() if is_on)


def _decision_pairs(stored: StoredCamera) -> Iterator[tuple[str, Any]]:
    decision = stored.camera.decision
    yield "visibility", decision.visibility.value
    yield "delay_s", decision.delay_s
    if decision.still_only:
        yield "still_only", "1"
    for number, window in enumerate(decision.schedule):
        yield from ((f"w{number}_day", day) for day in sorted(window.days))
        yield f"w{number}_begins", f"{window.begins:%H:%M}"
        yield f"w{number}_ends", f"{window.ends:%H:%M}"
        yield f"w{number}_showing", window.showing.value


def _source(typed: Typed, before: StoredCamera | None) -> dict[str, Any]:
    chosen = typed.text("kind")
    if chosen and chosen not in set(SourceKind):
        raise _unknown("kind")
    address = _address(typed, before)
    found: dict[str, Any] = {
        "address": address,
        "kind": SourceKind(chosen) if chosen else None,
        "tls_fingerprint": typed.text("tls_fingerprint"),
        "snapshot_url": typed.text("snapshot_url", most=_LONG),
    }
    # What a kind does not have is not shown, and so not meant.
    kind = found["kind"] or kind_of(address)
    if kind is SourceKind.HLS:
        found["relay"] = typed.is_checked("relay")
    if kind is SourceKind.MJPEG:
        found["encode"] = typed.is_checked("encode")
    if kind in _OVER_HTTP:
        found["headers"] = tuple(_headers(typed))
        found["proxy"] = typed.text("proxy", most=_LONG)
    for name, known in (("transport", get_args(Transport)), ("tls", get_args(Tls))):
        value = typed.text(name)
        found[name] = value if value in known else KEEP
    return found


def _own(typed: Typed) -> dict[str, Any]:
    latitude, longitude = typed_coordinates(
        typed.text("latitude", most=500), typed.text("longitude", most=500)
    )
    codec, status = typed.text("video_codec"), typed.text("status")
    package = typed.text("sponsor_package")
    return {
        "name": typed.text("name", most=changes.MOST_NAME + 1),
        "location": typed.text("location", most=changes.MOST_LOCATION + 1),
        "description": typed.text("description", most=changes.MOST_DESCRIPTION + 1),
        "group_name": typed.text("group_name", most=changes.MOST_GROUP + 1) or None,
        "area_id": _number("area_id", typed.text("area_id"), int),
        "latitude": _number("latitude", latitude, float),
        "longitude": _number("longitude", longitude, float),
        "status": status if status in get_args(CameraStatus) else KEEP,
        "video_codec": codec if codec in get_args(VideoCodec) else None,
        "enabled": typed.is_checked("enabled"),
        "on_demand": typed.is_checked("on_demand"),
        "low_latency": typed.is_checked("low_latency"),
        "is_tunnel": typed.is_checked("is_tunnel"),
        "enable_recording": typed.is_checked("enable_recording"),
        "recording_duration_hours": _number(
            "recording_duration_hours", typed.text("recording_duration_hours"), int
        ),
        "sponsor_name": typed.text("sponsor_name", most=_LONG) or None,
        "sponsor_logo": typed.text("sponsor_logo", most=_LONG) or None,
        "sponsor_url": typed.text("sponsor_url", most=_LONG) or None,
        "sponsor_package": package if package in get_args(SponsorPackage) else None,
    }


def _decisions(typed: Typed) -> dict[str, Any]:
    visibility = typed.text("visibility")
    if visibility not in set(Visibility):
        raise _unknown("visibility")
    return {
        "visibility": Visibility(visibility),
        "delay_s": _number("delay_s", typed.text("delay_s"), int) or 0,
        "still_only": typed.is_checked("still_only"),
        "schedule": tuple(_windows(typed)),
    }


def _windows(typed: Typed) -> Iterator[Window]:
    for number in range(MOST_WINDOWS + SPARE_WINDOWS):
        days = typed.numbers(f"w{number}_day")
        if not days:
            continue
        showing = typed.text(f"w{number}_showing")
        try:
            yield Window(
                days=days,
                begins=time.fromisoformat(typed.text(f"w{number}_begins")),
                ends=time.fromisoformat(typed.text(f"w{number}_ends")),
                showing=Showing(showing),
            )
        except ValueError as error:
            raise Invalid(
                "form.schedule",
                "Give each window a time at which it begins and ends.",
                field="schedule",
            ) from error


def _headers(typed: Typed) -> Iterator[tuple[str, str]]:
    for line in typed.text("headers", most=_LONG * changes.MOST_HEADERS).splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise Invalid(
                "form.headers",
                "Write one header a line: the name, a colon, the value.",
                field="headers",
            )
        yield name.strip(), value.strip()


def _address(typed: Typed, before: StoredCamera | None) -> str:
    """Return the address with its login from the fields beside it; a login within it wins."""
    written = typed.text("private_rtsp_url", most=changes.MOST_ADDRESS + 1)
    address = _address_of(written)
    if address is None or address.user or address.password is not None or not address.host:
        return written
    user, password = typed.text("source_user"), typed.secret("source_password")
    if password:
        return replace(address, user=user, password=password).text
    if not user:
        return written
    if before is not None and has_password(before):
        return replace(address, user=user, password=MASK).with_password_as(MASK)
    return replace(address, user=user).text


def _address_of(written: str) -> Address | None:
    try:
        return address_of(written)
    except ValueError:
        return None


def _without_login(address: Address) -> str:
    return replace(address, user="", password=None, hides_password=False).text


def _number(field: str, written: str, kind: type[int] | type[float]) -> Any:
    if not written:
        return None
    try:
        return kind(written)
    except ValueError as error:
        raise Invalid("form.number", "This is no number.", field=field) from error


def _unknown(field: str) -> Invalid:
    return Invalid("form.choice", "Choose one of the list.", field=field)
