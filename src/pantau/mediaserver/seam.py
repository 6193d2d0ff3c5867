"""What a shard process asks of an engine, and the order it gets for one path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from pantau.media.live.window import LiveWindow
from pantau.media.paths import PathConfig, PathStatus
from pantau.media.sources.base import SourceConfig
from pantau.media.stills import Still


@dataclass(frozen=True, slots=True)
class PathOrder:
    """What the parent process wants pulled under one name.  `url` may hold credentials."""

    kind: str
    url: str = field(repr=False)
    transport: str = "automatic"
    fingerprint: str = ""
    encode: bool = False
    low_latency: bool = False
    on_demand: bool = False
    start_timeout_s: float = 10.0
    close_after_s: float = 10.0

    @classmethod
    def from_wire(cls, given: Mapping[str, Any]) -> Self:
        return cls(**given)

    def config(self) -> PathConfig:
        """Return the order in the engine's words.  A kind it does not know is its to report."""
        source = SourceConfig(
            self.url,
            transport=self.transport,
            encode=self.encode,
            tls_fingerprint=self.fingerprint,
        )
        return PathConfig(
            kind=self.kind,
            source=source,
            on_demand=self.on_demand,
            start_timeout_s=self.start_timeout_s,
            close_after_s=self.close_after_s,
            low_latency=self.low_latency,
        )


class ShardEngine(Protocol):
    """`media.engine.Engine` as a shard uses it, on the loop only."""

    @property
    def abandoned(self) -> int: ...
    def put(self, path: str, config: PathConfig) -> None: ...
    def remove(self, path: str) -> None: ...
    def statuses(self) -> list[PathStatus]: ...
    async def window(self, path: str) -> LiveWindow: ...
    def window_now(self, path: str) -> LiveWindow | None: ...
    def touch(self, path: str) -> None: ...
    async def still(self, path: str, *, width_px: int) -> Still | None: ...
    async def stop(self, deadline_s: float) -> None: ...
