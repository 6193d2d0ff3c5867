"""Opens what commands about users need."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pantau.accounts.users.service import Users
from pantau.app.accounts import join_accounts, open_counters
from pantau.app.foundation import lay_foundation
from pantau.core.clock import SystemClock
from pantau.core.supervisor import Supervisor
from pantau.settings import Settings


@asynccontextmanager
async def opened_users(settings: Settings) -> AsyncIterator[Users]:
    """Give the users of the installation of `settings`, which may be running.

    Raises FoundationError and Problem.
    """
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        accounts = join_accounts(base, open_counters(base, closing))
        closing.callback(accounts.signing_in.hasher.close)
        yield accounts.users
