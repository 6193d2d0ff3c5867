"""What a shard process asks of an engine, and the order it gives for one path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from pantau.media.errors import Cause
from pantau.media.packets import Tracks


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


class Status(Protocol):
    """How one path is doing (the engine's `PathStatus`)."""

    @property
    def path(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def cause(self) -> Cause | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def since_at(self) -> datetime: ...
    @property
    def ready(self) -> bool: ...
    @property
    def ready_at(self) -> datetime | None: ...
    @property
    def tracks(self) -> Tracks | None: ...
    @property
    def inbound_bytes(self) -> int: ...
    @property
    def inbound_errors(self) -> int: ...
    @property
    def readers(self) -> int: ...
    @property
    def sessions_opened(self) -> int: ...
    @property
    def next_attempt_at(self) -> datetime | None: ...
    @property
    def last_picture_at(self) -> datetime | None: ...


class Still(Protocol):
    """One decoded picture."""

    @property
    def jpeg(self) -> bytes: ...
    @property
    def taken_at(self) -> datetime: ...


class Window(Protocol):
    """The segments kept live (`media.live.window.LiveWindow`)."""

    version: int

    def playlist(self, *, low_latency: bool = False) -> bytes: ...
    async def wait(self, number: int, part: int | None = None) -> bool: ...
    def file(self, name: str) -> bytes | None: ...
    async def file_soon(self, name: str) -> bytes | None: ...


class ShardEngine(Protocol):
    """The engine as a shard uses it, on the loop only."""

    @property
    def abandoned_threads(self) -> int: ...
    def put(self, path: str, order: PathOrder) -> None: ...
    def remove(self, path: str) -> None: ...
    def statuses(self) -> list[Status]: ...
    async def window(self, path: str) -> Window:
        """Count as demand; raises `NotFound`, or `Unavailable` with code `stream.<cause>`."""
        ...

    def window_now(self, path: str) -> Window | None:
        """Return what there is, waiting for nothing and starting nothing."""
        ...

    def touch(self, path: str) -> None: ...
    async def still(self, path: str, *, width_px: int) -> Still | None: ...
    async def stop(self, deadline_s: float) -> None: ...
