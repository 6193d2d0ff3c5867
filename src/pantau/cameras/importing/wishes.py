"""What a row asks of a camera: the fields of a change, or why there can be none."""

from dataclasses import dataclass, replace
from typing import Any, Final

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import (
    MOST_DESCRIPTION,
    MOST_GROUP,
    MOST_LOCATION,
    MOST_NAME,
    CameraChange,
)
from pantau.cameras.decisions import Visibility
from pantau.cameras.importing.addresses import (
    host_of,
    infer_kind,
    inner_address,
    same_source,
    why_unusable,
)
from pantau.cameras.importing.candidates import Candidate
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.profiles import Profile
from pantau.cameras.importing.provenance import (
    Provenance,
    provenance_of,
    read_provenance,
    scrubbed,
)
from pantau.core.networks import AddressPolicy

_HTTP: Final = frozenset({SourceKind.HLS, SourceKind.MJPEG, SourceKind.FLV})


class UnusableRowError(Exception):
    """There can be no camera of this row; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A camera as a row wants it; `area_id` is added later."""

    candidate: Candidate
    kind: SourceKind
    address: str
    same: str
    """What equal sources have in common."""
    provenance: Provenance
    said: CameraChange
    """What the row says: for a camera that is here."""
    new: CameraChange
    """The same with what the profile and the choices add: for a camera that is not."""
    warnings: tuple[str, ...]


def wish_of(
    candidate: Candidate, *, profile: Profile, options: Options, policy: AddressPolicy
) -> Wish:
    """Return what a row wants; raises UnusableRowError."""
    if candidate.refused:
        raise UnusableRowError(candidate.refused)
    warnings = list(candidate.warnings)
    if profile.warning:
        warnings.append(profile.warning)
    candidate, kind = _with_source(candidate, profile, warnings)
    wrong = why_unusable(candidate.address, kind, policy)
    if wrong is not None or kind is None:
        raise UnusableRowError(wrong or "The address cannot be read.")
    if kind is SourceKind.MPEGTS_WS:
        warnings.append("Streams over websockets cannot be played yet; the camera is only noted.")
    host = host_of(candidate.address)
    shown_to = options.visibility or profile.visibility
    if "@" in candidate.address and shown_to is Visibility.PUBLIC and not candidate.is_own:
        warnings.append("The address holds a login: check whom this camera is shown to.")
    origin = _origin(candidate, host)
    said = _said(candidate, kind, origin, warnings)
    new = said if candidate.is_own else _as_new(said, candidate, kind, profile, options)
    if candidate.is_offline:
        warnings.append("The catalogue says that this camera is offline.")
    return Wish(
        candidate=candidate,
        kind=kind,
        address=candidate.address,
        same=same_source(candidate.address),
        provenance=origin,
        said=said,
        new=new,
        warnings=tuple(warnings),
    )


def _with_source(
    candidate: Candidate, profile: Profile, warnings: list[str]
) -> tuple[Candidate, SourceKind | None]:
    """Return the row with the address that counts, and what it speaks."""
    if candidate.is_own:
        told = candidate.own.get("kind")
        return candidate, told if isinstance(told, SourceKind) else infer_kind(candidate.address)
    if not candidate.name:
        raise UnusableRowError("The row has no name.")
    named = SourceKind(candidate.kind) if candidate.kind else profile.kind
    address, page = candidate.address, candidate.embed_url
    if named is SourceKind.EMBED:
        address = page or address
    else:
        # A page that plays a stream names it behind its #: that is the camera.
        address = inner_address(address) or address or inner_address(page) or page
    if not address:
        raise UnusableRowError("The row has no address of a stream.")
    if "://" not in address:
        raise UnusableRowError("The address is only a part of one: scheme and host are missing.")
    if " " in address:
        address = address.replace(" ", "%20")
        warnings.append("The address had spaces in it; they are escaped.")
    inferred = infer_kind(address, has_page_only=bool(page) and address == page)
    kind = named if named is not None and _can_be(named, inferred) else inferred
    if profile.kind is not None and kind is not profile.kind:
        raise UnusableRowError(
            f"The address is not of the kind of this profile ({profile.kind.value})."
        )
    if kind is SourceKind.MJPEG and named is None and not _looks_moving(address):
        warnings.append("What the address gives was guessed: it counts as MJPEG.")
    return replace(candidate, address=address), kind


