"""Guessing made slow and then impossible, without telling the guesser or locking out the owner.

Every attempt is counted before anything is looked at, so that many at once cannot slip through; a
success takes its count back.  An address and an account have a count each, and whoever guesses one
account from everywhere locks it for strangers only: a known device has a count of its own instead.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from pantau.accounts.client import Client
from pantau.accounts.known_devices import KnownDevices
from pantau.core.clock import Clock
from pantau.core.errors import Problem, Throttled
from pantau.settings.model import LimitSettings
from pantau.web.client_address import limit_key
from pantau.web.counters import Counters

_DELAYS_S: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Before the work, by the failures so far."""
_MOST_AT_ONCE: Final = 2
"""Attempts on one account side by side; passwords are not compared any faster."""
_MOST_QUEUED: Final = 30
_MOST_DELAYED: Final = 5
"""Delayed attempts of one address: each of them holds a connection."""


@dataclass(frozen=True, slots=True)
class _Count:
    key: str
    limit: int
    lock_s: float

    @property
    def lock_key(self) -> str:
        return f"{self.key}:lock"

    @property
    def failed_key(self) -> str:
        """Of failures that are over; the key itself also counts what is under way."""
        return f"{self.key}:failed"

    @property
    def is_device(self) -> bool:
        return self.key.startswith("device:")

    @property
    def is_address(self) -> bool:
        return self.key.startswith("address:")


@dataclass(slots=True)
class Attempt:
    """One attempt under way; tell it how it ended, or it counts as a failure."""

    is_locked: bool
    """The account takes no password at the moment: go through the motions, then fail."""
    failures: int
    _attempts: "Attempts"
    _counts: tuple[_Count, ...]
    _reached: list[_Count] = field(default_factory=list)
    """Counts that this attempt has filled to their limit."""
    is_settled: bool = False

    async def passed(self) -> None:
        """Somebody has proved who they are: what they got wrong before is forgotten."""
        self.is_settled = True
        await self._attempts.forgive(self._counts)

    async def take_back(self) -> None:
        """Nothing was guessed: the attempt does not count, earlier ones do."""
        self.is_settled = True
        await self._attempts.take_back(self._counts)

    async def failed(self) -> bool:
        """The guess was wrong; return whether it locks the account from here on."""
        self.is_settled = True
        return await self._attempts.note_failure(self._counts, self._reached)


