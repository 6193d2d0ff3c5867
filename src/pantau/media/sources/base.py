"""What every source must do, whatever it speaks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pantau.core.clock import Clock
from pantau.media.packets import Item


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a source may be silent.  Some honest cameras need 11 s to answer (measured 2026-11), hence 15 s."""

    open_s: float = 15.0
    """From `open` to the first complete key frame; also bounds every single network wait on the way."""
    silence_s: float = 10.0
    """Without one complete picture, after the first."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Everything a source needs to know.  `url` may hold credentials; never log it (use `core.redact.mask_url`)."""

    url: str = field(repr=False)
    transport: str = "automatic"
    """RTSP only: `tcp`, `udp`, or `automatic` (TCP, then UDP when the camera refuses TCP)."""
    encode: bool = False
    """MJPEG only: encode to H.264, instead of giving stills alone."""
    tls_fingerprint: str = ""
    """SHA-256 of the only certificate to accept, in hex; empty: any certificate, as cameras sign their own."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    most_bytes_per_picture: int = 8 * 1024 * 1024


class Source(Protocol):
    """One attempt at one camera, used by one thread, for one session.  Three members, no more.

    `interrupt` is the only member that another thread may call: it makes a blocked `items` raise `SourceError` soon.
    """

    def items(self) -> Iterator[Item]:
        """Connect, then yield `Tracks` before the first packet and at each change, and packets as they come.

        Raises `SourceError` and nothing else; ends only for a source that is finished.  Closes what it opened
        (RTSP: TEARDOWN, always) when the generator is closed or raises.  Every wait inside has a deadline.
        """
        ...

    def interrupt(self) -> None:
        """Make the thread inside `items` come back within a second.  Any thread; may be called twice."""
        ...

    @property
    def inbound_bytes(self) -> int:
        """Bytes received from the camera so far; evidence of life even before a picture is complete."""
        ...


class SourceFactory(Protocol):
    """How the table in `media.sources` makes a source."""

    def __call__(self, config: SourceConfig, *, clock: Clock) -> Source: ...
