"""What operators write, field by field."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from pantau.core.links import LONGEST
from pantau.core.moments import moment_of
from pantau.core.shapes import Shape
from pantau.core.written import written_link, written_text
from pantau.notices.models import LINE_LENGTH, PURPOSE_LENGTH, TEXT_LENGTH, TITLE_LENGTH
from pantau.notices.values import Draft, NoticeTexts, Severity, Target

MOST_POSITION: Final = 1000
_MOST_ID: Final = 2**63 - 1


def _moment(written: Any) -> Any:
    if written is None or written == "" or isinstance(written, datetime):
        return written or None
    try:
        return moment_of(written)
    except ValueError as error:
        raise PydanticCustomError("moment", "Write date and time, with a zone.") from error


def _string(most: int, least: int = 0) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": most})


_Title = Annotated[
    str, BeforeValidator(written_text(TITLE_LENGTH, least=1)), _string(TITLE_LENGTH, 1)
]
_OtherTitle = Annotated[str, BeforeValidator(written_text(TITLE_LENGTH)), _string(TITLE_LENGTH)]
_Text = Annotated[str, BeforeValidator(written_text(TEXT_LENGTH, lines=True)), _string(TEXT_LENGTH)]
_Line = Annotated[str, BeforeValidator(written_text(LINE_LENGTH)), _string(LINE_LENGTH)]
_Purpose = Annotated[
    str, BeforeValidator(written_text(PURPOSE_LENGTH, lines=True)), _string(PURPOSE_LENGTH)
]
_Link = Annotated[str, BeforeValidator(written_link), _string(LONGEST)]
_Moment = Annotated[
    datetime | None,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
]
_Number = Annotated[int, Field(strict=True, ge=1, le=_MOST_ID)]


class _Input(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnnouncementInput(_Input):
    """Body of `POST /api/announcements` and `PUT /api/announcements/{id}`.

    A picture is uploaded on the page; `keeps_picture` false takes it away.
    """

    title_id: _Title
    title_en: _OtherTitle = ""
    text_id: _Text = ""
    """Markdown."""
    text_en: _Text = ""
    severity: Severity = "info"
    link: _Link = ""
    """https only."""
    starts_at: _Moment = None
    """ISO 8601 with a zone, or Unix milliseconds; null: at once."""
    ends_at: _Moment = None
    """Null: until it is switched off."""
    target: Target = "all"
    area_id: _Number | None = None
    camera_id: _Number | None = None
    on_wall: bool = True
    on_watch: bool = True
    dismissible: bool = True
    position: Annotated[int, Field(strict=True, ge=0, le=MOST_POSITION)] = 0
    """Lower ones come first."""
    enabled: bool = True
    keeps_picture: bool = True

    def as_draft(self, *, picture: str = "") -> Draft:
        """Return it as the service takes it; `picture` is the key of the one that there is."""
        return Draft(
            title_id=self.title_id,
            title_en=self.title_en,
            text_id=self.text_id,
            text_en=self.text_en,
            severity=self.severity,
            picture=picture if self.keeps_picture else "",
            link=self.link,
            from_at=self.starts_at,
            to_at=self.ends_at,
            target=self.target,
            area_id=self.area_id,
            camera_id=self.camera_id,
            on_wall=self.on_wall,
            on_watch=self.on_watch,
            is_dismissible=self.dismissible,
            position=self.position,
            enabled=self.enabled,
        )


class NoticeInput(_Input):
    """Body of `PUT …/notice`: what is empty or left out, the wider scope says."""

    owner: _Line = ""
    purpose: _Purpose = ""
    retention: _Line = ""
    """Empty: what the recorder really does."""
    contact: _Line = ""

    def as_texts(self) -> NoticeTexts:
        """Return it as the service takes it."""
        return NoticeTexts(**self.model_dump())
