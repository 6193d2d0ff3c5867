"""What the trail looks like to clients of the API."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from pantau.audit.chain import Entry
from pantau.audit.details import printable
from pantau.audit.events import (
    Action,
    AdminAction,
    Kind,
    SecurityEvent,
    TrailEvent,
    event_called,
    names_meant_by,
)
from pantau.audit.repository import Search
from pantau.audit.verification import ChainReport, Problem
from pantau.core.shapes import Shape
from pantau.db.paging import MOST_ROWS

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _moment(at: datetime) -> datetime:
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if not _EARLIEST <= aware < _LATEST:
        raise ValueError("must be between the years 1970 and 9998")
    return aware


def _written(moment: object) -> object:
    # A bare number would be taken for seconds since 1970, which nobody is told of.
    if isinstance(moment, str) and moment[4:5] != "-":
        raise ValueError("must be written as ISO 8601, such as 2026-01-31T08:00:00Z")
    return moment


_Text = Annotated[str, Field(max_length=200), AfterValidator(printable)]
_Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_moment)]


class SearchInput(Shape):
    """Which entries are wanted; what is not given does not narrow the search."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind | None = None
    name: _Text = ""
    """An action, an administrative action or a security event; the latter finds both."""
    actor: _Text = ""
    """Name of whoever did it, or the number of the account."""
    address: _Text = ""
    target: _Text = ""
    """Part of what it was done to."""
    since: _Moment | None = None
    """ISO 8601; without a zone it is UTC."""
    until: _Moment | None = None
    """The first moment that is not wanted any more."""
    text: _Text = ""
    """Part of anything in the entry."""

    def as_search(self) -> Search:
        """Return the search as the repository takes it."""
        return Search(
            kind=self.kind or "",
            names=names_meant_by(self.name) if self.name else (),
            actor=self.actor,
            address=self.address,
            target=self.target,
            since=self.since,
            until=self.until,
            text=self.text,
        )


class PageInput(SearchInput):
    """A search, a page at a time."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50
    cursor: _Text | None = None
    """`pagination.next_cursor` of the page before."""


class EntryOutput(Shape):
    """One entry."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: datetime
    kind: Kind
    name: str
    event: str
    """The security event that it counts as."""
    actor: str
    """What kind of actor: session, api_key, link, system, console or anonymous."""
    user_id: int | None
    username: str
    address: str
    user_agent: str
    endpoint: str
    target: str
    details: dict[str, Any]
    count: int
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return `entry` for the wire."""
        draft = entry.draft
        return cls(
            id=entry.id,
            at=draft.at,
            kind="security" if draft.kind == "security" else "action",
            name=draft.name,
            event=event_called(draft.name),
            actor=draft.actor_kind,
            user_id=draft.user_id,
            username=draft.username,
            address=draft.address,
            user_agent=draft.user_agent,
            endpoint=draft.endpoint,
            target=draft.target,
            details=facts_of(draft.details),
            count=draft.count,
            hash=entry.hash,
        )


class NamesOutput(Shape):
    """Every name that an entry can have."""

    actions: list[str] = [*Action]
    admin_actions: list[str] = [*AdminAction]
    security_events: list[str] = [*SecurityEvent]
    trail_events: list[str] = [*TrailEvent]


class ReportOutput(Shape):
    """What a verification of the chain found."""

    ok: bool
    entries: int
    first_id: int | None
    last_id: int | None
    problem: Problem
    broken_id: int | None
    """The first entry that does not fit."""
    message: str

    @classmethod
    def of(cls, report: ChainReport) -> Self:
        """Return `report` for the wire."""
        found = report.found
        return cls(
            ok=report.ok,
            entries=report.entries,
            first_id=report.first_id,
            last_id=report.last_id,
            problem="" if found is None else found.problem,
            broken_id=None if found is None else found.entry_id,
            message="Every entry fits." if found is None else found.message,
        )


class RecentLog(Shape):
    """An entry as dashboards know it."""

    id: int
    user_id: int | None
    action: str
    details: str
    ip_address: str
    username: str
    created_at: str
    """UTC, as `YYYY-MM-DD HH:MM:SS`."""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return `entry` as one line of a dashboard."""
        draft = entry.draft
        return cls(
            id=entry.id,
            user_id=draft.user_id,
            action=draft.name,
            details=draft.target or draft.details,
            ip_address=draft.address,
            username=draft.username,
            created_at=draft.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        )


def facts_of(details: str) -> dict[str, Any]:
    """Return the facts of an entry, also of one that somebody has damaged."""
    try:
        facts = json.loads(details)
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"unreadable": details}
