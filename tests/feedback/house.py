"""Messages and votes with their API on a database of the test."""

from dataclasses import dataclass, field
from typing import Any

from pantau.cameras.service import Catalogue
from pantau.core.ids import AreaId
from pantau.db.database import Database
from pantau.feedback.api import FeedbackApi
from pantau.feedback.limits import Limits
from pantau.feedback.senders import FormStamps, Senders
from pantau.feedback.service import FeedbackService
from pantau.feedback.votes import Votes
from pantau.site.values import Community
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import MemoryCounters
from pantau.web.principal import Principal
from tests.accounts.asking import Asking
from tests.audit.trails import trail_on
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub

FEEDBACK = "/api/feedback"
OPERATOR = Principal(kind="session", user_id=2, username="siti", role="operator", session_id=2)
OF_AREA_1 = Principal(
    kind="session",
    user_id=3,
    username="joko",
    role="operator",
    session_id=3,
    area_ids=frozenset({1}),
)
TEXT = "Gambar macet sejak tadi malam."


@dataclass
class Rules:
    """What the operator allows; a test may change it."""

    now: Community = field(default_factory=Community)

    def __call__(self) -> Community:
        return self.now


@dataclass
class Inbox:
    database: Database
    clock: HandWoundClock
    catalogue: Catalogue
    feedback: FeedbackService
    votes: Votes
    senders: Senders
    stamps: FormStamps
    rules: Rules
    asking: Asking

    async def send(self, **values: Any) -> int:
        """Send a message as a visitor; return its number."""
        answer = await self.asking.ask("POST", FEEDBACK, {"message": TEXT, **values})
        assert answer.status == 201, answer.body
        number: int = answer.data["id"]
        return number

    async def later(self) -> None:
        """Let so much time pass that no limit knows of anything."""
        await self.clock.advance(3601)


async def inbox_on(database: Database, hub: Hub | None = None) -> Inbox:
    """Return it with camera 1 in area 1, camera 2 in area 2 and camera 3, which is disabled."""
    clock = HandWoundClock()
    places = {1: AreaId(1), 2: AreaId(2), 3: None}
    cameras = [
        camera(number, name=f"Simpang {number}", area_id=area_id, enabled=number != 3)
        for number, area_id in places.items()
    ]
    if hub is not None:
        for number in (1, 2):
            await hub.add_area(number, f"Wilayah {number}")
        for each in cameras:
            await hub.add_camera(
                each.id, name=each.name, area_id=each.area_id, enabled=each.enabled
            )
    catalogue = Catalogue(cameras, clock=clock)
    rules, clients = Rules(), ClientAddresses()
    limits = Limits(MemoryCounters(clock))
    senders = Senders(b"k" * 32, clients)
    feedback = FeedbackService(
        database,
        catalogue=catalogue,
        limits=limits,
        rules=rules,
        trail=trail_on(database, clock),
        clock=clock,
    )
    votes = Votes(database, catalogue=catalogue, limits=limits, rules=rules, clock=clock)
    api = FeedbackApi(feedback, votes, senders=senders, clients=clients)
    return Inbox(
        database=database,
        clock=clock,
        catalogue=catalogue,
        feedback=feedback,
        votes=votes,
        senders=senders,
        stamps=FormStamps(b"f" * 32, clock),
        rules=rules,
        asking=Asking([api.endpoints, api.votes]),
    )
