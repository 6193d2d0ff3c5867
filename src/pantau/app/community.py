"""What visitors and operators say to each other: messages, votes, announcements, notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pantau.app.areas import area_service
from pantau.app.feedback_tidying import feedback_of
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.signing import derive_key
from pantau.core.supervisor import Service, Supervisor
from pantau.feedback.limits import Limits
from pantau.feedback.senders import FormStamps, Senders
from pantau.feedback.service import FeedbackService
from pantau.feedback.votes import Votes
from pantau.notices.board import Board
from pantau.notices.camera_notices import CameraNotices
from pantau.notices.public import PublicBoard
from pantau.notices.service import Announcements
from pantau.portal.beside import Beside
from pantau.sponsors.board import SponsorBoard
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import Counters
from pantau.web.exchange import Route

_SENDERS: Final = "feedback-senders"
_STAMPS: Final = "feedback-forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The parts of one web process; endpoints and pages use the same."""

    base: Foundation
    catalogue: Catalogue
    feedback: FeedbackService
    votes: Votes
    senders: Senders
    stamps: FormStamps
    announcements: Announcements
    notices: CameraNotices
    board: Board

    def beside(self, sponsors: SponsorBoard) -> Beside:
        """Return what stands on the public pages beside cameras."""
        return Beside(
            board=self.board,
            votes=self.votes,
            notices=self.notices,
            feedback=self.feedback,
            sponsors=sponsors,
        )

    def routes(self) -> Mapping[str, Route]:
        """Return the routes of the fast lane for whole addresses."""
        return PublicBoard(self.board, self.catalogue).routes()


def community_of(
    base: Foundation, catalogue: Catalogue, *, counters: Counters, clients: ClientAddresses
) -> Community:
    """Return the parts, knowing nothing yet; starts nothing."""
    database, trail, clock = base.database, base.trail, base.clock
    areas = area_service(base)

    async def area_exists(number: int) -> bool:
        return any(area.id == number for area in await areas.public())

    return Community(
        base=base,
        catalogue=catalogue,
        feedback=feedback_of(base, catalogue, counters),
        votes=Votes(
            database,
            catalogue=catalogue,
            limits=Limits(counters),
            rules=lambda: base.site.now().community,
            clock=clock,
        ),
        senders=Senders(derive_key(base.secret, _SENDERS), clients),
        stamps=FormStamps(derive_key(base.secret, _STAMPS), clock),
        announcements=Announcements(
            database, catalogue=catalogue, area_exists=area_exists, trail=trail, clock=clock
        ),
        notices=CameraNotices(
            database,
            catalogue=catalogue,
            area_exists=area_exists,
            default_hours=base.settings.recordings.keep_hours,
            trail=trail,
            clock=clock,
        ),
        board=Board(database, clock),
    )


async def open_community(
    base: Foundation,
    catalogue: Catalogue,
    supervisor: Supervisor,
    *,
    counters: Counters,
    clients: ClientAddresses,
) -> Community:
    """Return the parts, known already and kept up to date by services (web process)."""
    community = community_of(base, catalogue, counters=counters, clients=clients)
    for name, part in (
        ("feedback.votes", community.votes),
        ("notices.board", community.board),
        ("notices.cameras", community.notices),
    ):
        await part.refresh()
        supervisor.add(Service(name, part.follow))
    return community
