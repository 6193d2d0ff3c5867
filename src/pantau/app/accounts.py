"""People and programs that may sign in, joined from their parts."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from pantau.accounts.assembly import Around, SigningIn, join
from pantau.accounts.keys.service import ApiKeys
from pantau.accounts.users.service import Users
from pantau.app.foundation import Foundation
from pantau.core.supervisor import Service, Supervisor
from pantau.web.counters import Counters, MemoryCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """People and programs that may sign in."""

    signing_in: SigningIn
    users: Users
    keys: ApiKeys
    counters: Counters


async def open_accounts(
    base: Foundation, *, supervisor: Supervisor, closing: AsyncExitStack
) -> Accounts:
    """Return the accounts with their services under way."""
    counters = open_counters(base, closing)
    accounts = join_accounts(base, counters)
    await accounts.keys.load()
    supervisor.add(Service("accounts.keys.follow", accounts.keys.follow))
    supervisor.add(Service("accounts.keys.used", accounts.keys.run))
    supervisor.add(Service("accounts.sessions", accounts.signing_in.keeper.run))
    supervisor.add(Service("audit.notes", base.trail.run))
    closing.push_async_callback(accounts.keys.close)
    closing.callback(accounts.signing_in.hasher.close)
    return accounts


def join_accounts(base: Foundation, counters: Counters) -> Accounts:
    """Return the accounts; starts nothing."""
    settings, clock = base.settings, base.clock
    keys = ApiKeys(base.database, base.trail, clock=clock)
    signing_in = join(
        Around(
            database=base.database,
            secret=base.secret,
            seals=base.sealer,
            counters=counters,
            trail=base.trail,
            clock=clock,
        ),
        settings=settings.accounts,
        limits=settings.limits,
        find_key=keys.find,
    )
    users = Users(
        base.database,
        sign_ins=signing_in.sign_ins,
        hasher=signing_in.hasher,
        expiry=signing_in.expiry,
        trail=base.trail,
        clock=clock,
    )
    return Accounts(signing_in=signing_in, users=users, keys=keys, counters=counters)


def open_counters(base: Foundation, closing: AsyncExitStack) -> Counters:
    """Return where attempts and requests are counted: here, or where processes share it."""
    if not base.settings.shared_state_url:
        return MemoryCounters(base.clock)
    # Only now: its driver takes a tenth of a second to load, and few installations have one.
    from pantau.web.shared_counters import SharedCounters  # noqa: PLC0415

    shared = SharedCounters(base.settings.shared_state_url, base.clock)
    closing.push_async_callback(shared.close)
    return shared
