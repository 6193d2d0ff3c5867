"""The audit trail: what happened, who did it, and whether anybody touched the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from pantau.admin.entries import shown_entry
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import checked
from pantau.admin.wording import Mistakes, Wording
from pantau.audit.events import Action, AdminAction, SecurityEvent
from pantau.audit.reading import AuditReader
from pantau.audit.schemas import SearchInput
from pantau.audit.verification import ChainReport, Verifier
from pantau.core.errors import Invalid
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints

AUDIT: Final = "/admin/audit"
_CSV: Final = "/api/admin/audit.csv"
_PAGE: Final = 50
_DAY: Final = timedelta(days=1)
_FIELDS: Final = ("kind", "name", "actor", "text", "since", "until")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter form says; days are those of the operator's zone."""

    kind: str = ""
    name: str = ""
    actor: str = ""
    text: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_detailed(self) -> bool:
        """Tell whether a field is used that is folded away at first."""
        return bool(self.name or self.actor or self.since or self.until)

    def as_search(self, zone: ZoneInfo) -> Mapping[str, str]:
        """Return it as the API takes it; raises Invalid for a day that is none."""
        since, until = _day(self.since, "since"), _day(self.until, "until")
        values = {
            "kind": self.kind if self.kind in {"action", "security"} else "",
            "name": self.name,
            "actor": self.actor,
            "text": self.text,
            "since": since and _begin(since, zone).isoformat(),
            # The day that was chosen is wanted as a whole.
            "until": until and _begin(until + _DAY, zone).isoformat(),
        }
        return {name: value for name, value in values.items() if value}

    def as_query(self, **more: str) -> str:
        """Return the address of this page with other values for some fields."""
        values = {field: getattr(self, field) for field in _FIELDS} | more
        return f"{AUDIT}?{urlencode({name: value for name, value in values.items() if value})}"


class AuditPages:
    """The trail for people."""

    def __init__(self, frame: Frame, *, reader: AuditReader, verifier: Verifier) -> None:
        self._frame = frame
        self._reader = reader
        self._verifier = verifier

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/audit", access=admins(), **HIDDEN)(self.show)
        add.post("/audit/verify", access=admins(), **HIDDEN)(self.verify)

    async def show(self, request: Request) -> Response:
        """List what happened, the newest first."""
        asked = Asked(**{name: request.query_params.get(name, "").strip() for name in _FIELDS})
        speak = self._frame.wording(request)
        mistakes: Mistakes = {}
        wanted: Mapping[str, str] = {}
        try:
            wanted = asked.as_search(self._frame.pages.site.zone)
            search = checked(SearchInput, wanted).as_search()
            cursor = request.query_params.get("cursor") or None
            page = await self._reader.page(search, limit=_PAGE, cursor=cursor)
            rows, next_cursor = page.rows, page.next_cursor
        except Invalid as problem:
            mistakes = speak.mistakes(problem, known=_FIELDS)
            rows, next_cursor, cursor = (), None, None
        values = {
            "entries": [shown_entry(entry, speak) for entry in rows],
            "asked": asked,
            "names": _names(speak),
            "newest_url": asked.as_query() if cursor else "",
            "next_url": asked.as_query(cursor=next_cursor) if next_cursor else "",
            "csv_url": f"{_CSV}?{urlencode(wanted)}" if wanted else _CSV,
            "is_narrowed": bool(wanted),
            "mistakes": mistakes,
        }
        look = Look(status=400 if mistakes else 200)
        return self._frame.draw(request, "audit.html", values, look)

    async def verify(self, request: Request) -> Response:
        """Walk along the chain and say what was found."""
        report = await self._verifier.verify()
        return self._frame.go(request, AUDIT, _verdict(report, self._frame.wording(request)))


def _verdict(report: ChainReport, speak: Wording) -> Said:
    found = report.found
    if found is None:
        text = speak.ngettext(
            "%(num)s entry was checked: the trail is whole, nothing was changed or removed.",
            "%(num)s entries were checked: the trail is whole, nothing was changed or removed.",
            report.entries,
        )
        return Said(text)
    told = {
        "changed": speak("Entry %(id)s was changed, or put in another place."),
        "removed": speak("Entry %(id)s was removed."),
        "inserted": speak("Entry %(id)s was inserted from outside."),
        "head": speak("The end of the trail was changed: entries may be missing."),
        "rolled_back": speak(
            "The trail is older than it was: a backup was restored, or entries were taken away."
        ),
        "witness": speak("The note about the trail outside the database cannot be read."),
    }.get(found.problem, found.message)
    tampered = speak("The trail was tampered with.")
    text = f"{tampered} {told}"
    return Said(text.replace("%(id)s", str(found.entry_id)), "warn")


def _names(speak: Wording) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the filter offers: groups of names with their words."""
    groups = (
        (speak("People"), Action),
        (speak("Changes to the hub"), AdminAction),
        (speak("Security"), SecurityEvent),
    )
    return [
        (heading, sorted(((str(name), speak.happening(name)) for name in names), key=_word))
        for heading, names in groups
    ]


def _word(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def _day(written: str, field: str) -> date | None:
    if not written:
        return None
    try:
        found = date.fromisoformat(written)
    except ValueError as error:
        raise _no_day(field) from error
    if not 1971 <= found.year <= 9990:
        raise _no_day(field)
    return found


def _no_day(field: str) -> Invalid:
    return Invalid("form.day", "This is not a day of the calendar.", field=field)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
