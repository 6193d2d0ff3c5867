"""What a shard process asks of an engine, and the order it gets for one path."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from pantau.core.networks import policy_of
from pantau.media.archive.orders import RecordOrder, RecordRules
from pantau.media.late.presentation import LatePresentation
from pantau.media.live.window import LiveWindow
from pantau.media.paths import PathConfig, PathStatus
from pantau.media.sources.base import SourceConfig
from pantau.media.stills import Still, StillForm


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
    networks: tuple[str, ...] | None = None
    """What may be dialled although it is reserved (CIDR); None: a trusted source, dial anything."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tls: Literal["strict", "insecure"] = "strict"
    proxy: str = field(default="", repr=False)
    delay_s: float = 0.0
    spool: str = ""
    """The folder for delayed pictures; empty: none."""
    record: RecordOrder | None = None
    relayed: bool = False
    """The source is a media server, which dials the camera by itself."""

    @classmethod
    def from_wire(cls, given: Mapping[str, Any]) -> Self:
        order = cls(**given)
        return replace(
            order,
            networks=None if order.networks is None else tuple(order.networks),
            headers=tuple((name, value) for name, value in order.headers),
            record=_record_order(given.get("record")),
        )

    def config(self) -> PathConfig:
        """Return the order in the engine's words.  A kind it does not know is its to report."""
        source = SourceConfig(
            self.url,
            transport=self.transport,
            encode=self.encode,
            tls_fingerprint=self.fingerprint,
            tls=self.tls,
            headers=self.headers,
            proxy=self.proxy,
            policy=None if self.networks is None else policy_of(self.networks),
        )
        return PathConfig(
            kind=self.kind,
            source=source,
            on_demand=self.on_demand,
            start_timeout_s=self.start_timeout_s,
            close_after_s=self.close_after_s,
            low_latency=self.low_latency,
            delay_s=self.delay_s,
            spool_dir=Path(self.spool) if self.spool else None,
            record=self.record,
            is_relayed=self.relayed,
        )


def _record_order(given: Mapping[str, Any] | None) -> RecordOrder | None:
    if given is None:
        return None
    rules = given["rules"]
    dirs = tuple(Path(name) for name in rules["dirs"])
    return RecordOrder(**{**given, "rules": RecordRules(**{**rules, "dirs": dirs})})


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
    def late(self, path: str) -> LatePresentation | None: ...
    def restart_recorder(self, path: str) -> bool: ...
    async def still(
        self, path: str, *, width_px: int, form: StillForm = "jpeg", late: bool = False
    ) -> Still | None: ...
    async def stop(self, deadline_s: float) -> None: ...
