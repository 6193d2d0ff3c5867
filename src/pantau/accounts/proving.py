"""Whether somebody is who they say: the same work and the same time for every wrong answer."""

import hashlib
import hmac

from pantau.accounts import account_rows
from pantau.accounts.account_rows import Account
from pantau.accounts.passwords.hashing import PasswordHasher
from pantau.core.signing import derive_key
from pantau.db.database import Database


class Proofs:
    """Compares passwords; `secret` is the installation's."""

    def __init__(self, database: Database, hasher: PasswordHasher, *, secret: bytes) -> None:
        self._database = database
        self._hasher = hasher
        self._key = derive_key(secret, "names of nobody")
        self._some_are_imported: bool | None = None
        database.changes.on("accounts", self._forget)

    async def account_with(
        self, name_key: str, password: str, *, is_locked: bool
    ) -> Account | None:
        """Return the account whose password this is; nothing at all while it is locked."""
        async with self._database.read() as work:
            account = await account_rows.account_called(work, name_key)
            if self._some_are_imported is None:
                self._some_are_imported = await account_rows.has_imported_passwords(work)
        if account is None:
            as_bcrypt = bool(self._some_are_imported) and self._looks_imported(name_key)
            await self._hasher.verify_nothing(password, as_bcrypt=as_bcrypt)
            return None
        is_right = await self._hasher.verify(password, account.password_hash)
        return account if is_right and not is_locked and not account.is_disabled else None

    async def account_numbered(self, user_id: int) -> Account | None:
        """Return the user with this id."""
        async with self._database.read() as work:
            return await account_rows.account_numbered(work, user_id)

    async def better_hash(self, account: Account, password: str) -> str:
        """Return a stronger hash of a right password, or "" where it is strong already."""
        if not self._hasher.may_upgrade(password, account.password_hash):
            return ""
        return await self._hasher.hash(password)

    def _forget(self) -> None:
        self._some_are_imported = None

    def _looks_imported(self, name_key: str) -> bool:
        # bcrypt takes another time than argon2id.  While imported hashes are left, names of nobody
        # take one or the other, each name always the same: so neither time means somebody.
        mark = hmac.digest(self._key, name_key.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return mark[0] % 2 == 0
