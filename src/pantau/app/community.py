"""What visitors and operators say to each other: messages, votes, announcements, notices."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.signing import derive_key
from pantau.core.supervisor import Service, Supervisor
from pantau.feedback.api import FeedbackApi
from pantau.feedback.limits import Limits
from pantau.feedback.rules import CommunityRules
from pantau.feedback.senders import FormStamps, Senders
from pantau.feedback.service import FeedbackService
from pantau.feedback.votes import Votes
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import Counters

_SENDERS: Final = "feedback-senders"
_STAMPS: Final = "feedback-forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The parts of one web process; endpoints and pages use the same."""

    feedback: FeedbackService
    votes: Votes
    senders: Senders
    stamps: FormStamps

    def routers(self, clients: ClientAddresses) -> tuple[APIRouter, ...]:
        """Return the endpoints."""
        feedback = FeedbackApi(self.feedback, self.votes, senders=self.senders, clients=clients)
        return (feedback.endpoints.router, feedback.votes.router)


def community_of(
    base: Foundation,
    catalogue: Catalogue,
    *,
    rules: CommunityRules,
    counters: Counters,
    clients: ClientAddresses,
) -> Community:
    """Return the parts; starts nothing."""
    limits = Limits(counters)
    return Community(
        feedback=FeedbackService(
            base.database,
            catalogue=catalogue,
            limits=limits,
            rules=rules,
            trail=base.trail,
            clock=base.clock,
        ),
        votes=Votes(
            base.database, catalogue=catalogue, limits=limits, rules=rules, clock=base.clock
        ),
        senders=Senders(derive_key(base.secret, _SENDERS), clients),
        stamps=FormStamps(derive_key(base.secret, _STAMPS), base.clock),
    )


async def open_community(community: Community, supervisor: Supervisor) -> None:
    """Read what pages show and keep it up to date (web process)."""
    await community.votes.refresh()
    supervisor.add(Service("feedback.votes", community.votes.follow))