class Attempts:
    """Counts attempts to sign in.  Loop only."""

    def __init__(
        self, counters: Counters, devices: KnownDevices, *, limits: LimitSettings, clock: Clock
    ) -> None:
        self._counters = counters
        self._devices = devices
        self._limits = limits
        self._clock = clock
        self._delayed: Counter[str] = Counter()
        self._gates: dict[str, _Gate] = {}
        self.known_failures = 0
        """How often somebody failed from a device that had signed in to that account before: no
        stranger who guesses has one."""

    @asynccontextmanager
    async def begin(self, name_key: str, client: Client) -> AsyncIterator[Attempt]:
        """Count an attempt on an account, wait as long as its failures demand, and let it be made.

        Raises Throttled when the address is locked or too many wait already.  An attempt that ends
        in a Problem (the database is away) is taken back; one that is broken off counts.
        """
        counts = self._counts(name_key, client)
        for count in counts:
            # Before the queue: who is locked out must not stand in anybody's way.
            if count.is_address and await self._is_locked(count):
                raise _too_often(await self._lock_left_s(count))
        async with self._gate(counts[0].key):
            attempt = await self._reserve(counts)
            await self._delay(attempt, limit_key(client.address))
            try:
                yield attempt
            except Problem:
                if not attempt.is_settled:
                    await attempt.take_back()
                raise

    async def unlock_account(self, name_key: str) -> None:
        """Forget the failures of an account."""
        await self._forget(self._account(name_key))

    async def unlock_address(self, address: str) -> None:
        """Forget the failures of an address."""
        await self._forget(self._address(address))

    async def is_account_locked(self, name_key: str) -> bool:
        """Tell whether strangers cannot sign in to an account at the moment."""
        return await self._is_locked(self._account(name_key))

    async def forgive(self, counts: tuple[_Count, ...]) -> None:
        """Forget the failures of the account or the device; of the address only this attempt."""
        await self._forget(counts[0])
        await self.take_back(counts[1:])

    async def take_back(self, counts: tuple[_Count, ...]) -> None:
        """Uncount the latest attempt."""
        for count in counts:
            await self._counters.give_back(count.key, within_s=self._limits.failures_within_s)

    async def note_failure(self, counts: tuple[_Count, ...], reached: list[_Count]) -> bool:
        """Let the next attempt wait longer, and lock what is full from this failure on."""
        self.known_failures += any(count.is_device for count in counts)
        for count in counts:
            within_s = self._limits.failures_within_s
            await self._counters.reserve(count.failed_key, limit=count.limit, within_s=within_s)
        for count in reached:
            await self._counters.forget(count.lock_key)
            await self._counters.reserve(count.lock_key, limit=1, within_s=count.lock_s)
        return any(not count.is_address for count in reached)

    def _counts(self, name_key: str, client: Client) -> tuple[_Count, ...]:
        device = self._devices.find(client.device_cookie, name_key)
        if device is not None:
            limits = self._limits
            return (_Count(f"device:{device}", limits.account_failures, limits.account_lock_s),)
        return self._account(name_key), self._address(client.address)

    def _account(self, name_key: str) -> _Count:
        # Names are anything that anybody types: keys are short and hold none of it.
        mark = hashlib.sha256(name_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return _Count(f"account:{mark}", self._limits.account_failures, self._limits.account_lock_s)

    def _address(self, address: str) -> _Count:
        limits = self._limits
        key = f"address:{limit_key(address)}"
        return _Count(key, limits.address_failures, limits.address_lock_s)

    async def _reserve(self, counts: tuple[_Count, ...]) -> Attempt:
        within_s = self._limits.failures_within_s
        reached: list[_Count] = []
        reserved: list[_Count] = []
        failures, is_locked = 0, False
        # The address first: while it is locked, nothing that it sends touches an account.
        for count in reversed(counts):
            reservation = None
            if not await self._is_locked(count):
                reservation = await self._counters.reserve(
                    count.key, limit=count.limit, within_s=within_s
                )
            if reservation is None or not reservation.allowed:
                if count.is_address:
                    raise _too_often(
                        reservation.retry_after_s
                        if reservation is not None
                        else await self._lock_left_s(count)
                    )
                is_locked = True
                failures = count.limit
                continue
            reserved.insert(0, count)
            failed = await self._counters.count(count.failed_key, within_s=within_s)
            failures = max(failures, failed)
            if reservation.count >= count.limit:
                reached.append(count)
        return Attempt(is_locked, failures, self, tuple(reserved), reached)

    async def _is_locked(self, count: _Count) -> bool:
        return await self._counters.count(count.lock_key, within_s=count.lock_s) > 0

    async def _lock_left_s(self, count: _Count) -> float:
        wait = await self._counters.reserve(count.lock_key, limit=1, within_s=count.lock_s)
        if wait.allowed:  # the lock has ended this very moment
            await self._counters.forget(count.lock_key)
        return wait.retry_after_s

    async def _delay(self, attempt: Attempt, address: str) -> None:
        delay_s = _DELAYS_S[min(max(attempt.failures, 0), len(_DELAYS_S) - 1)]
        if not delay_s:
            return
        if self._delayed[address] >= _MOST_DELAYED:
            await attempt.take_back()
            raise _queue_full()
        self._delayed[address] += 1
        try:
            await self._clock.sleep(delay_s)
        finally:
            _decrease(self._delayed, address)

    async def _forget(self, count: _Count) -> None:
        for key in (count.key, count.failed_key, count.lock_key):
            await self._counters.forget(key)

    @asynccontextmanager
    async def _gate(self, key: str) -> AsyncIterator[None]:
        gate = self._gates.setdefault(key, _Gate())
        if gate.users >= _MOST_QUEUED:
            raise _queue_full()
        gate.users += 1
        try:
            async with gate.turn:
                yield
        finally:
            gate.users -= 1
            if not gate.users:
                self._gates.pop(key, None)


@dataclass(slots=True)
class _Gate:
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_AT_ONCE))
    users: int = 0


def _decrease(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


def _too_often(retry_after_s: float) -> Throttled:
    return Throttled(
        "auth.address_locked",
        "Too many failed attempts from this address. Try again later.",
        retry_after_s=max(1, round(retry_after_s)),
    )


def _queue_full() -> Throttled:
    return Throttled(
        "auth.queue_full", "Too many attempts at once. Try again shortly.", retry_after_s=8
    )
