"""What the API of announcements and notices gives, field by field."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.notices.values import (
    Announcement,
    NoticeTexts,
    Severity,
    State,
    Target,
)
from pantau.site.pictures import picture_path


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Output):
    """A text in both languages; English may be empty."""

    id: str
    en: str


class PublicAnnouncement(_Output):
    """What anybody may know of an announcement that holds."""

    id: int
    title: Words
    text: Words
    """Markdown."""
    severity: Severity
    picture: str | None
    link: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    target: Target
    area_id: int | None
    camera_id: int | None
    placement: list[Literal["wall", "watch"]]
    dismissible: bool


class AnnouncementsAnswer(_Output):
    """What holds at this moment."""

    success: Literal[True] = True
    data: list[PublicAnnouncement]


class AnnouncementOutput(_Output):
    """An announcement, for those who write them."""

    id: int
    title_id: str
    title_en: str
    text_id: str
    text_en: str
    severity: Severity
    picture: str | None
    link: str
    starts_at: datetime | None
    ends_at: datetime | None
    target: Target
    area_id: int | None
    camera_id: int | None
    on_wall: bool
    on_watch: bool
    dismissible: bool
    position: int
    enabled: bool
    state: State
    created_at: datetime
    updated_at: datetime


class NoticeTextsOutput(_Output):
    """The texts as visitors read them."""

    owner: str
    purpose: str
    retention: str
    contact: str


class NoticeOutput(_Output):
    """What is said about one scope: what was written there, and what holds with wider ones."""

    owner: str
    purpose: str
    retention: str
    contact: str
    effective: NoticeTextsOutput
    keep_hours: int | None
    """How long recordings of the camera are kept; null: it is not recorded, or no camera."""


def public_announcement(announcement: Announcement) -> PublicAnnouncement:
    """Return what anybody may know."""
    placement: list[Literal["wall", "watch"]] = []
    if announcement.on_wall:
        placement.append("wall")
    if announcement.on_watch:
        placement.append("watch")
    return PublicAnnouncement(
        id=announcement.id,
        title=Words(id=announcement.title_id, en=announcement.title_en),
        text=Words(id=announcement.text_id, en=announcement.text_en),
        severity=announcement.severity,
        picture=picture_path(announcement.picture) or None,
        link=announcement.link or None,
        starts_at=announcement.from_at,
        ends_at=announcement.to_at,
        target=announcement.target,
        area_id=announcement.area_id,
        camera_id=announcement.camera_id,
        placement=placement,
        dismissible=announcement.is_dismissible,
    )


def announcement_output(announcement: Announcement, now: datetime) -> AnnouncementOutput:
    """Return all of it, with its state at that moment."""
    return AnnouncementOutput(
        id=announcement.id,
        title_id=announcement.title_id,
        title_en=announcement.title_en,
        text_id=announcement.text_id,
        text_en=announcement.text_en,
        severity=announcement.severity,
        picture=picture_path(announcement.picture) or None,
        link=announcement.link,
        starts_at=announcement.from_at,
        ends_at=announcement.to_at,
        target=announcement.target,
        area_id=announcement.area_id,
        camera_id=announcement.camera_id,
        on_wall=announcement.on_wall,
        on_watch=announcement.on_watch,
        dismissible=announcement.is_dismissible,
        position=announcement.position,
        enabled=announcement.enabled,
        state=announcement.state_at(now),
        created_at=announcement.created_at,
        updated_at=announcement.updated_at,
    )


def notice_output(written: NoticeTexts, wider: NoticeTexts, keep_hours: int | None) -> NoticeOutput:
    """Return what is said about one scope."""
    return NoticeOutput(
        owner=written.owner,
        purpose=written.purpose,
        retention=written.retention,
        contact=written.contact,
        effective=_texts(written.over(wider)),
        keep_hours=keep_hours,
    )


def _texts(texts: NoticeTexts) -> NoticeTextsOutput:
    return NoticeTextsOutput(
        owner=texts.owner,
        purpose=texts.purpose,
        retention=texts.retention,
        contact=texts.contact,
    )
