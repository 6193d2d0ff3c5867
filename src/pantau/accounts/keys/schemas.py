"""What the API of keys takes and gives."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pantau.accounts.keys.values import DEFAULT_SCOPES, MOST_DAYS, ApiKey, NewKey
from pantau.core.shapes import Shape

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def _clean(written: str) -> str:
    if _CONTROL.search(written):
        raise PydanticCustomError("control_character", "Leave control characters out.")
    return written


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_clean),
]
Description = Annotated[str, StringConstraints(max_length=500), AfterValidator(_clean)]


class KeyInput(Shape):
    """Body of `POST /api/admin/api-keys`.

    The name is `clientName` or `name`, the end `expiresInDays` or `expires_at`: clients of both
    kinds exist.  Which of two the sender meant is not guessed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clientName: Name | None = None  # noqa: N815 - the name that existing clients know
    name: Name | None = None
    description: Description = ""
    scopes: Annotated[frozenset[str], Field(min_length=1, max_length=50)] = DEFAULT_SCOPES
    expiresInDays: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None  # noqa: N815
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> "KeyInput":
        if (self.clientName is None) == (self.name is None):
            raise PydanticCustomError("one_name", "Give one name: clientName or name.")
        if self.expiresInDays is not None and self.expires_at is not None:
            raise PydanticCustomError("one_expiry", "Give one end: expiresInDays or expires_at.")
        return self

    def as_new(self, now: datetime) -> NewKey:
        """Return it as the service takes it."""
        expires_at: datetime | None = self.expires_at
        if self.expiresInDays is not None:
            expires_at = now + timedelta(days=self.expiresInDays)
        return NewKey(
            client_name=self.clientName or self.name or "",
            description=self.description,
            scopes=self.scopes,
            expires_at=expires_at,
        )


class _Output(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeyMade(_Output):
    """A key that was just made: the only time that it is shown."""

    id: int
    apiKey: str  # noqa: N815 - the names that existing clients know
    clientName: str  # noqa: N815
    description: str
    prefix: str
    scopes: list[str]
    expiresAt: datetime  # noqa: N815
    createdAt: datetime  # noqa: N815


class KeyOutput(_Output):
    """A key in a list."""

    id: int
    clientName: str  # noqa: N815
    description: str
    prefix: str
    scopes: list[str]
    createdAt: datetime  # noqa: N815
    expiresAt: datetime  # noqa: N815
    lastUsedAt: datetime | None  # noqa: N815
    isActive: int  # noqa: N815
    """1 or 0, as existing clients compare it: 0 once it has expired."""


def key_made(key: ApiKey, secret: str) -> KeyMade:
    """Return a key for who made it."""
    return KeyMade(
        id=key.id,
        apiKey=secret,
        clientName=key.client_name,
        description=key.description,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        expiresAt=key.expires_at,
        createdAt=key.created_at,
    )


def key_output(key: ApiKey, now: datetime) -> KeyOutput:
    """Return a key for a list of them."""
    return KeyOutput(
        id=key.id,
        clientName=key.client_name,
        description=key.description,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        createdAt=key.created_at,
        expiresAt=key.expires_at,
        lastUsedAt=key.last_used_at,
        isActive=int(key.expires_at > now),
    )
