"""The rights of a web process on a real database, with a clock that the test winds."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, insert

from pantau.accounts.client import Client
from pantau.accounts.users.asker import Asker
from pantau.audit.actors import Actor
from pantau.audit.trail import AuditTrail
from pantau.cameras.event_rows import decided_since
from pantau.cameras.models import Camera
from pantau.cameras.rows import CameraRow
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.db.database import Database
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rights.activation import Activated, Activations
from pantau.recordings.rights.book import RightsBook
from pantau.recordings.rights.credentials import COOKIE
from pantau.recordings.rights.guessing import GuessGate
from pantau.recordings.rights.nightfall import Nightfall
from pantau.recordings.rights.rows import TokenRow
from pantau.recordings.rights.service import Hub, ReplayRights
from pantau.recordings.rights.token_texts import TokenTexts
from pantau.recordings.rights.tokens import PlaybackTokens, TokenDraft
from pantau.recordings.rights.values import PlaybackToken, TokenScope
from pantau.recordings.rows import RuleRow
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import MemoryCounters
from pantau.web.exchange import Scope
from pantau.web.principal import ANONYMOUS, Principal
from tests.recordings.rights.asking import NOW, PREVIEW, ZONE, shown
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock

ADMIN: Final = Principal(kind="session", user_id=1, username="nenek", role="admin")
OPERATOR: Final = Principal(
    kind="session", user_id=2, username="budi", role="operator", area_ids=frozenset({7})
)
VIEWER: Final = Principal(kind="session", user_id=3, username="tamu", role="viewer")
HOME: Final = "192.0.2.7"


def by(principal: Principal = ADMIN) -> Asker:
    return Asker(
        principal, Client(address=HOME), Actor("session", principal.user_id, principal.username)
    )


def client(address: str = HOME, agent: str = "Firefox") -> Client:
    return Client(address=address, user_agent=agent, endpoint="POST /putar")


@dataclass
class People:
    """Whoever a request is from: by its header `x-test-who`."""

    known: dict[str, Principal] = field(default_factory=dict)

    async def resolve(self, scope: Scope) -> Principal:
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                return self.known.get(value.decode(), ANONYMOUS)
        return ANONYMOUS


@dataclass
class Rights:
    """What a web process has."""

    database: Database
    clock: HandWoundClock
    catalogue: Catalogue
    people: People
    book: RightsBook
    replay: ReplayRights
    tokens: PlaybackTokens
    activations: Activations
    trail: AuditTrail

    async def make(
        self, *, code: str = "", who: Principal = ADMIN, **changes: Any
    ) -> tuple[PlaybackToken, str]:
        values: dict[str, Any] = {"label": "Office", "scope": TokenScope.ALL, **changes}
        return await self.tokens.create(TokenDraft(**values), code=code, by=by(who))

    async def let_in(self, text: str, *, cookie: str = "", address: str = HOME) -> Activated:
        return await self.activations.activate(text, client(address), held_cookie=cookie)

    async def window(self, scope: Scope, camera_id: int = 1) -> float | None:
        """Return how many minutes back whoever sends this may replay; None: nothing."""
        reach = await self.replay.reach(scope, camera_id)
        if not reach.spans:
            return None
        return (self.clock.unix_s() * 1000 - reach.spans[0].from_ms) / 60_000


def asked(
    *, cookie: str = "", address: str = HOME, headers: Sequence[tuple[str, str]] = ()
) -> Scope:
    """Return a request as the parser leaves it; `headers` in the order in which they came."""
    sent = [(name.lower().encode(), text.encode("latin-1")) for name, text in headers]
    if cookie:
        sent.append((b"cookie", f"{COOKIE}={cookie}".encode()))
    return {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": sent,
        "client": (address, 40_000),
    }


CAMERAS: Final[Mapping[int, Camera]] = {
    1: shown(),
    2: camera(2, area_id=7, decision=shown("private").decision),
    3: camera(3, area_id=8),
    4: camera(4),
}


@asynccontextmanager
async def rights(
    database: Database,
    *,
    clock: HandWoundClock | None = None,
    cameras: Mapping[int, Camera] = CAMERAS,
) -> AsyncIterator[Rights]:
    """Give the parts of one web process; several on one database are several processes."""
    clock = clock or HandWoundClock(NOW)
    catalogue = Catalogue(cameras.values(), clock=clock, zone=always(ZONE))
    trail = AuditTrail(database, key=b"k" * 32, clock=clock)
    texts, people = TokenTexts(b"t" * 32), People()
    gate = GuessGate(MemoryCounters(clock), clock)
    book = RightsBook(
        database, catalogue, decided_since=decided_since, night=Nightfall(always(ZONE)), clock=clock
    )

    async def area_ids() -> list[int]:
        return [7, 8]

    made = Rights(
        database=database,
        clock=clock,
        catalogue=catalogue,
        people=people,
        book=book,
        replay=ReplayRights(
            book,
            catalogue,
            resolver=people,
            texts=texts,
            gate=gate,
            clients=ClientAddresses(),
            hub=Hub(default=PREVIEW, clock=clock, zone=always(ZONE)),
        ),
        tokens=PlaybackTokens(
            database, book, catalogue, texts=texts, area_ids=area_ids, trail=trail, clock=clock
        ),
        activations=Activations(database, book, texts=texts, gate=gate, trail=trail, clock=clock),
        trail=trail,
    )
    await book.refresh()
    yield made


async def decide_mode(database: Database, number: int, mode: PlaybackMode | str) -> None:
    """Write a rule of a camera as whoever looks after footage does."""
    async with database.write() as work:
        if await work.session.get(CameraRow, number) is None:
            work.session.add(_row(number))
            await work.session.flush()
        await work.session.execute(delete(RuleRow).where(RuleRow.camera_id == number))
        await work.session.execute(
            insert(RuleRow).values(camera_id=number, playback=str(mode), updated_at=NOW)
        )
        work.changed("playback")


async def spoil_scope(database: Database, token_id: int, scope: str) -> None:
    """Write a scope that a later version may know."""
    async with database.write() as work:
        row = await work.session.get(TokenRow, token_id)
        assert row is not None
        row.scope = scope
        work.changed("playback")


def _row(number: int) -> CameraRow:
    return CameraRow(
        id=number,
        slug=f"camera-{number}",
        stream_key=f"key-{number}",
        name=f"Camera {number}",
        source_sealed="",
        source_transport="automatic",
        source_encode=False,
        source_tls_fingerprint="",
        description="",
        location="",
        enabled=True,
        status="active",
        on_demand=True,
        low_latency=False,
        is_tunnel=False,
        enable_recording=True,
        recording_duration_hours=24,
        managed_by="operator",
        created_at=NOW,
        updated_at=NOW,
    )
