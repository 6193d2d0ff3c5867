"""What every source must do, whatever it speaks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pantau.core.clock import Clock
from pantau.core.networks import AddressPolicy
from pantau.media.packets import Item


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a source may be silent.  Some honest cameras need 11 s to answer, hence 15 s."""

    open_s: float = 15.0
    """Until the first complete key frame; also bounds every single network wait on the way."""
    silence_s: float = 10.0
    """Without one complete picture, after the first."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Everything a source needs to know.  `url` may hold credentials: log `mask_url` of it."""

    url: str = field(repr=False)
    transport: str = "automatic"
    """RTSP only: `tcp`, `udp`, or `automatic` (TCP, then UDP when the camera refuses TCP)."""
    encode: bool = False
    """MJPEG only: encode to H.264, instead of giving stills alone."""
    tls_fingerprint: str = ""
    """SHA-256 of the only certificate to accept, in hex; empty: over RTSP any, as cameras sign
    their own, and over HTTP what `tls` says."""
    tls: Literal["strict", "insecure"] = "strict"
    """HTTP only: whether the certificate must be good."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """HTTP only: names and values to send besides."""
    proxy: str = field(default="", repr=False)
    """HTTP only: `http://[user:password@]host[:port]` to go through; empty: none."""
    policy: AddressPolicy | None = None
    """Judges every address before it is dialled; None: whoever wrote this source is trusted."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    most_bytes_per_picture: int = 8 * 1024 * 1024


class Source(Protocol):
    """One attempt at one camera, used by one thread, for one session.  Three members, no more.

    `interrupt` is the only member that another thread may call: it makes a blocked `items` raise
    `SourceError` soon.
    """

    def items(self) -> Iterator[Item]:
        """Connect, then yield packets as they come; `Tracks` before the first and at each change.

        A source without video yields `Picture`s instead.  Raises `SourceError` and nothing else;
        ends only for a source that is finished.  Closes what it opened (RTSP: TEARDOWN, always)
        when the generator is closed or raises.  Every wait inside has a deadline.
        """
        ...

    def interrupt(self) -> None:
        """Make the thread inside `items` come back within a second; may be called twice."""
        ...

    @property
    def inbound_bytes(self) -> int:
        """Bytes received so far; evidence of life even before a picture is complete."""
        ...


class SourceFactory(Protocol):
    """How the table in `media.sources` makes a source."""

    def __call__(self, config: SourceConfig, *, clock: Clock) -> Source: ...
