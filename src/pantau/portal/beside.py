"""What stands on wall and watch page beside the cameras: announcements, votes, who pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from pantau.cameras.models import PublicCamera
from pantau.feedback.service import FeedbackService
from pantau.feedback.values import VoteTotals
from pantau.feedback.votes import Votes
from pantau.notices.board import Board
from pantau.notices.camera_notices import CameraNotices
from pantau.notices.values import Announcement, CameraNotice
from pantau.portal.tiles import area_url
from pantau.site.pictures import picture_path
from pantau.sponsors.board import SponsorBoard
from pantau.ui.i18n import Language, Texts
from pantau.ui.markdown import rendered

FORM: Final = "/masukan"
VOTING: Final = "/suara"
MOST_SPONSORS: Final = 24
"""On the wall, the largest packages first: the page has to stay small."""
MOST_OF_AREAS: Final = 5
"""Announcements for areas on the wall of all of them: their titles, the page has to stay small."""
NOTHING: Final[Mapping[str, Any]] = {
    "banners": (),
    "votes": None,
    "notice": None,
    "report_url": "",
    "sponsors": (),
    "sponsor": None,
    "public_url": "",
    "structured": Markup(),
}
"""The values of pages in a house without any of it, and without an address of its own."""


@dataclass(frozen=True, slots=True)
class Banner:
    """An announcement as a page shows it."""

    mark: str
    title: str
    text: Markup
    is_warning: bool
    picture: str
    link: str
    is_dismissible: bool
    area: str = ""
    """Name of the area that it is for, where it is a mere title that leads there."""
    area_url: str = ""


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """The notice of a camera in the reader's words; empty where nobody said anything."""

    owner: str
    purpose: str
    retention: str
    contact: str
    contact_url: str
    removal_url: str
    """The form for having something taken down; empty where no messages are taken."""


class Beside:
    """Knows it from memory, and tells when it has become another.  Loop only."""

    def __init__(
        self,
        *,
        board: Board,
        votes: Votes,
        notices: CameraNotices,
        feedback: FeedbackService,
        sponsors: SponsorBoard,
    ) -> None:
        self._board = board
        self._votes = votes
        self._notices = notices
        self._feedback = feedback
        self._sponsors = sponsors

    def stamp(self) -> object:
        """Return what the wall depends on."""
        return (self._board.stamp, self._sponsors.stamp)

    def stamp_of(self, camera: PublicCamera) -> object:
        """Return what a camera's page depends on."""
        return (
            self._board.stamp,
            self._votes.of(camera.id),
            self._votes.is_open,
            self._feedback.is_open,
            self._notices.of(camera.id, camera.area_id),
            self._sponsors.stamp,
        )

    def of_wall(
        self, area_id: int | None, language: Language, areas: Mapping[int, str]
    ) -> Mapping[str, Any]:
        """Return the values of the wall; `areas` are those with a camera on it, by number."""
        return {
            "banners": wall_banners(self._board.shown(), area_id, language, areas),
            "sponsors": self._sponsors.shown()[:MOST_SPONSORS],
        }

    def of_camera(
        self, camera: PublicCamera, language: Language, texts: Texts
    ) -> Mapping[str, Any]:
        """Return the values of a camera's page."""
        return {
            "banners": _banners(self._board.shown(), language, camera=camera),
            "votes": self._votes_of(camera),
            "notice": self._notice(camera, texts),
            "report_url": report_url(camera.id) if self._feedback.is_open else "",
            "sponsor": self._sponsors.of_camera(camera.id),
        }

    def _votes_of(self, camera: PublicCamera) -> VoteTotals | None:
        return self._votes.of(camera.id) if self._votes.is_open else None

    def _notice(self, camera: PublicCamera, texts: Texts) -> ShownNotice:
        notice = self._notices.of(camera.id, camera.area_id)
        said = notice.texts
        return ShownNotice(
            owner=said.owner,
            purpose=said.purpose,
            retention=said.retention or kept_words(notice, texts),
            contact=said.contact,
            contact_url=contact_url(said.contact),
            removal_url=(
                report_url(camera.id, category="privacy") if self._feedback.is_open else ""
            ),
        )


def report_url(camera_id: int, **more: str) -> str:
    """Return where somebody writes about a camera."""
    return f"{FORM}?{urlencode({'kamera': camera_id, **more})}"


def kept_words(notice: CameraNotice, texts: Texts) -> str:
    """Return for how long a camera's recordings are kept, as its recorder does it."""
    hours = notice.keep_hours
    if hours is None:
        return texts.gettext("Not recorded.")
    if hours % 24 == 0 and hours > 24:
        said = texts.ngettext("Kept for %(num)s day.", "Kept for %(num)s days.", hours // 24)
        return said % {"num": hours // 24}
    said = texts.ngettext("Kept for %(num)s hour.", "Kept for %(num)s hours.", hours)
    return said % {"num": hours}


def contact_url(contact: str) -> str:
    """Return what a contact leads to where it is an e-mail address; empty for anything else."""
    name, _, host = contact.partition("@")
    is_address = name and "." in host and not any(sign in contact for sign in " ,;?&<>\"'")
    return f"mailto:{contact}" if is_address and host.count("@") == 0 else ""


def _banners(
    shown: Sequence[Announcement],
    language: Language,
    *,
    area_id: int | None = None,
    camera: PublicCamera | None = None,
) -> tuple[Banner, ...]:
    return tuple(
        Banner(
            mark=each.mark,
            title=each.title(language),
            text=rendered(each.text(language)),
            is_warning=each.severity == "warning",
            picture=picture_path(each.picture),
            link=each.link,
            is_dismissible=each.is_dismissible,
        )
        for each in shown
        if (each.on_wall if camera is None else each.on_watch)
        and _concerns(each, area_id if camera is None else camera.area_id, camera)
    )


def wall_banners(
    shown: Sequence[Announcement],
    area_id: int | None,
    language: Language,
    areas: Mapping[int, str],
) -> tuple[Banner, ...]:
    """Return what stands on the wall; `areas` are those with a camera on it, by number.

    What is for an area stands on the wall of that area; on the wall of all, its title does.
    """
    banners = _banners(shown, language, area_id=area_id)
    return banners if area_id is not None else banners + _of_areas(shown, language, areas)


def _of_areas(
    shown: Sequence[Announcement], language: Language, areas: Mapping[int, str]
) -> tuple[Banner, ...]:
    found = [
        (each, each.area_id)
        for each in shown
        if each.target == "area" and each.on_wall and each.area_id in areas
    ]
    return tuple(
        Banner(
            mark=each.mark,
            title=each.title(language),
            text=Markup(),
            is_warning=each.severity == "warning",
            picture="",
            link="",
            is_dismissible=each.is_dismissible,
            area=areas[area_id],
            area_url=area_url(area_id, areas[area_id]),
        )
        for each, area_id in found[:MOST_OF_AREAS]
        if area_id is not None
    )


def _concerns(each: Announcement, area_id: int | None, camera: PublicCamera | None) -> bool:
    if each.target == "all":
        return True
    if each.target == "area":
        return area_id is not None and each.area_id == area_id
    return camera is not None and each.camera_id == camera.id
