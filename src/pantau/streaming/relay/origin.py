"""The origin of relayed cameras, for the edge: answers from the owner's own HLS server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias

from pantau.cameras.models import Camera
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.core.networks import AddressPolicy
from pantau.streaming.origin_client import Ask
from pantau.streaming.relay.evidence import RelayEvidence

Spawn: TypeAlias = Callable[[str, Callable[[], Awaitable[None]]], object]


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """What the relay may take up, and how long it is patient."""

    most_playlist_bytes: int = 1024 * 1024


class RelayOrigin:
    """An `edge.Origin` for cameras with `source.relay`.  Loop only; an async context manager.

    `Ask.path` is the camera's stream key; `find` returns the camera with its source's address, or
    None.  Every process of an installation gives the same names, because `key` is the same.
    """

    is_foreign: Final = False
    """Queries other than those of blocking reload mean nothing: they are not the owner's."""

    def __init__(
        self,
        *,
        find: Callable[[str], Camera | None],
        key: bytes,
        policy: AddressPolicy,
        clock: Clock,
        spawn: Spawn,
        limits: RelayLimits | None = None,
    ) -> None:
        self._find = find
        self._key = key
        self._policy = policy
        self._clock = clock
        self._spawn = spawn
        self._limits = limits or RelayLimits()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    async def fetch(self, ask: Ask, *, count: Callable[[int], None]) -> bytes:
        """Return the whole body, as `edge.Origin` says."""
        raise NotImplementedError

    def evidence(self, camera_id: CameraId) -> RelayEvidence | None:
        """Return what was seen of a camera; None: nobody watched it lately."""
        raise NotImplementedError

    def sweep(self) -> None:
        """Forget cameras that nobody watches; call it every few seconds."""
        raise NotImplementedError
