"""Announcements and notices as others work with them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from pantau.ui.i18n import Language

Severity = Literal["info", "warning"]
Target = Literal["all", "area", "camera"]
State = Literal["planned", "now", "over", "off"]
Scope = Literal["hub", "area", "camera"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything about an announcement that somebody writes."""

    title_id: str
    title_en: str = ""
    text_id: str = ""
    text_en: str = ""
    """Markdown; empty English texts are read in Indonesian."""
    severity: Severity = "info"
    picture: str = ""
    """Key of a picture of the site."""
    link: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    target: Target = "all"
    area_id: int | None = None
    camera_id: int | None = None
    on_wall: bool = True
    on_watch: bool = True
    is_dismissible: bool = True
    position: int = 0
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement(Draft):
    """An announcement as it is kept."""

    id: int
    created_at: datetime
    updated_at: datetime

    def state_at(self, now: datetime) -> State:
        """Return whether it is to be seen at that moment."""
        if not self.enabled:
            return "off"
        if self.to_at is not None and now >= self.to_at:
            return "over"
        return "planned" if self.from_at is not None and now < self.from_at else "now"

    def title(self, language: Language) -> str:
        """Return its title for a reader."""
        return (self.title_en if language == "en" else "") or self.title_id

    def text(self, language: Language) -> str:
        """Return its text for a reader: the language of the title, so that they go together."""
        return self.text_en if language == "en" and self.title_en else self.text_id

    @property
    def mark(self) -> str:
        """What a browser remembers of one that was put away; another one after every change."""
        return f"{self.id}.{int(self.updated_at.timestamp())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTexts:
    """What somebody wrote about the cameras of one scope; empty: the wider scope says it."""

    owner: str = ""
    purpose: str = ""
    retention: str = ""
    """Empty everywhere: what the recorder really does."""
    contact: str = ""

    def over(self, wider: "NoticeTexts") -> "NoticeTexts":
        """Return these texts, and those of `wider` where there is none."""
        return NoticeTexts(
            **{
                each.name: getattr(self, each.name) or getattr(wider, each.name)
                for each in fields(NoticeTexts)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraNotice:
    """What is said about one camera."""

    texts: NoticeTexts
    keep_hours: int | None
    """How long its recordings are kept; None: it is not recorded."""
