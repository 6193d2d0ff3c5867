"""Users, sessions and keys on a database of the test, put together from their real parts."""

from dataclasses import dataclass

from pantau.accounts.attempts import Attempts
from pantau.accounts.client import Client
from pantau.accounts.known_devices import KnownDevices
from pantau.accounts.passwords.expiry import PasswordExpiry
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.proving import Proofs
from pantau.accounts.second_factor.checking import CodeCheck
from pantau.accounts.sessions.beginning import Beginnings
from pantau.accounts.sessions.challenges import Challenges
from pantau.accounts.sessions.issuing import Issuer
from pantau.accounts.sessions.memory import SessionMemory
from pantau.accounts.sessions.renewing import Renewals
from pantau.accounts.sessions.resolver import SessionResolver
from pantau.accounts.sessions.service import Credentials, SignedIn, SignIns
from pantau.accounts.sessions.tokens import Tokens
from pantau.accounts.users.api import UserApi
from pantau.accounts.users.asker import AT_THE_CONSOLE, Asker, asker
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import NewUser, User
from pantau.areas.models import AreaRow
from pantau.audit.trail import AuditTrail
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
HASHER = PasswordHasher()
"""One for all tests: making one costs a hash."""


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
    sign_ins: SignIns
    resolver: SessionResolver
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
        signed_in = await self.sign_ins.sign_in(credentials, CLIENT)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    async def principal(self, signed_in: SignedIn) -> Principal:
        """Return whom a request with this token acts for."""
        token = f"Bearer {signed_in.access_token}".encode()
        return await self.resolver.resolve({"headers": [(b"authorization", token)]})

    async def asker(self, name: str) -> Asker:
        """Sign in and return who asks."""
        return asker(await self.sign_in(name), CLIENT)

    async def area(self, name: str) -> int:
        """Add an area."""
        async with self.database.write() as work:
            row = AreaRow(name=name, managed_by="operator", created_at=START)
            work.session.add(row)
            await work.session.flush()
        return row.id


def house_on(database: Database, clock: HandWoundClock | None = None) -> House:
    clock = clock or HandWoundClock()
    settings = AccountSettings()
    trail = trail_on(database, clock)
    devices, tokens = KnownDevices(SECRET, clock), Tokens(SECRET)
    expiry = PasswordExpiry(settings.password_days, settings.password_warn_days)
    memory = SessionMemory(database, expiry=expiry, clock=clock)
    issuer = Issuer(tokens, devices, settings=settings, clock=clock)
    check = CodeCheck(Unsealed(), secret=SECRET, clock=clock)
    counters = MemoryCounters(clock)
    sign_ins = SignIns(
        database,
        attempts=Attempts(counters, devices, limits=LimitSettings(), clock=clock),
        proofs=Proofs(database, HASHER, secret=SECRET),
        challenges=Challenges(SECRET, clock),
        beginnings=Beginnings(database, issuer, memory, check=check, trail=trail, clock=clock),
        renewals=Renewals(
            database, issuer, memory, trail=trail, grace_s=settings.refresh_grace_s, clock=clock
        ),
        trail=trail,
        clock=clock,
    )
    resolver = SessionResolver(
        tokens, memory, find_key=_no_key, access_s=settings.access_s, clock=clock
    )
    users = Users(
        database, sign_ins=sign_ins, hasher=HASHER, expiry=expiry, trail=trail, clock=clock
    )
    asking = Asking([UserApi(users, ClientAddresses()).endpoints])
    return House(database, clock, trail, sign_ins, resolver, users, asking)


async def _no_key(_: str) -> Principal:
    return Principal(refusal="invalid")
