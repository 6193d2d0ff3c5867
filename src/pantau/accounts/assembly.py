"""The parts of signing in, joined."""

from dataclasses import dataclass

from pantau.accounts.attempts import Attempts
from pantau.accounts.first_run import FirstRun
from pantau.accounts.known_devices import KnownDevices
from pantau.accounts.passwords.expiry import PasswordExpiry
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.accounts.proving import Proofs
from pantau.accounts.second_factor.checking import CodeCheck, Seals
from pantau.accounts.second_factor.service import SecondFactors
from pantau.accounts.sessions.beginning import Beginnings
from pantau.accounts.sessions.challenges import Challenges
from pantau.accounts.sessions.issuing import Issuer
from pantau.accounts.sessions.keeping import SessionKeeper
from pantau.accounts.sessions.memory import SessionMemory
from pantau.accounts.sessions.renewing import Renewals
from pantau.accounts.sessions.resolver import FindKey, SessionResolver
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.sessions.tokens import Tokens
from pantau.accounts.trail import Trail
from pantau.core.clock import Clock
from pantau.core.signing import derive_key
from pantau.db.database import Database
from pantau.settings.model import AccountSettings, LimitSettings
from pantau.web.counters import Counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What signing in needs of the rest of the house."""

    database: Database
    secret: bytes
    """The installation's; every use derives a key of its own."""
    seals: Seals
    counters: Counters
    trail: Trail
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """The joined parts; `keeper.run` is a service, `hasher.close` belongs to the end."""

    hasher: PasswordHasher
    expiry: PasswordExpiry
    attempts: Attempts
    sign_ins: SignIns
    resolver: SessionResolver
    second_factors: SecondFactors
    first_run: FirstRun
    keeper: SessionKeeper


def join(
    around: Around, *, settings: AccountSettings, limits: LimitSettings, find_key: FindKey
) -> SigningIn:
    """Join the parts; starts nothing."""
    clock, database, trail = around.clock, around.database, around.trail
    hasher = PasswordHasher()
    expiry = PasswordExpiry(settings.password_days, settings.password_warn_days)
    devices = KnownDevices(derive_key(around.secret, "known devices"), clock)
    attempts = Attempts(around.counters, devices, limits=limits, clock=clock)
    tokens = Tokens(derive_key(around.secret, "session tokens"))
    memory = SessionMemory(database, expiry=expiry, clock=clock)
    check = CodeCheck(around.seals, secret=around.secret, clock=clock)
    issuer = Issuer(tokens, devices, settings=settings, clock=clock)
    beginnings = Beginnings(database, issuer, memory, check=check, trail=trail, clock=clock)
    sign_ins = SignIns(
        database,
        attempts=attempts,
        proofs=Proofs(database, hasher, secret=around.secret),
        challenges=Challenges(derive_key(around.secret, "challenges"), clock),
        beginnings=beginnings,
        renewals=Renewals(
            database, issuer, memory, trail=trail, grace_s=settings.refresh_grace_s, clock=clock
        ),
        trail=trail,
        clock=clock,
    )
    return SigningIn(
        hasher=hasher,
        expiry=expiry,
        attempts=attempts,
        sign_ins=sign_ins,
        resolver=SessionResolver(
            tokens, memory, find_key=find_key, access_s=settings.access_s, clock=clock
        ),
        second_factors=SecondFactors(
            database, sign_ins=sign_ins, check=check, seals=around.seals, trail=trail, clock=clock
        ),
        first_run=FirstRun(
            database,
            beginnings=beginnings,
            sign_ins=sign_ins,
            hasher=hasher,
            trail=trail,
            clock=clock,
        ),
        keeper=SessionKeeper(database, memory, clock=clock),
    )
