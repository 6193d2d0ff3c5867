"""What the API of playback rights takes and gives."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pantau.core.shapes import Shape
from pantau.recordings.rights.tokens import MOST_DAYS, MOST_NAMED, ListedToken, TokenDraft
from pantau.recordings.rights.values import (
    MOST_DEVICES,
    MOST_WINDOW_HOURS,
    Device,
    PlaybackToken,
    TokenScope,
)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_ROW: Final = 2**63 - 1


def _clean(written: str) -> str:
    if _CONTROL.search(written):
        raise PydanticCustomError("control_character", "Leave control characters out.")
    return written


Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_clean),
]
Note = Annotated[str, StringConstraints(max_length=500), AfterValidator(_clean)]
Row = Annotated[int, Field(ge=0, le=_MOST_ROW)]


class TokenChange(Shape):
    """Body of `PUT /api/recordings/tokens/{id}`: all of a token but its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label
    """Whom it is for."""
    scope: TokenScope
    """`all` public cameras, those `selected` by `camera_ids`, or those in `area_ids`."""
    camera_ids: Annotated[frozenset[Row], Field(max_length=MOST_NAMED)] = frozenset()
    area_ids: Annotated[frozenset[Row], Field(max_length=MOST_NAMED)] = frozenset()
    window_hours: Annotated[int, Field(ge=1, le=MOST_WINDOW_HOURS)] = 24
    """How far back it reaches."""
    expires_at: AwareDatetime | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    """Instead of `expires_at`; neither: until somebody revokes it."""
    max_devices: Annotated[int, Field(ge=0, le=MOST_DEVICES)] = 3
    """0: any number."""
    note: Note = ""

    @model_validator(mode="after")
    def _one_end(self) -> "TokenChange":
        if self.expires_at is not None and self.expires_in_days is not None:
            raise PydanticCustomError("one_end", "Give one end: expires_at or expires_in_days.")
        return self

    def as_draft(self, now: datetime) -> TokenDraft:
        """Return it as the service takes it."""
        ends_at: datetime | None = self.expires_at
        if self.expires_in_days is not None:
            ends_at = now + timedelta(days=self.expires_in_days)
        return TokenDraft(
            label=self.label,
            scope=self.scope,
            camera_ids=self.camera_ids,
            area_ids=self.area_ids,
            window_hours=self.window_hours,
            expires_at=ends_at,
            max_devices=self.max_devices,
            note=self.note,
        )


class TokenInput(TokenChange):
    """Body of `POST /api/recordings/tokens`."""

    code: Annotated[str, StringConstraints(max_length=64)] = ""
    """One that somebody chose, for reading it out; empty: one that nobody guesses."""


class TokenText(Shape):
    """Body of `POST /api/playback/activate`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TokenOutput(_Output):
    """A token, without its text."""

    id: int
    label: str
    prefix: str
    scope: TokenScope | None
    camera_ids: list[int]
    area_ids: list[int]
    window_hours: int
    expires_at: datetime | None
    max_devices: int
    devices: int
    """On how many it is in use."""
    note: str
    uses: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str
    is_live: bool


class TokenMade(TokenOutput):
    """A token that was just made: the only time that its text is shown."""

    token: str
    path: str
    """Where a link to it leads, on this hub."""


class DeviceOutput(_Output):
    """A device that activated a token."""

    id: int
    ip_address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    end_reason: str


class Access(_Output):
    """What a device may do after it activated a token."""

    label: str
    window_hours: int
    expires_at: datetime | None


class ReplayableCamera(_Output):
    """A camera of which whoever asks may replay something; not how much there is."""

    id: int
    slug: str
    name: str
    area_id: int | None
    area_name: str | None
    window_minutes: int | None
    """How far back it may be replayed; None: without limit."""


class Me(_Output):
    """What whoever asks may replay."""

    access: Literal["public", "token", "operator"]
    token: Access | None
    cameras: list[ReplayableCamera]


def token_output(listed: ListedToken, now: datetime) -> TokenOutput:
    """Return a token for a list."""
    return TokenOutput(**_values(listed.token, listed.devices, now))


def token_made(token: PlaybackToken, text: str, path: str, now: datetime) -> TokenMade:
    """Return a token for who made it."""
    return TokenMade(**_values(token, 0, now), token=text, path=path)


def device_output(device: Device) -> DeviceOutput:
    """Return a device for a list."""
    return DeviceOutput(
        id=device.id,
        ip_address=device.ip_address,
        user_agent=device.user_agent,
        created_at=device.created_at,
        last_seen_at=device.last_seen_at,
        ended_at=device.ended_at,
        end_reason=device.end_reason,
    )


def access_of(token: PlaybackToken) -> Access:
    """Return what a token gives, for who holds it."""
    return Access(label=token.label, window_hours=token.window_hours, expires_at=token.expires_at)


def _values(token: PlaybackToken, devices: int, now: datetime) -> dict[str, object]:
    return {
        "id": token.id,
        "label": token.label,
        "prefix": token.prefix,
        "scope": token.scope,
        "camera_ids": sorted(token.camera_ids),
        "area_ids": sorted(token.area_ids),
        "window_hours": token.window_hours,
        "expires_at": token.expires_at,
        "max_devices": token.max_devices,
        "devices": devices,
        "note": token.note,
        "uses": token.uses,
        "created_by": token.created_by,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
        "revoked_by": token.revoked_by,
        "is_live": token.is_live(now),
    }
