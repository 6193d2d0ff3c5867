"""What was or is wrong, in words for everybody: pages and the feed say the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid5

from pantau.health.status import Status, StatusIncident
from pantau.portal.tiles import ELSEWHERE
from pantau.ui.i18n import Language
from pantau.ui.render import Pages

_OURS: Final = UUID("5d0f7f0e-7c55-4b6b-9d10-3a1c3c5b7a52")
"""The space of names in which incidents are numbered."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; no end: it lasts."""

    mark: str
    """The same for as long as it is the same incident, whatever was learned of it meanwhile."""
    kind: Literal["cameras_offline", "maintenance", "hub"]
    title: str
    text: str
    began_at: datetime
    ended_at: datetime | None
    area_id: int | None
    """`ELSEWHERE` for cameras without an area; None where it is about no area."""

    @property
    def changed_at(self) -> datetime:
        """When it was last another one."""
        return self.ended_at or self.began_at


def incidents(status: Status, pages: Pages, language: Language) -> Iterator[Incident]:
    """Return what lasts, then what is over, the newest first."""
    lasting = [each for each in status.incidents if each.ended_at is None]
    over = [each for each in status.incidents if each.ended_at is not None]
    over.sort(key=lambda each: each.began_at, reverse=True)
    for each in (*lasting, *over):
        yield _told(each, pages, language)


def _told(incident: StatusIncident, pages: Pages, language: Language) -> Incident:
    texts = pages.texts[language]
    _ = texts.gettext
    count = incident.cameras or 0
    is_over = incident.ended_at is not None
    text = ""
    area_id: int | None = incident.area_id or ELSEWHERE
    if incident.kind == "hub":
        area_id = None
        title = _("The hub itself had a fault") if is_over else _("The hub itself has a fault")
        text = _(
            "Cameras could not be watched, or not checked; they themselves may have been fine."
        )
    else:
        place = incident.area_name or _("Other places")
        if incident.kind == "maintenance":
            text = _("Announced by the operator. The last picture stays.")
            said = texts.ngettext(
                "%(num)s camera in maintenance", "%(num)s cameras in maintenance", count
            )
        elif is_over:
            said = texts.ngettext(
                "%(num)s camera was offline", "%(num)s cameras were offline", count
            )
        else:
            said = texts.ngettext("%(num)s camera offline", "%(num)s cameras offline", count)
        title = f"{place}: {said % {'num': count}}"
    name = f"{incident.kind} {area_id} {incident.began_at.isoformat()}"
    return Incident(
        f"urn:uuid:{uuid5(_OURS, name)}",
        incident.kind,
        title,
        text,
        incident.began_at,
        incident.ended_at,
        area_id,
    )
