"""Applies a change to a camera: every limit and every rule between the fields, and no database."""

import re
from dataclasses import replace
from typing import Final

from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.changes import (
    KEEP,
    MOST_DESCRIPTION,
    MOST_GROUP,
    MOST_LOCATION,
    MOST_NAME,
    MOST_RECORDING_HOURS,
    MOST_SPONSOR_ADDRESS,
    MOST_SPONSOR_NAME,
    CameraChange,
)
from pantau.cameras.decisions import MOST_DELAY_S, MOST_WINDOWS, PublicDecision, Showing
from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.sources import source_of
from pantau.cameras.stored import Sponsor, StoredCamera
from pantau.core.errors import Invalid
from pantau.core.ids import AreaId
from pantau.core.networks import AddressPolicy

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAKS: Final = re.compile("[\t\n\r\u2028\u2029]")
_MOST_NORTH: Final = 90.0
_MOST_EAST: Final = 180.0


def applied(before: StoredCamera, change: CameraChange, *, policy: AddressPolicy) -> StoredCamera:
    """Return `before` with `change` in it.

    Raises Invalid, whose `field` is the name that API clients know.  Whether the area exists is
    the caller's to ask.  `before` may be `adding.blank`.  Number, slug, stream key, dates and
    keeper stay; the stream revision grows when the source is another.
    """
    recording = (
        before.enable_recording if change.enable_recording is KEEP else (change.enable_recording)
    )
    camera = replace(
        _described(before.camera, change),
        source=source_of(before.camera.source, change, policy=policy),
        decision=_decided(before.camera.decision, change),
        recorded=recording,
    )
    _check_abilities(camera, change)
    if is_another_source(before.camera.source, camera.source):
        camera = replace(camera, stream_revision=camera.stream_revision + bool(camera.id))
    hours = change.recording_duration_hours
    if hours is not KEEP and hours is not None:
        _check_number("recording_duration_hours", hours, least=1, most=MOST_RECORDING_HOURS)
    return replace(
        before,
        camera=camera,
        enable_recording=recording,
        recording_duration_hours=before.recording_duration_hours if hours is KEEP else hours,
        sponsor=_sponsored(before.sponsor, change),
    )


def is_another_source(before: CameraSource, after: CameraSource) -> bool:
    """Tell whether streams have to begin anew: addresses of stills and trust do not count."""
    return replace(before, snapshot_url="", trusted=False) != replace(
        after, snapshot_url="", trusted=False
    )


def _described(camera: Camera, change: CameraChange) -> Camera:
    name = camera.name if change.name is KEEP else _text("name", change.name, MOST_NAME)
    if not name:
        raise Invalid("cameras.name", "Give the camera a name.", field="name")
    described = replace(
        camera,
        name=name,
        description=camera.description
        if change.description is KEEP
        else _text("description", change.description, MOST_DESCRIPTION, several_lines=True),
        location=camera.location
        if change.location is KEEP
        else _text("location", change.location, MOST_LOCATION),
        group_name=camera.group_name
        if change.group_name is KEEP
        else _maybe("group_name", change.group_name, MOST_GROUP),
        latitude=camera.latitude
        if change.latitude is KEEP
        else _degrees("latitude", change.latitude, _MOST_NORTH),
        longitude=camera.longitude
        if change.longitude is KEEP
        else _degrees("longitude", change.longitude, _MOST_EAST),
        enabled=camera.enabled if change.enabled is KEEP else change.enabled,
        status=camera.status if change.status is KEEP else change.status,
        on_demand=camera.on_demand if change.on_demand is KEEP else change.on_demand,
        low_latency=camera.low_latency if change.low_latency is KEEP else change.low_latency,
        is_tunnel=camera.is_tunnel if change.is_tunnel is KEEP else change.is_tunnel,
        announced_codec=camera.announced_codec
        if change.video_codec is KEEP
        else change.video_codec,
    )
    if change.area_id is not KEEP and change.area_id != camera.area_id:
        area_id = None if change.area_id is None else AreaId(change.area_id)
        described = replace(described, area_id=area_id, area_name=None)
    if described.latitude == 0 and described.longitude == 0:
        field = "longitude" if change.latitude is KEEP else "latitude"
        raise Invalid(
            "cameras.nowhere",
            "0, 0 lies in the Atlantic. Give the true coordinates, or none.",
            field=field,
        )
    return described


