"""Whether a code is the second factor of an account; a code works once."""

from typing import Final, Protocol

from pantau.accounts import account_rows
from pantau.accounts.account_rows import Account
from pantau.accounts.second_factor import codes, factor_rows
from pantau.core.clock import Clock
from pantau.core.signing import derive_key
from pantau.db.database import Writing

PURPOSE: Final = "account.totp"


class Seals(Protocol):
    """Implemented by `core.sealing.Sealer`."""

    def seal(self, text: str, purpose: str, row: str | int = "") -> str:
        """Return `text` sealed for one purpose and row."""
        ...

    def open(self, sealed: str, purpose: str, row: str | int = "") -> str:
        """Return what was sealed; raises SealingError."""
        ...


class CodeCheck:
    """Compares codes and uses them up; `secret` is the installation's."""

    def __init__(self, seals: Seals, *, secret: bytes, clock: Clock) -> None:
        self._seals = seals
        self._recovery_key = derive_key(secret, "recovery codes")
        self._clock = clock

    async def accept(self, work: Writing, account: Account, code: str) -> bool:
        """Use up `code` in the transaction that it opens; false unless it is good."""
        if account.totp_secret_sealed is None:
            return False
        step = self.step_of(account.totp_secret_sealed, account.id, code)
        if step is not None:
            return await account_rows.use_step(work, account.id, step)
        code_hash = codes.recovery_hash(self._recovery_key, account.id, code)
        if code_hash is None:
            return False
        return await factor_rows.use_code(work, account.id, code_hash, at=self._clock.now())

    def step_of(self, secret_sealed: str, user_id: int, code: str) -> int | None:
        """Return the step of a code from the authenticator app, if it is right now."""
        secret = self._seals.open(secret_sealed, PURPOSE, user_id)
        return codes.step_of(secret, code, self._clock.now())

    def hashes_of(self, user_id: int, recovery_codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return by what the database knows these recovery codes."""
        hashes = (codes.recovery_hash(self._recovery_key, user_id, code) for code in recovery_codes)
        return tuple(code_hash for code_hash in hashes if code_hash is not None)
