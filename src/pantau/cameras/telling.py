"""A camera as logs and the audit trail tell of it: every field by its name, and no secret."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pantau.cameras.addresses import address_of
from pantau.cameras.lifecycle import CameraEvent, Kind
from pantau.cameras.row_texts import schedule_text
from pantau.cameras.stored import StoredCamera


def told(stored: StoredCamera) -> Mapping[str, object]:
    """Return what may be known of a camera for ever.

    Of addresses only the host, of headers only the names; a new password shows as another
    `stream_revision`.
    """
    camera, source, decision = stored.camera, stored.camera.source, stored.camera.decision
    cut_off = decision.cut_off
    return {
        "name": camera.name,
        "host": host_in(source.url),
        "kind": source.kind,
        "relay": source.relay,
        "transport": source.transport,
        "encode": source.encode,
        "tls": source.tls,
        "tls_fingerprint": source.tls_fingerprint[:16],
        "headers": [name for name, _ in source.headers],
        "proxy": host_in(source.proxy),
        "snapshot": host_in(source.snapshot_url),
        "stream_revision": camera.stream_revision,
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
        "recording_duration_hours": stored.recording_duration_hours,
        "video_codec": camera.announced_codec,
        "sponsor_name": stored.sponsor.name,
        "sponsor_logo": stored.sponsor.logo,
        "sponsor_url": stored.sponsor.url,
        "sponsor_package": stored.sponsor.package,
        "visibility": decision.visibility.value,
        "delay_s": decision.delay_s,
        "still_only": decision.still_only,
        "schedule": schedule_text(decision.schedule),
        "cut_off": cut_off is not None,
        "cut_off_reason": cut_off.reason if cut_off else "",
        "cut_off_until": _moment(cut_off.until) if cut_off else None,
        "managed_by": stored.managed_by,
    }


def target(stored: StoredCamera) -> str:
    """Return what the trail calls a camera."""
    return f"camera {stored.camera.id} ({stored.camera.name})"


def host_in(address: str) -> str:
    """Return host and port of an address, and nothing else of it."""
    if not address:
        return ""
    try:
        found = address_of(address)
    except ValueError:
        return "?"
    host = f"[{found.host}]" if ":" in found.host else found.host
    return f"{host}:{found.port}" if found.port else host or f"{found.scheme}:"


def changes_between(
    before: StoredCamera, after: StoredCamera, *, at: datetime, actor: str
) -> Iterator[CameraEvent]:
    """Yield the lines that the lifecycle log gets for a change."""
    was, becomes = told(before), told(after)
    names = [name for name in becomes if becomes[name] != was[name]]
    details = {
        "before": {name: was[name] for name in names},
        "after": {name: becomes[name] for name in names},
    }
    kinds = []
    if before.managed_by != after.managed_by:
        kinds.append(Kind.ADOPTED)
    if before.camera.stream_revision != after.camera.stream_revision:
        kinds.append(Kind.SOURCE_CHANGED)
    if before.camera.enabled != after.camera.enabled:
        kinds.append(Kind.ENABLED if after.camera.enabled else Kind.DISABLED)
    # The details stand in one line, whatever the others say beside it.
    if not kinds or set(names) - {"managed_by", "enabled", "stream_revision"}:
        first = Kind.SOURCE_CHANGED if Kind.SOURCE_CHANGED in kinds else Kind.CHANGED
        kinds = [kind for kind in kinds if kind is not first]
        yield CameraEvent(
            camera_id=after.camera.id, at=at, kind=first, actor=actor, details=details
        )
    for kind in kinds:
        yield CameraEvent(camera_id=after.camera.id, at=at, kind=kind, actor=actor)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