def _decided(decision: PublicDecision, change: CameraChange) -> PublicDecision:
    delay_s = decision.delay_s if change.delay_s is KEEP else change.delay_s
    _check_number("delay_s", delay_s, least=0, most=MOST_DELAY_S)
    schedule = decision.schedule if change.schedule is KEEP else change.schedule
    if len(schedule) > MOST_WINDOWS:
        raise Invalid(
            "cameras.schedule", f"A schedule has at most {MOST_WINDOWS} windows.", field="schedule"
        )
    for window in schedule:
        if not window.days or not window.days <= frozenset(range(1, 8)):
            raise Invalid(
                "cameras.schedule", "Days are numbers from 1, Monday, to 7.", field="schedule"
            )
        if window.showing is Showing.DELAYED and not delay_s:
            raise Invalid(
                "cameras.schedule",
                "The schedule shows it late: say how late in delay_s.",
                field="delay_s" if change.schedule is KEEP else "schedule",
            )
    return replace(
        decision,
        visibility=decision.visibility if change.visibility is KEEP else change.visibility,
        delay_s=delay_s,
        still_only=decision.still_only if change.still_only is KEEP else change.still_only,
        schedule=schedule,
    )


def _sponsored(sponsor: Sponsor, change: CameraChange) -> Sponsor:
    return Sponsor(
        name=sponsor.name
        if change.sponsor_name is KEEP
        else _maybe("sponsor_name", change.sponsor_name, MOST_SPONSOR_NAME),
        logo=sponsor.logo
        if change.sponsor_logo is KEEP
        else _link("sponsor_logo", change.sponsor_logo, may_be_ours=True),
        url=sponsor.url
        if change.sponsor_url is KEEP
        else _link("sponsor_url", change.sponsor_url, may_be_ours=False),
        package=sponsor.package if change.sponsor_package is KEEP else change.sponsor_package,
    )


def _check_abilities(camera: Camera, change: CameraChange) -> None:
    """Refuse what this kind of source cannot do; the field named is one that the change gives."""
    can = capabilities_for(camera.source)
    wanted = (
        ("enable_recording", camera.recorded, can.record, "be recorded"),
        ("delay_s", camera.decision.delay_s > 0, can.delay, "be shown late"),
        (
            "low_latency",
            camera.low_latency,
            can.carrier is Carrier.ENGINE,
            "be served with low latency",
        ),
    )
    for field, is_wanted, is_possible, what in wanted:
        if not is_wanted or is_possible:
            continue
        source_fields = [name for name in _SOURCE_FIELDS if name in change.given]
        told = field if field in change.given or not source_fields else source_fields[0]
        if can.carrier is Carrier.ENGINE:
            if told not in change.given:
                # Kept from before this was refused: it is not what is being changed.
                continue
            raise Invalid(
                "cameras.cannot",
                "A camera that gives single pictures cannot be recorded; have it encoded anew.",
                field=_WIRE_NAMES.get(told, told),
            )
        raise Invalid(
            "cameras.cannot",
            f"A camera that is {_CARRIED[can.carrier]} cannot {what}.",
            field=_WIRE_NAMES.get(told, told),
        )


_CARRIED: Final = {
    Carrier.ENGINE: "pulled",
    Carrier.RELAY: "relayed",
    Carrier.PAGE: "somebody else's page",
    Carrier.NOBODY: "known only",
}
_SOURCE_FIELDS: Final = ("relay", "kind", "address", "encode")
_WIRE_NAMES: Final = {"address": "private_rtsp_url"}


def _text(field: str, written: str, most: int, *, several_lines: bool = False) -> str:
    written = written.strip()
    if _UNWRITABLE.search(written) or (not several_lines and _LINE_BREAKS.search(written)):
        raise Invalid("cameras.text", "This text holds control characters.", field=field)
    if len(written) > most:
        raise Invalid("cameras.text", f"Write at most {most} characters.", field=field)
    return written


def _maybe(field: str, written: str | None, most: int) -> str | None:
    return None if written is None else _text(field, written, most) or None


def _link(field: str, written: str | None, *, may_be_ours: bool) -> str | None:
    link = _maybe(field, written, MOST_SPONSOR_ADDRESS)
    if link is None or link.lower().startswith(("http://", "https://")):
        return link
    if may_be_ours and link.startswith("/") and not link.startswith("//"):
        return link
    # A page shows it as a link: javascript: and the like would run in the visitor's browser.
    raise Invalid(
        "cameras.link", "Write an address that begins with https:// or http://.", field=field
    )


def _degrees(field: str, degrees: float | None, most: float) -> float | None:
    # NaN is in no range.
    if degrees is not None and not -most <= degrees <= most:
        raise Invalid(
            "cameras.coordinates", f"Degrees are from -{most:g} to {most:g}.", field=field
        )
    return degrees


def _check_number(field: str, number: int, *, least: int, most: int) -> None:
    if not least <= number <= most:
        raise Invalid(
            "cameras.number", f"This is a whole number from {least} to {most}.", field=field
        )
