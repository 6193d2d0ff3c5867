"""How passwords are kept: argon2id, with imported bcrypt hashes understood until they are used."""

import asyncio
import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2
import bcrypt
from argon2.exceptions import InvalidHashError, VerificationError

from pantau.accounts.passwords.rules import normalised
from pantau.core.errors import Throttled

_MEMORY_KIB: Final = 19 * 1024
_ROUNDS: Final = 2
_MOST_AT_ONCE: Final = 2
_PATIENCE: Final = 10
"""How nice hashing is: a tenth of the share of the loop where both want the processor."""
_BCRYPT: Final = re.compile(r"\$2[aby]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
"""Costs above 15 take seconds; no software that is imported from makes them."""
_BCRYPT_BYTES: Final = 72
_Result = TypeVar("_Result")


class PasswordHasher:
    """Hashes and verifies in at most two threads, so that the loop goes on meanwhile.

    Threads outside `media` are allowed here: one hash takes 30 ms of a core, and the library lets
    the interpreter go meanwhile.  No more than two at once, 19 MiB each; `most_waiting` more may
    queue, others are refused with Throttled.
    """

    def __init__(self, *, most_waiting: int = 40) -> None:
        self._argon2: Final = argon2.PasswordHasher(
            time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1
        )
        self._threads: Final = ThreadPoolExecutor(
            _MOST_AT_ONCE, thread_name_prefix="password", initializer=_step_back_in_thread
        )
        self._most: Final = _MOST_AT_ONCE + most_waiting
        self._under_way = 0
        # Nobody's password: what a sign-in of nobody is compared with.  No start waits for it.
        self._nothing: Final = self._threads.submit(self._argon2.hash, "")
        self._nothing_bcrypt: Final = bcrypt.hashpw(b"", bcrypt.gensalt(4)).replace(
            b"$04$", b"$10$"
        )

    async def hash(self, password: str) -> str:
        """Return the argon2id hash to keep."""
        return await self._in_pool(lambda: self._argon2.hash(_composed(password)))

    async def verify(self, password: str, password_hash: str) -> bool:
        """Tell whether `password_hash` was made from `password`; false for a damaged hash."""
        return await self._in_pool(lambda: self._verify_in_thread(password, password_hash))

    async def verify_nothing(self, password: str, *, as_bcrypt: bool = False) -> None:
        """Take as long as `verify` does, for a user who does not exist."""

        def verify_in_thread() -> None:
            known = self._nothing_bcrypt.decode() if as_bcrypt else self._nothing.result()
            self._verify_in_thread(password, known)

        await self._in_pool(verify_in_thread)

    def needs_upgrade(self, password_hash: str) -> bool:
        """Tell whether the hash is weaker than what `hash` makes."""
        if is_bcrypt(password_hash):
            return True
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return False

    def may_upgrade(self, password: str, password_hash: str) -> bool:
        """Tell whether `password`, which `verify` found right, is known to its end.

        Of a password that is longer than 72 bytes bcrypt compares the beginning only: a slip of
        the fingers behind it must not become part of the password.
        """
        is_whole = not is_bcrypt(password_hash) or len(_raw(password)) <= _BCRYPT_BYTES
        return is_whole and self.needs_upgrade(password_hash)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_pool(self, work: Callable[[], _Result]) -> _Result:
        if self._under_way >= self._most:
            raise Throttled(
                "auth.busy", "Too many people are signing in. Try again shortly.", retry_after_s=2
            )
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    def _verify_in_thread(self, password: str, password_hash: str) -> bool:
        if is_bcrypt(password_hash):
            # As bcryptjs does: the bytes as they were typed, and no more than 72 of them.
            return bcrypt.checkpw(_raw(password)[:_BCRYPT_BYTES], password_hash.encode())
        try:
            return self._argon2.verify(password_hash, _composed(password))
        except (InvalidHashError, VerificationError):
            return False


def is_bcrypt(password_hash: str) -> bool:
    """Tell whether `password_hash` is a whole bcrypt hash."""
    return _BCRYPT.fullmatch(password_hash) is not None


def _composed(password: str) -> bytes:
    return normalised(password).encode("utf-8", "surrogatepass")


def _raw(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _step_back_in_thread() -> None:
    """Let everything else go first: viewers must not notice that somebody signs in.

    On Linux a thread has a priority of its own; elsewhere the whole process would step back.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PATIENCE)
