"""What the templates of the status pages need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pantau.cameras.models import PublicCamera
from pantau.core.names import natural_key
from pantau.health.figures import Figures
from pantau.health.public_days import PublicDays, Stretch
from pantau.health.status import Kind, Status, StatusArea, kind_of
from pantau.health.uptime import percent
from pantau.portal.status.feed import PATH as FEED_PATH
from pantau.portal.status.incidents import incidents
from pantau.portal.status.strips import Strip, strip
from pantau.portal.tiles import ELSEWHERE, area_url, watch_url
from pantau.ui.i18n import Language, Texts
from pantau.ui.numbers import per_cent
from pantau.ui.render import Pages

PATH: Final = "/status"
CAMERA_PREFIX: Final = "/status/"


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the hub does, over three months."""

    name: str
    is_well: bool | None
    """How it does now; None: not known."""
    text: str
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class Place:
    """An area in the list of areas."""

    area: StatusArea
    name: str
    url: str
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class Member:
    """A camera in the list of its area."""

    name: str
    url: str
    kind: Kind
    strip: Strip | None


def camera_url(camera: PublicCamera) -> str:
    """Return the one true address of the page about how a camera did."""
    return f"{CAMERA_PREFIX}{camera.id}-{camera.slug}"


def status_values(
    status: Status, days: PublicDays, pages: Pages, language: Language
) -> dict[str, Any]:
    """Return what the page of everything needs."""
    texts = pages.texts[language]
    every = list(incidents(status, pages, language))
    uptime = status.uptime
    return {
        "status": status,
        "cameras": status.cameras,
        "is_measured": is_measured(status),
        "rates": rates((uptime.day, uptime.week, uptime.month), texts, language),
        "services": _services(status, days, texts, language),
        "ongoing": [each for each in every if each.ended_at is None],
        "over": [each for each in every if each.ended_at is not None],
        "places": [_place(area, days, texts, language) for area in status.areas],
        "feed_url": f"{FEED_PATH}?lang={language}",
    }


def area_values(
    members: Sequence[tuple[PublicCamera, Stretch]],
    status: Status,
    days: PublicDays,
    pages: Pages,
    language: Language,
) -> dict[str, Any]:
    """Return what the page of one area needs; `members` are its cameras, at least one."""
    texts = pages.texts[language]
    first = members[0][0]
    number = first.area_id
    name = first.area_name or texts.gettext("Other places")
    area = next(each for each in status.areas if each.id == number)
    return {
        "status": status,
        "area": area,
        "name": name,
        "url": area_url(number or ELSEWHERE, first.area_name or ""),
        "is_measured": area.unknown < area.total,
        "strip": strip(days.days, _of_area(days, number), texts, language, what=name),
        "members": [
            Member(
                camera.name,
                camera_url(camera),
                kind_of(camera),
                strip(days.days, stretch, texts, language, what=camera.name),
            )
            for camera, stretch in sorted(members, key=lambda each: natural_key(each[0].name))
        ],
        "incidents": [
            each
            for each in incidents(status, pages, language)
            if each.area_id == (number or ELSEWHERE)
        ],
    }


def camera_values(
    camera: PublicCamera,
    stretch: Stretch,
    figures: Figures,
    since_at: datetime,
    *,
    days: PublicDays,
    pages: Pages,
    language: Language,
) -> dict[str, Any]:
    """Return what the page of one camera needs."""
    texts = pages.texts[language]
    month = (figures.day.share, figures.week.share, figures.month.share)
    area = area_url(camera.area_id or ELSEWHERE, camera.area_name or "")
    return {
        "camera": camera,
        "kind": kind_of(camera),
        "since_at": since_at,
        "watch_url": watch_url(camera),
        "url": camera_url(camera),
        "area_url": area,
        "area_status_url": f"{PATH}?area={camera.area_id or ELSEWHERE}",
        "rates": rates(tuple(percent(share) for share in month), texts, language),
        "strip": strip(days.days, stretch, texts, language, what=camera.name),
        "outages": _outages(figures),
    }


def is_measured(status: Status) -> bool:
    """Tell whether anything is known of any camera."""
    return status.cameras.unknown < status.cameras.total


def rates(
    shares: Sequence[float | None], texts: Texts, language: Language
) -> list[tuple[str, str]]:
    """Return the shares of a day, a week and a month with their names."""
    _ = texts.gettext
    names = (_("24 hours"), _("7 days"), _("30 days"))
    return [(name, per_cent(share, language)) for name, share in zip(names, shares, strict=True)]


def _services(status: Status, days: PublicDays, texts: Texts, language: Language) -> list[Service]:
    _ = texts.gettext
    offline = status.cameras.offline
    has_fault = any(each.kind == "hub" and each.ended_at is None for each in status.incidents)
    live, hub = _("Live pictures"), _("The hub itself")
    now = texts.ngettext("%(num)s camera offline now", "%(num)s cameras offline now", offline)
    return [
        Service(
            live,
            offline == 0 if is_measured(status) else None,
            now % {"num": offline} if offline else "",
            strip(days.days, days.cameras, texts, language, what=live),
        ),
        Service(
            hub,
            not has_fault,
            _("a fault now") if has_fault else "",
            strip(days.days, days.hub, texts, language, what=hub),
        ),
    ]


def _place(area: StatusArea, days: PublicDays, texts: Texts, language: Language) -> Place:
    name = area.name or texts.gettext("Other places")
    bars = strip(days.days, _of_area(days, area.id), texts, language, what=name)
    return Place(area, name, f"{PATH}?area={area.id or ELSEWHERE}", bars)


def _of_area(days: PublicDays, number: int | None) -> Stretch:
    return (days.areas or {}).get(number) or Stretch()


def _outages(figures: Figures) -> list[tuple[datetime, datetime]]:
    return sorted(figures.outages, reverse=True)
