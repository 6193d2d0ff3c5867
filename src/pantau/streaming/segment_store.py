"""What the edge holds in memory: bounded in bytes, the least used dropped first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pantau.core.errors import Exhausted

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_ENTRY_BYTES = 1024
"""What an entry costs beside its body: headers, tags, the table."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    size_bytes: int
    until_mono: float


class SegmentStore(Generic[K, V]):
    """Values with a size and an end; kept and arriving bytes together stay below `most_bytes`.

    Loop only.  Reading counts as use.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._kept_bytes = 0
        self._arriving_bytes = 0

    @property
    def held_bytes(self) -> int:
        """What is kept and what is arriving."""
        return self._kept_bytes + self._arriving_bytes

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K, now_mono: float) -> V | None:
        """Return the value unless it is too old."""
        entry = self._entries.get(key)
        if entry is None or entry.until_mono <= now_mono:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def peek(self, key: K) -> V | None:
        """Return the value however old it is; this is no use of it."""
        entry = self._entries.get(key)
        return entry.value if entry else None

    def arriving(self, size_bytes: int) -> None:
        """Make room for bytes that are being fetched; they must be taken back by `arrived`.

        Raises `Exhausted` when what is arriving alone would exceed the limit.
        """
        if self._arriving_bytes + size_bytes > self._most_bytes:
            raise Exhausted("edge.memory", "Too much is being fetched at once.", retry_after_s=1)
        self._arriving_bytes += size_bytes
        self._shrink()

    def arrived(self, size_bytes: int) -> None:
        """Take back what `arriving` announced, whether it is kept or was lost."""
        self._arriving_bytes -= size_bytes

    def put(self, key: K, value: V, size_bytes: int, until_mono: float) -> None:
        """Keep `value` until then, unless it is larger than everything may be."""
        self.drop(key)
        cost_bytes = size_bytes + _ENTRY_BYTES
        self._entries[key] = _Entry(value, cost_bytes, until_mono)
        self._kept_bytes += cost_bytes
        self._shrink()

    def drop(self, key: K) -> None:
        """Forget one value."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._kept_bytes -= entry.size_bytes

    def drop_expired(self, now_mono: float) -> int:
        """Forget everything that is too old; return how many.  O(entries)."""
        old = [key for key, entry in self._entries.items() if entry.until_mono <= now_mono]
        for key in old:
            self.drop(key)
        return len(old)

    def drop_where(self, is_meant: Callable[[K], bool]) -> None:
        """Forget everything whose key `is_meant` says yes to.  O(entries)."""
        for key in [key for key in self._entries if is_meant(key)]:
            self.drop(key)

    def _shrink(self) -> None:
        while self._entries and self.held_bytes > self._most_bytes:
            self.drop(next(iter(self._entries)))
