"""Seals every stored secret with a new key, and lets old keys go once nothing needs them.

Safe to interrupt at any moment and to run while Pantau does: old keys open what is not sealed anew
yet, and a second run goes on where the first one ended.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.key_file import KeyRing, add_key, read_keys, remove_keys
from pantau.core.sealing import Sealer, SealingError, key_of
from pantau.db import sealed_columns
from pantau.db.database import Database
from pantau.db.sealed_columns import RowKey, SealedColumn, SealedValue

_AT_A_TIME: Final = 50
_KEPT_AFTER: Final = timedelta(hours=1)
"""A process may have sealed something with the old key and not have committed it yet."""


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """One key and what it is still needed for."""

    id: str
    made_at: datetime | None
    replaced_at: datetime | None
    values: int

    @property
    def is_newest(self) -> bool:
        """Tell whether it is the key that seals."""
        return self.replaced_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """Which keys there are, and what is wrong with stored secrets."""

    keys: tuple[KeyStanding, ...]
    without_key: int
    """Values whose key is not in the file: nobody can open them."""
    not_sealed: tuple[str, ...]
    """Columns in which something stands in the clear."""

    @property
    def ok(self) -> bool:
        """Tell whether every stored secret can be opened and none is in the clear."""
        return not self.without_key and not self.not_sealed


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did."""

    key: str
    sealed: int
    failed: int
    """Values that could not be opened, and stay as they are."""
    resumed: bool
    """No key was made, because an earlier rotation was not finished."""
    removed: tuple[str, ...]


class Rotation:
    """For the command line: one at a time per installation."""

    def __init__(
        self,
        database: Database,
        *,
        keys: KeyRing,
        columns: Sequence[SealedColumn],
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._path = keys.path
        self._columns = columns
        self._trail = trail
        self._clock = clock

    async def standing(self) -> Standing:
        """Return which keys are needed for what."""
        ring = read_keys(self._path)
        used: Counter[str] = Counter()
        not_sealed = []
        async with self._database.read() as work:
            for place in self._columns:
                for prefix, count in (await sealed_columns.prefixes_in(work, place)).items():
                    key = key_of(f"{prefix}{'x' * 38}")
                    if key is None:
                        not_sealed.append(str(place))
                    else:
                        used[key] += count
        keys = tuple(
            KeyStanding(key.id, key.made_at, ring.replaced_at(key.id), used.pop(key.id, 0))
            for key in ring.keys
        )
        return Standing(keys, used.total(), tuple(sorted(set(not_sealed))))

    async def rotate(self, actor: Actor) -> Rotated:
        """Seal everything with a new key, or finish a rotation that was interrupted."""
        ring = read_keys(self._path)
        sealed, failed = await self._seal_all(ring)
        # Nothing was left to do, or nothing that can be done: this is no interrupted rotation.
        resumed = sealed > 0
        if not resumed:
            ring = add_key(self._path, now=self._clock.now())
            sealed, failed = await self._seal_all(ring)
        done = Rotated(ring.newest.id, sealed, failed, resumed, await self.prune())
        async with self._database.write() as work:
            await self._trail.record(
                work,
                actor,
                AdminAction.SECRETS_ROTATED,
                details={
                    "key": done.key,
                    "sealed": sealed,
                    "failed": failed,
                    "resumed": resumed,
                    "removed": done.removed,
                },
            )
        return done

    async def prune(self) -> tuple[str, ...]:
        """Forget the keys that nothing needs and that were replaced an hour ago or earlier."""
        limit = self._clock.now() - _KEPT_AFTER
        gone = tuple(
            key.id
            for key in (await self.standing()).keys
            if key.replaced_at is not None and key.replaced_at <= limit and not key.values
        )
        if gone:
            remove_keys(self._path, gone)
        return gone

    async def _seal_all(self, ring: KeyRing) -> tuple[int, int]:
        sealer = Sealer(ring)
        done = [await self._seal_column(place, sealer) for place in self._columns]
        return sum(sealed for sealed, _ in done), sum(failed for _, failed in done)

    async def _seal_column(self, place: SealedColumn, sealer: Sealer) -> tuple[int, int]:
        sealed = failed = 0
        after: RowKey | None = None
        while True:
            async with self._database.write() as work:
                values = await sealed_columns.values_not_sealed_with(
                    work, place, sealer.newest_key, after=after, limit=_AT_A_TIME
                )
                for value in values:
                    anew = _sealed_anew(sealer, place, value)
                    if anew is None:
                        failed += 1
                    else:
                        await sealed_columns.replace_value(work, place, value, anew)
                        sealed += 1
            if not values:
                return sealed, failed
            after = values[-1].key


def _sealed_anew(sealer: Sealer, place: SealedColumn, value: SealedValue) -> str | None:
    try:
        text = sealer.open(value.text, place.purpose, value.row)
    except SealingError:
        return None
    return sealer.seal(text, place.purpose, value.row)
