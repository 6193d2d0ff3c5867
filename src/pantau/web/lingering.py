"""The last answer to somebody who still sends: read on for a moment, then close.

Closed with bytes unread, the kernel resets the connection under whoever sends, and a proxy makes an
error of its own of that, whatever it was told before (RFC 9112, section 9.6).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from pantau.web.uvicorn_parts import FlowControl

MOST_BYTES: Final = 1024 * 1024
MOST_S: Final = 2.0


class ClosedLate:
    """The transport of one answer: its end is somebody else's business."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self.write: Final = transport.write
        self.is_closing: Final = transport.is_closing
        self.close: Final = close


@dataclass(slots=True)
class Lingering:
    """A connection that answered for the last time, and reads what it does not want.  Loop only.

    It is closed after `most_s` whatever comes; beyond `most_bytes` nothing is read any more.
    """

    transport: asyncio.Transport
    flow: FlowControl
    left_bytes: int
    timer: asyncio.TimerHandle

    @classmethod
    def begin(
        cls, transport: asyncio.Transport, flow: FlowControl, *, most_bytes: int, most_s: float
    ) -> "Lingering":
        """Tell the other side that nothing follows, and go on reading."""
        with suppress(OSError):  # the other side is gone already
            transport.write_eof()
        flow.resume_reading()
        timer = asyncio.get_running_loop().call_later(most_s, transport.close)
        return cls(transport, flow, most_bytes, timer)

    def drop(self, size_bytes: int) -> None:
        """Note that so much came."""
        self.left_bytes -= size_bytes
        if self.left_bytes < 0:
            # Not closed: whoever sends so fast may not have looked for the answer yet.
            self.flow.pause_reading()
