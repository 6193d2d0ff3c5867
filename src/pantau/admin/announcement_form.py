"""The form of an announcement: what was typed, what it means, and what it holds at first."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.datastructures import UploadFile

from pantau.admin.typed import Typed, checked
from pantau.core.errors import Invalid
from pantau.core.moments import local_moment
from pantau.core.pictures import MOST_UPLOAD_BYTES
from pantau.notices.inputs import AnnouncementInput
from pantau.notices.values import Announcement, Draft

FIELDS: Final = (
    "title_id",
    "title_en",
    "text_id",
    "text_en",
    "severity",
    "link",
    "starts_at",
    "ends_at",
    "target",
    "area_id",
    "camera_id",
    "on_wall",
    "on_watch",
    "dismissible",
    "position",
    "enabled",
    "picture",
)
_LONG: Final = 5_000
_TEXTS: Final = ("title_id", "title_en", "text_id", "text_en", "severity", "link", "target")
_BOXES: Final = ("on_wall", "on_watch", "dismissible", "enabled")
_MOST_FIELDS: Final = 60
_NO_MOMENT: Final = "There is no such time on this day. Write date and time."


async def read_form(request: Request) -> tuple[Typed, bytes]:
    """Return the fields of the form and the picture that came with it."""
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=MOST_UPLOAD_BYTES)
    try:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        file = form.get("picture")
        if isinstance(file, UploadFile) and file.size:
            return Typed(pairs), await file.read(MOST_UPLOAD_BYTES + 1)
    finally:
        await form.close()
    return Typed(pairs), b""


def draft_of(typed: Typed, zone: ZoneInfo, *, picture: str = "") -> Draft:
    """Return what a form means; raises Invalid with the field that is wrong.

    Times are those of the clocks in `zone`.
    """
    values: dict[str, object] = {name: typed.secret(name, most=_LONG) for name in _TEXTS}
    values |= {name: typed.is_checked(name) for name in _BOXES}
    values["severity"] = values["severity"] or "info"
    values["target"] = values["target"] or "all"
    for name in ("area_id", "camera_id"):
        values[name] = min(typed.numbers(name), default=None)
    position = typed.text("position", most=10) or "0"
    values["position"] = int(position) if position.isascii() and position.isdigit() else -1
    for name in ("starts_at", "ends_at"):
        values[name] = _moment(typed.text(name), zone, name)
    values["keeps_picture"] = not typed.is_checked("drop_picture")
    return checked(AnnouncementInput, values).as_draft(picture=picture)


def shown(announcement: Announcement | None, zone: ZoneInfo) -> Typed:
    """Return the form as it is first seen."""
    one: Draft = announcement or Draft(title_id="")
    pairs: list[tuple[str, str]] = [
        ("title_id", one.title_id),
        ("title_en", one.title_en),
        ("text_id", one.text_id),
        ("text_en", one.text_en),
        ("severity", one.severity),
        ("link", one.link),
        ("starts_at", local_text(one.from_at, zone)),
        ("ends_at", local_text(one.to_at, zone)),
        ("target", one.target),
        ("area_id", str(one.area_id or "")),
        ("camera_id", str(one.camera_id or "")),
        ("position", str(one.position)),
    ]
    boxes = (one.on_wall, one.on_watch, one.is_dismissible, one.enabled)
    pairs += [(name, "1") for name, is_on in zip(_BOXES, boxes, strict=True) if is_on]
    return Typed(pairs)


def values_of(typed: Typed) -> Mapping[str, object]:
    """Return the form for a template."""
    texts: dict[str, object] = {
        name: typed.secret(name, most=_LONG)
        for name in (*_TEXTS, "starts_at", "ends_at", "area_id", "camera_id", "position")
    }
    return texts | {name: typed.is_checked(name) for name in (*_BOXES, "drop_picture")}


def local_text(at: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as a field for date and time holds it."""
    if at is None:
        return ""
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")


def _moment(written: str, zone: ZoneInfo, field: str) -> str | None:
    if not written:
        return None
    try:
        return local_moment(written, zone).isoformat()
    except ValueError as error:
        raise Invalid("announcements.moment", _NO_MOMENT, field=field) from error


def known_sentences(_: Callable[[str], str]) -> tuple[str, ...]:
    """Return what services and inputs say here, so that catalogues translate it."""
    return (
        _("There is no such time on this day. Write date and time."),
        _("It has to end after it began."),
        _("Choose at least one page on which it is shown."),
        _("Choose an area."),
        _("Choose a camera."),
        _("You may announce something for your areas and their cameras only."),
        _("You may write about your areas and their cameras only."),
        _("There are 200 announcements. Delete an old one."),
        _("A link begins with https:// and a whole host name, without spaces."),
        _("Write something here."),
        _("Leave control characters out."),
    )
