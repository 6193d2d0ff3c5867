"""Setting up a second factor, and getting rid of it."""

from dataclasses import dataclass
from typing import Final

from pantau.accounts.client import Client
from pantau.accounts.second_factor import codes, factor_rows
from pantau.accounts.second_factor.checking import PURPOSE, CodeCheck, Seals
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.trail import Trail, actor_at
from pantau.audit.events import AdminAction
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database, Writing
from pantau.ui.qr import qr_svg
from pantau.web.principal import Principal

_ISSUER: Final = "Pantau"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody's second factor stands."""

    is_enabled: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret to be put into an authenticator app; told once."""

    secret: str
    uri: str
    qr_svg: str
    """A whole `<svg>` element: the address as a picture."""


class SecondFactors:
    """Everybody's second factors.  Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        sign_ins: SignIns,
        check: CodeCheck,
        seals: Seals,
        trail: Trail,
        clock: Clock,
        issuer: str = _ISSUER,
    ) -> None:
        self._database = database
        self._sign_ins = sign_ins
        self._check = check
        self._seals = seals
        self._trail = trail
        self._clock = clock
        self._issuer = issuer

    async def standing(self, user_id: int) -> Standing:
        """Return whether a user has a second factor."""
        async with self._database.read() as work:
            factor = await factor_rows.factor_of(work, user_id)
            left = await factor_rows.codes_left(work, user_id)
        return Standing(factor is not None and factor.enabled_at is not None, left)

    async def enrol(self, principal: Principal, password: str, client: Client) -> Enrolment:
        """Offer a secret; it counts once `confirm` has seen a code made with it.

        The password is asked for, or whoever finds a session open could lock its owner out.
        """
        user_id = _user_of(principal)
        await self._sign_ins.confirm_password(user_id, password, client)
        secret = codes.new_secret()
        sealed = self._seals.seal(secret, PURPOSE, user_id)
        async with self._database.write() as work:
            if not await factor_rows.offer(work, user_id, sealed):
                raise _enabled_already()
        uri = codes.provisioning_uri(secret, username=principal.username, issuer=self._issuer)
        return Enrolment(secret, uri, qr_svg(uri))

    async def confirm(self, principal: Principal, code: str, client: Client) -> tuple[str, ...]:
        """Enable what was offered; return ten recovery codes, told once."""
        user_id = _user_of(principal)
        async with self._database.read() as reading:
            factor = await factor_rows.factor_of(reading, user_id)
        if factor is None or factor.secret_sealed is None or factor.enabled_at is not None:
            raise Conflict("second_factor.not_offered", "Begin setting up the second factor again.")
        step = self._check.step_of(factor.secret_sealed, user_id, code)
        if step is None:
            raise _wrong_code()
        recovery = codes.new_recovery_codes()
        async with self._database.write() as work:
            if not await factor_rows.enable(
                work, user_id, factor.secret_sealed, step=step, at=self._clock.now()
            ):
                raise _enabled_already()
            hashes = self._check.hashes_of(user_id, recovery)
            await factor_rows.replace_codes(work, user_id, hashes)
            await self._record(work, principal, client, AdminAction.SECOND_FACTOR_ENABLED)
        return recovery

    async def disable(self, principal: Principal, password: str, client: Client) -> None:
        """Remove one's own second factor; the password is asked for and counted."""
        user_id = _user_of(principal)
        await self._sign_ins.confirm_password(user_id, password, client)
        async with self._database.write() as work:
            if not await factor_rows.disable(work, user_id):
                raise _not_enabled()
            await self._record(work, principal, client, AdminAction.SECOND_FACTOR_DISABLED)

    async def renew_codes(
        self, principal: Principal, password: str, client: Client
    ) -> tuple[str, ...]:
        """Return ten fresh recovery codes, told once; earlier ones are void."""
        user_id = _user_of(principal)
        await self._sign_ins.confirm_password(user_id, password, client)
        recovery = codes.new_recovery_codes()
        async with self._database.write() as work:
            factor = await factor_rows.factor_of(work, user_id)
            if factor is None or factor.enabled_at is None:
                raise _not_enabled()
            hashes = self._check.hashes_of(user_id, recovery)
            await factor_rows.replace_codes(work, user_id, hashes)
            await self._record(work, principal, client, AdminAction.RECOVERY_CODES_RENEWED)
        return recovery

    async def _record(
        self, work: Writing, principal: Principal, client: Client, action: AdminAction
    ) -> None:
        target = f"user {principal.user_id} ({principal.username})"
        await self._trail.record(work, actor_at(client, principal), action, target=target)


def _user_of(principal: Principal) -> int:
    if principal.user_id is None:
        raise NotFound("user.unknown", "There is no such user.")
    return principal.user_id


def _wrong_code() -> Invalid:
    return Invalid(
        "second_factor.code",
        "This code is not right. Check that the clock of your phone is.",
        field="code",
    )


def _enabled_already() -> Conflict:
    return Conflict("second_factor.enabled", "The second factor is enabled already.")


def _not_enabled() -> Conflict:
    return Conflict("second_factor.disabled", "There is no second factor to change.")
