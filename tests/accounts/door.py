"""Signing in on a database of the test, joined as the web process joins it."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select

from pantau.accounts.assembly import Around, SigningIn, join
from pantau.accounts.client import Client
from pantau.accounts.models import UserRow
from pantau.accounts.sessions.values import Credentials, SecondFactorNeeded, SignedIn
from pantau.audit.actors import Actor
from pantau.audit.events import Name, SecurityEvent
from pantau.db.database import Database, Writing
from pantau.settings.model import AccountSettings, LimitSettings
from pantau.web.counters import Counters, MemoryCounters
from pantau.web.exchange import Scope
from pantau.web.principal import Principal, Role
from tests.support.clock import HandWoundClock
from tests.support.passwords import hashed

SECRET = b"s" * 32
PASSWORD = "Sunshine-Kettle-42"
HASH = hashed(PASSWORD)
HOME = Client(address="192.0.2.7", user_agent="Mozilla/5.0 (X11; Linux) Firefox/128.0")
KEY_HOLDER = Principal(kind="api_key", key_id=3, username="NVR", scopes=frozenset({"areas:read"}))
_Result = TypeVar("_Result")


class Reversed:
    """Seals so that a test can see it, and opens only what fits."""

    def seal(self, text: str, purpose: str, row: str | int = "") -> str:
        return f"sealed:{purpose}:{row}:{text[::-1]}"

    def open(self, sealed: str, purpose: str, row: str | int = "") -> str:
        head = f"sealed:{purpose}:{row}:"
        assert sealed.startswith(head)
        return sealed.removeprefix(head)[::-1]


@dataclass
class ToldTrail:
    """What the accounts told the audit trail, in order."""

    told: list[tuple[str, str]] = field(default_factory=list)
    """Name of the event and of the person."""
    details: list[Mapping[str, object] | None] = field(default_factory=list)

    async def record(
        self,
        work: Writing,
        actor: Actor,
        name: Name,
        *,
        target: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.told.append((str(name), actor.name))
        self.details.append(details)

    def note(
        self,
        event: SecurityEvent,
        *,
        address: str = "",
        username: str = "",
        endpoint: str = "",
        user_agent: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.told.append((str(event), username))
        self.details.append(details)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]


@dataclass
class Door:
    database: Database
    clock: HandWoundClock
    trail: ToldTrail
    counters: Counters
    parts: SigningIn

    async def user(
        self, name: str = "siti", role: Role = "admin", *, password_hash: str = HASH, **more: Any
    ) -> int:
        """Add a user with PASSWORD."""
        async with self.database.write() as work:
            row = UserRow(
                username=name,
                password_hash=password_hash,
                role=role,
                has_all_areas=True,
                created_at=self.clock.now(),
                **more,
            )
            work.session.add(row)
            await work.session.flush()
            return row.id

    async def row(self, user_id: int) -> UserRow:
        async with self.database.read() as work:
            row = await work.session.scalar(select(UserRow).where(UserRow.id == user_id))
        assert row is not None
        return row

    async def try_to(
        self, password: str = PASSWORD, name: str = "siti", client: Client = HOME, code: str = ""
    ) -> SignedIn | SecondFactorNeeded:
        """Sign in, with time passing as far as it must."""
        credentials = Credentials(username=name, password=password, code=code)
        return await winding(self.clock, self.parts.sign_ins.sign_in(credentials, client))

    async def sign_in(
        self, name: str = "siti", *, client: Client = HOME, code: str = ""
    ) -> SignedIn:
        begun = await self.try_to(name=name, client=client, code=code)
        assert isinstance(begun, SignedIn)
        return begun

    async def who(self, token: str) -> Principal:
        """Return who a request with this Bearer token acts for."""
        return await self.parts.resolver.resolve(bearing(token))


def door_on(
    database: Database,
    *,
    clock: HandWoundClock | None = None,
    counters: Counters | None = None,
    settings: AccountSettings | None = None,
    limits: LimitSettings | None = None,
) -> Door:
    clock = clock or HandWoundClock()
    counters = counters or MemoryCounters(clock)
    trail = ToldTrail()
    around = Around(
        database=database,
        secret=SECRET,
        seals=Reversed(),
        counters=counters,
        trail=trail,
        clock=clock,
    )
    parts = join(
        around,
        settings=settings or AccountSettings(),
        limits=limits or LimitSettings(),
        find_key=find_key,
    )
    return Door(database, clock, trail, counters, parts)


async def find_key(key_hash: str) -> Principal:
    return KEY_HOLDER if key_hash.startswith("60") else Principal(refusal="invalid")


def bearing(token: str) -> Scope:
    return asking((b"authorization", f"Bearer {token}".encode("latin-1")))


def asking(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "method": "GET", "path": "/", "headers": list(headers)}


async def winding(clock: HandWoundClock, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run `work` to its end, letting time pass whenever somebody waits for it."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait([task], timeout=0.002)
        if clock.sleepers:
            await clock.advance(0.5)
    return task.result()
