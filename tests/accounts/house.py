"""Users, sessions and keys on a database of the test, put together from their real parts."""

from dataclasses import dataclass

from pantau.accounts.assembly import Around, SigningIn, join
from pantau.accounts.client import Client
from pantau.accounts.sessions.values import Credentials, SignedIn
from pantau.accounts.users.api import UserApi
from pantau.accounts.users.asker import AT_THE_CONSOLE, Asker, asker
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import NewUser, User
from pantau.areas.models import AreaRow
from pantau.audit.trail import AuditTrail
from pantau.core.slugs import slug_of
from pantau.db.database import Database
from pantau.settings.model import AccountSettings, LimitSettings
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import MemoryCounters
from pantau.web.principal import Principal, Role
from tests.accounts.asking import ADDRESS, Asking
from tests.audit.trails import trail_on
from tests.support.clock import START, HandWoundClock

SECRET = b"s" * 32
PASSWORD = "Sunshine-Kettle-42"
OTHER_PASSWORD = "Correct-Horse-9x"
CLIENT = Client(address=ADDRESS, user_agent="Firefox")


class HurriedClock(HandWoundClock):
    """Time passes at once for whoever sleeps: guessing is delayed, tests are not."""

    async def sleep(self, duration_s: float) -> None:
        self.wind(duration_s)


class Unsealed:
    """Seals nothing; no test here looks at sealed values."""

    def seal(self, text: str, purpose: str, row: str | int = "") -> str:
        return text

    def open(self, sealed: str, purpose: str, row: str | int = "") -> str:
        return sealed


@dataclass
class House:
    database: Database
    clock: HandWoundClock
    trail: AuditTrail
    parts: SigningIn
    users: Users
    asking: Asking

    async def add(self, name: str, role: Role = "viewer", password: str = PASSWORD) -> User:
        """Add a user as the console does."""
        new = NewUser(username=name, password=password, role=role)
        return await self.users.add(new, by=AT_THE_CONSOLE)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Principal:
        """Sign in and return whom requests with the token act for."""
        return await self.principal(await self.tokens(name, password))

    async def tokens(self, name: str, password: str = PASSWORD) -> SignedIn:
        """Sign in and return the tokens."""
        credentials = Credentials(username=name, password=password)
        signed_in = await self.parts.sign_ins.sign_in(credentials, CLIENT)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    async def principal(self, signed_in: SignedIn) -> Principal:
        """Return whom a request with this token acts for."""
        token = f"Bearer {signed_in.access_token}".encode()
        return await self.parts.resolver.resolve({"headers": [(b"authorization", token)]})

    async def asker(self, name: str) -> Asker:
        """Sign in and return who asks."""
        return asker(await self.sign_in(name), CLIENT)

    async def area(self, name: str) -> int:
        """Add an area."""
        async with self.database.write() as work:
            row = AreaRow(name=name, slug=slug_of(name), managed_by="operator", created_at=START)
            work.session.add(row)
            await work.session.flush()
        return row.id


def house_on(database: Database, clock: HandWoundClock | None = None) -> House:
    clock = clock or HurriedClock()
    trail = trail_on(database, clock)
    around = Around(
        database=database,
        secret=SECRET,
        seals=Unsealed(),
        counters=MemoryCounters(clock),
        trail=trail,
        clock=clock,
    )
    parts = join(around, settings=AccountSettings(), limits=LimitSettings(), find_key=_no_key)
    users = Users(
        database,
        sign_ins=parts.sign_ins,
        hasher=parts.hasher,
        expiry=parts.expiry,
        trail=trail,
        clock=clock,
    )
    asking = Asking([UserApi(users, ClientAddresses()).endpoints])
    return House(database, clock, trail, parts, users, asking)


async def _no_key(_: str) -> Principal:
    return Principal(refusal="invalid")
