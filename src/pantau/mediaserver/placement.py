"""Which shard a camera lives in: by hash among those with room, and then for good."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Placement:
    """Homes of paths.  A path keeps its home until it is removed or moved on purpose.

    Stickiness matters more than balance: a move costs every viewer of that camera an interruption.
    """

    shard_size: int
    _homes: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    def home(self, path: str) -> str | None:
        """Return the shard of `path`, if it has one."""
        return self._homes.get(path)

    def paths(self, shard: str) -> list[str]:
        """Return what lives in `shard`."""
        return [path for path, home in self._homes.items() if home == shard]

    def place(self, path: str, *, among: Iterable[str]) -> str:
        """Return the home of `path`: the one it has, one of `among` with room, or a new shard."""
        home = self._homes.get(path)
        if home is None:
            taken = self._counts()
            roomy = [shard for shard in among if taken.get(shard, 0) < self.shard_size]
            home = max(roomy, key=lambda shard: _weight(path, shard)) if roomy else self.new_shard()
            self._homes[path] = home
        return home

    def move(self, paths: Collection[str], *, to: str) -> None:
        """Give all of `paths` another home."""
        for path in paths:
            self._homes[path] = to

    def forget(self, path: str) -> None:
        """Take the home of `path` away."""
        self._homes.pop(path, None)

    def new_shard(self) -> str:
        """Return a name that no shard has had."""
        self._made += 1
        return f"shard-{self._made}"

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for home in self._homes.values():
            counts[home] = counts.get(home, 0) + 1
        return counts


def _weight(path: str, shard: str) -> bytes:
    """Rendezvous hashing: a shard that comes or goes changes the best home of few paths only."""
    return hashlib.blake2b(f"{path}\0{shard}".encode(), digest_size=8).digest()
