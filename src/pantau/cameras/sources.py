"""The source that a camera has after a change: address, kind, and what belongs to the kind.

Stored secrets go nowhere but where they were typed for: a mask, and headers that a change leaves
alone, count only as long as the requests lead to the same hosts.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from pantau.cameras.addresses import MASK, Address, host_literal
from pantau.cameras.capabilities import SCHEMES, SourceKind, kind_of
from pantau.cameras.carriers import kind_to_keep
from pantau.cameras.changes import (
    KEEP,
    MOST_ADDRESS,
    MOST_HEADER_NAME,
    MOST_HEADER_VALUE,
    MOST_HEADERS,
    CameraChange,
)
from pantau.cameras.masking import MaskError, is_same, origins, secrets_in, unmasked
from pantau.cameras.models import CameraSource
from pantau.core.errors import Invalid
from pantau.core.networks import AddressPolicy

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e\xa1-\xff]*")
_OURS_TO_SEND: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "range", "te", "upgrade"}
)
_FINGERPRINT: Final = re.compile(r"([0-9A-Fa-f]{64})?", re.ASCII)
_OVER_HTTP: Final = frozenset({SourceKind.HLS, SourceKind.MJPEG, SourceKind.FLV})
_WEB: Final = frozenset({"http", "https"})


def source_of(before: CameraSource, change: CameraChange, *, policy: AddressPolicy) -> CameraSource:
    """Return the source of a camera after `change`; raises Invalid with the field."""
    given = change.given
    url = _address(before, change, policy)
    kind, stated = _kind(before, change, url)
    wanted = replace(
        before,
        url=url,
        kind=kind_to_keep(url, stated),
        transport=before.transport if change.transport is KEEP else change.transport,
        tls_fingerprint=_fingerprint(before, change),
        snapshot_url=_second(before, change, "snapshot_url", policy),
    )
    wanted = _with_kind(wanted, before, change, kind, policy)
    stays = _places(wanted) == _places(before)
    wanted = replace(wanted, trusted=before.trusted and stays)
    _check_proxy(wanted, before, change)
    if before.headers and wanted.headers and not _leads(wanted) <= _leads(before):
        kept = "headers" not in given or any(value == MASK for _, value in _given_headers(change))
        if kept:
            raise Invalid(
                "cameras.headers_elsewhere",
                "The stored headers are for another address. Type them again, or leave them out.",
                field="headers",
            )
    return wanted


@dataclass(frozen=True, slots=True)
class _Trait:
    """A part of sources that only some kinds have."""

    field: str
    kinds: frozenset[SourceKind]
    sentence: str


_TRAITS: Final = (
    _Trait("relay", frozenset({SourceKind.HLS}), "Only HLS can be relayed."),
    _Trait("encode", frozenset({SourceKind.MJPEG}), "Only MJPEG is turned into video."),
    _Trait("headers", _OVER_HTTP, "Headers go with HLS, MJPEG and FLV only."),
    _Trait("proxy", _OVER_HTTP, "A proxy goes with HLS, MJPEG and FLV only."),
)
_BLANK: Final = CameraSource("")


def _with_kind(
    wanted: CameraSource,
    before: CameraSource,
    change: CameraChange,
    kind: SourceKind,
    policy: AddressPolicy,
) -> CameraSource:
    """Return `wanted` with what goes with `kind`, and without what does not."""
    wanted = replace(
        wanted,
        relay=_relay(before, change, kind),
        encode=before.encode if change.encode is KEEP else change.encode,
        tls=before.tls if change.tls is KEEP else change.tls,
        headers=_headers(before, change),
        proxy=_second(before, change, "proxy", policy),
    )
    for trait in _TRAITS:
        blank = getattr(_BLANK, trait.field)
        if kind in trait.kinds or getattr(wanted, trait.field) == blank:
            continue
        if trait.field in change.given:
            raise Invalid("cameras.trait", trait.sentence, field=trait.field)
        # It belonged to the kind that the camera had.
        wanted = replace(wanted, **{trait.field: blank})
    return wanted


def _address(before: CameraSource, change: CameraChange, policy: AddressPolicy) -> str:
    if change.address is KEEP:
        if not before.url:
            raise Invalid(
                "cameras.address", "Say where the pictures come from.", field="private_rtsp_url"
            )
        return before.url
    address = _read(change.address, before.url, "private_rtsp_url")
    if is_same(address, before.url):
        # However it was written when it was stored.
        return before.url
    if address.scheme == "file":
        raise Invalid(
            "cameras.file",
            "Files of this machine can be shown by its pantau.toml only.",
            field="private_rtsp_url",
        )
    _check_host(address, policy, "private_rtsp_url")
    return address.text


def _second(before: CameraSource, change: CameraChange, field: str, policy: AddressPolicy) -> str:
    """Return the proxy or the address of stills."""
    stored: str = getattr(before, field)
    written: str = stored if getattr(change, field) is KEEP else getattr(change, field).strip()
    if not written:
        return ""
    address = _read(written, stored, field)
    if is_same(address, stored):
        return stored
    allowed = frozenset({"http"}) if field == "proxy" else _WEB
    if address.scheme not in allowed:
        names = " or ".join(f"{scheme}://" for scheme in sorted(allowed))
        raise Invalid("cameras.address", f"This address begins with {names}.", field=field)
    _check_host(address, policy, field)
    return address.text


def _read(written: str, stored: str, field: str) -> Address:
    if len(written) > MOST_ADDRESS:
        raise Invalid("cameras.address", f"Write at most {MOST_ADDRESS} characters.", field=field)
    try:
        return unmasked(written, stored)
    except MaskError as error:
        raise Invalid("cameras.password_elsewhere", str(error), field=field) from None
    except ValueError as error:
        raise Invalid("cameras.address", str(error), field=field) from None


def _check_host(address: Address, policy: AddressPolicy, field: str) -> None:
    """Refuse addresses that nothing of ours may dial; names are judged when they are dialled."""
    literal = host_literal(address.host) if address.host else None
    why_not = None if literal is None else policy.why_not(literal)
    if why_not is not None:
        raise Invalid(
            "cameras.address_not_allowed",
            f"This address is not allowed: {why_not}. "
            "The setting media.allowed_networks can allow it.",
            field=field,
        )


def _kind(
    before: CameraSource, change: CameraChange, url: str
) -> tuple[SourceKind, SourceKind | None]:
    """Return the kind, and what was said of it: nothing where the address tells."""
    told = kind_of(url)
    if told is None:
        raise Invalid(
            "cameras.scheme",
            "The address begins with rtsp://, rtsps://, http://, https://, ws:// or wss://.",
            field="private_rtsp_url",
        )
    if change.kind is not KEEP:
        stated = change.kind
    else:
        stated = None if before.kind is None else SourceKind(before.kind)
    if stated is None:
        return told, None
    if url.partition(":")[0].lower() in SCHEMES[stated]:
        return stated, stated
    if change.kind is KEEP:
        # The address became one of another kind.
        return told, None
    names = " or ".join(f"{scheme}:" for scheme in SCHEMES[stated])
    field = "kind" if change.address is KEEP else "private_rtsp_url"
    raise Invalid(
        "cameras.kind", f"The address of a camera of this kind begins with {names}", field=field
    )


def _relay(before: CameraSource, change: CameraChange, kind: SourceKind) -> bool:
    if change.relay is not KEEP:
        return change.relay
    was = (before.kind or kind_of(before.url)) if before.url else None
    if was == kind:
        return before.relay
    # Somebody else's HLS is passed on as it is, unless something is asked that only the engine can.
    asks_more = change.enable_recording is True or change.low_latency is True
    is_late = change.delay_s is not KEEP and change.delay_s > 0
    return kind is SourceKind.HLS and not asks_more and not is_late


def _fingerprint(before: CameraSource, change: CameraChange) -> str:
    if change.tls_fingerprint is KEEP:
        return before.tls_fingerprint
    written = change.tls_fingerprint.strip().replace(":", "").lower()
    if not _FINGERPRINT.fullmatch(written):
        raise Invalid(
            "cameras.fingerprint",
            "A fingerprint (SHA-256) has 64 hexadecimal digits.",
            field="tls_fingerprint",
        )
    return written


def _given_headers(change: CameraChange) -> tuple[tuple[str, str], ...]:
    return () if change.headers is KEEP else change.headers


def _headers(before: CameraSource, change: CameraChange) -> tuple[tuple[str, str], ...]:
    if change.headers is KEEP:
        return before.headers
    if len(change.headers) > MOST_HEADERS:
        raise _bad_header(f"Send at most {MOST_HEADERS} headers.")
    stored = {name.lower(): value for name, value in before.headers}
    headers: dict[str, tuple[str, str]] = {}
    for name, value in change.headers:
        if len(name) > MOST_HEADER_NAME or not _HEADER_NAME.fullmatch(name):
            raise _bad_header("This is no name of a header.")
        if name.lower() in _OURS_TO_SEND:
            raise _bad_header(f"The header {name.lower()} is ours to send.")
        if name.lower() in headers:
            raise _bad_header(f"The header {name} is there twice.")
        meant = stored.get(name.lower()) if value == MASK else value.strip()
        if meant is None:
            raise _bad_header(f"Type the value of {name}: none is stored.")
        if len(meant) > MOST_HEADER_VALUE or not _HEADER_VALUE.fullmatch(meant):
            raise _bad_header(f"The value of {name} is too long or holds odd characters.")
        headers[name.lower()] = name, meant
    return tuple(headers.values())


def _bad_header(sentence: str) -> Invalid:
    return Invalid("cameras.headers", sentence, field="headers")


def _check_proxy(wanted: CameraSource, before: CameraSource, change: CameraChange) -> None:
    """Refuse another proxy for a login that nobody typed with it: it would read the login."""
    if not wanted.proxy or origins(wanted.proxy) == origins(before.proxy):
        return
    for url, written in (
        (wanted.url, change.address),
        (wanted.snapshot_url, change.snapshot_url),
    ):
        is_stored = written is KEEP or MASK in written
        if is_stored and any(secrets_in(url)):
            raise Invalid(
                "cameras.password_elsewhere",
                "Type the password again: the stored one was not meant for this proxy.",
                field="proxy",
            )


def _places(source: CameraSource) -> tuple[str, str, str]:
    return source.url, source.snapshot_url, source.proxy


def _leads(source: CameraSource) -> frozenset[tuple[str, str, int | None]]:
    return origins(source.url, source.proxy, source.snapshot_url)
