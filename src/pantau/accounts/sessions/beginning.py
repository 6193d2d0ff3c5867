"""How a session begins, once somebody has proved who they are."""

from typing import Final

from pantau.accounts import account_rows
from pantau.accounts.account_rows import Account
from pantau.accounts.client import Client
from pantau.accounts.second_factor.checking import CodeCheck
from pantau.accounts.sessions import session_rows
from pantau.accounts.sessions.devices import device_name
from pantau.accounts.sessions.issuing import Issuer
from pantau.accounts.sessions.memory import SessionMemory
from pantau.accounts.sessions.session_rows import Session
from pantau.accounts.sessions.tokens import hash_of
from pantau.accounts.sessions.values import SignedIn
from pantau.accounts.trail import Trail, actor_at, note_at
from pantau.audit.events import Action, SecurityEvent
from pantau.core.clock import Clock
from pantau.db.database import Database, Writing
from pantau.web.principal import Principal


class Beginnings:
    """Begins sessions.  Loop only."""

    def __init__(
        self,
        database: Database,
        issuer: Issuer,
        memory: SessionMemory,
        *,
        check: CodeCheck,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._issuer: Final = issuer
        self._memory = memory
        self._check = check
        self._trail = trail
        self._clock = clock

    async def begin(
        self, proven: Account, client: Client, *, code: str = "", better_hash: str = ""
    ) -> SignedIn | None:
        """Begin a session of `proven`, whose password was right when it was read.

        Nothing, if the password was changed or the user deleted since then, or if `code` is not
        the second factor that is asked for.
        """
        change = self._memory.change
        async with self._database.write() as work:
            account = await account_rows.account_numbered(work, proven.id)
            if account is None or account.is_disabled:
                return None
            if account.password_hash != proven.password_hash:
                return None
            if account.has_second_factor and not await self._check.accept(work, account, code):
                return None
            if better_hash:
                await account_rows.replace_hash(work, account.id, better_hash)
            signed_in, session = await self.begin_in(work, account, client)
        self.remember(session, client, change=change)
        return signed_in

    @property
    def change(self) -> int:
        """What `remember` wants to know: taken before the transaction."""
        return self._memory.change

    async def begin_in(
        self, work: Writing, account: Account, client: Client
    ) -> tuple[SignedIn, Session]:
        """Begin a session in a transaction; call `remember` when it is committed."""
        now = self._clock.now()
        family = self._issuer.tokens.new_family()
        session = await session_rows.begin(
            work,
            account,
            family_hash=hash_of(family),
            at=now,
            ends_at=self._issuer.end_of(now),
            client=client,
        )
        await account_rows.note_sign_in(work, account.id, at=now, address=client.address)
        who = Principal(
            kind="session", user_id=account.id, username=account.username, role=account.role
        )
        await self._trail.record(
            work,
            actor_at(client, who),
            Action.LOGIN,
            target=f"user {account.id} ({account.username})",
            details={"session": session.id, "device": device_name(client.user_agent)},
        )
        device_token = self._issuer.device_token(account)
        signed_in = self._issuer.signed_in(session, family, generation=0, device_token=device_token)
        return signed_in, session

    def remember(self, session: Session, client: Client, *, change: int) -> None:
        """Know a session that was committed; `change` is as it was before."""
        self._memory.remember(session, change=change)
        details = {"session": session.id, "device": device_name(client.user_agent)}
        note_at(self._trail, SecurityEvent.SESSION_CREATED, client, session.username, details)