def _can_be(named: SourceKind, inferred: SourceKind | None) -> bool:
    """Tell whether an address can be of the kind that the file names: the scheme decides."""
    if inferred is None or named is inferred:
        return inferred is not None
    is_http = inferred in _HTTP or inferred is SourceKind.EMBED
    return is_http and (named in _HTTP or named is SourceKind.EMBED)


def _looks_moving(address: str) -> bool:
    word = address.lower()
    return any(sign in word for sign in ("mjpg", "mjpeg", "nph-zms", "video.cgi", "faststream"))


def _origin(candidate: Candidate, host: str) -> Provenance:
    if candidate.is_own:
        told = candidate.own.get("description")
        return read_provenance(told if isinstance(told, str) else "") or Provenance()
    return provenance_of(
        site=candidate.source_site,
        provider=candidate.provider,
        status=candidate.source_status,
        id_=candidate.source_id,
        host=host,
    )


def _said(
    candidate: Candidate, kind: SourceKind, origin: Provenance, warnings: list[str]
) -> CameraChange:
    if candidate.is_own:
        own: dict[str, Any] = dict(candidate.own)
        return CameraChange(**own)
    host = host_of(candidate.address)
    given: dict[str, Any] = dict(candidate.own)
    given["name"] = _cut(scrubbed(candidate.name, host), MOST_NAME, "name", warnings)
    given["address"] = candidate.address
    given["kind"] = kind
    location = _cut(scrubbed(candidate.location, host), MOST_LOCATION, "location", warnings)
    if location and location != given["name"]:
        given["location"] = location
    given["description"] = _description(candidate, origin, host)
    if candidate.group_name:
        given["group_name"] = _cut(candidate.group_name, MOST_GROUP, "group", warnings)
    if candidate.latitude is not None and candidate.longitude is not None:
        given["latitude"], given["longitude"] = candidate.latitude, candidate.longitude
    if candidate.snapshot_url and len(candidate.snapshot_url) <= 500:
        given["snapshot_url"] = candidate.snapshot_url
    if candidate.tls and kind in _HTTP:
        given["tls"] = candidate.tls
    if candidate.transport and kind is SourceKind.RTSP:
        given["transport"] = candidate.transport
    if candidate.relay is not None and kind is SourceKind.HLS:
        given["relay"] = candidate.relay
    if kind is SourceKind.EMBED:
        given.pop("headers", None)
    told: dict[str, Any] = {name: value for name, value in given.items() if value != ""}
    return CameraChange(**told)


def _as_new(
    said: CameraChange,
    candidate: Candidate,
    kind: SourceKind,
    profile: Profile,
    options: Options,
) -> CameraChange:
    enabled = options.enabled
    if enabled is None:
        enabled = candidate.enabled is not False
    relay = profile.relay if candidate.relay is None else candidate.relay
    return replace(
        said,
        relay=relay and kind is SourceKind.HLS,
        on_demand=profile.on_demand if candidate.on_demand is None else candidate.on_demand,
        visibility=options.visibility or profile.visibility,
        enabled=enabled,
        enable_recording=False,
    )


def _description(candidate: Candidate, origin: Provenance, host: str) -> str:
    text = candidate.description
    if read_provenance(text) is not None:
        text = text.partition("SOURCE:")[0]
    text = scrubbed(text.strip(), host)
    if origin == Provenance():
        return text[:MOST_DESCRIPTION].strip()
    line = origin.text()
    room = MOST_DESCRIPTION - len(line) - 1
    return f"{text[:room].strip()} {line}".strip() if text and text != candidate.name else line


def _cut(text: str, most: int, what: str, warnings: list[str]) -> str:
    if len(text) <= most:
        return text
    warnings.append(f"The {what} was longer than {most} characters and was cut.")
    return text[:most].strip()
