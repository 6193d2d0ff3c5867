"""One visitor's connection: uvicorn's HTTP/1.1, limited, with known answers written at once."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from pantau.web.exchange import Reply, Scope
from pantau.web.fast_lane import FastLane, Started
from pantau.web.lingering import MOST_BYTES, MOST_S, ClosedLate, Lingering
from pantau.web.uvicorn_parts import (
    ASGI3Application,
    Config,
    HttpToolsProtocol,
    RequestResponseCycle,
    ServerState,
)

_FRESH_S: Final = 0.5
"""How long who connected before we stop may take to send the first request."""
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})
"""Requests that have none from anybody in earnest."""
_WORTH_COPYING_BYTES: Final = 16 * 1024
"""Below this, one write of joined bytes is cheaper than two buffers."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one visitor may take up; uvicorn itself bounds none of this."""

    most_head_bytes: int = 32 * 1024
    most_head_fields: int = 100
    head_timeout_s: float = 15.0
    """From the first byte of a request, or from connecting, to the end of its head."""
    stuck_timeout_s: float = 60.0
    """How long an answer may lie unread in our memory."""
    most_connections: int = 8192
    look_every_s: float = 5.0
    """How often connections are looked at; both time-outs are late by up to this much."""
    linger_s: float = MOST_S
    linger_bytes: int = MOST_BYTES
    """So long, and so much, is read of a body that nobody wanted before the end."""


@dataclass(slots=True)
class Leaving:
    """That the server stops, and how: all its connections look here."""

    has_begun: bool = False
    patience_s: float = 0.0
    """How long who keeps a connection may come with another request, and be told then that it is
    the last one.  Closed at once, it would be closed under a request that is just on its way."""


class Connection(HttpToolsProtocol):
    """Answers hot requests from the parser, without a task, where the fast lane knows the answer.

    All framing is llhttp's.  The hook is `_start_asgi_task`, which uvicorn calls when it is this
    request's turn; should a later uvicorn not call it, every request takes the ordinary way and
    `tests/web/test_connection.py` says so.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        lane: FastLane,
        limits: ConnectionLimits,
        leaving: Leaving | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._lane = lane
        self._limits = limits
        self._leaving = leaving or Leaving()
        self._is_answering = False
        self._is_leaving = False
        self._refusal = 400
        self._packet_bytes = 0
        self._head_bytes = 0
        self.url = b""
        self.headers = []
        self._head_since_mono: float | None = self.loop.time()
        self._unread_bytes = 0
        self._unread_since_mono = 0.0
        self._lingering: Lingering | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.most_connections:
            self._refuse(503)
        elif self._leaving.has_begun:
            # Accepted just before the server stopped listening, and not among those it told.
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._lingering is not None:
            self._lingering.timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._lingering is not None:
            self._lingering.drop(len(data))
            return
        self._packet_bytes = len(data)
        super().data_received(data)
        if self._head_since_mono is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.most_head_bytes or self._has_too_large_head():
                self._refuse(431)

    def on_message_begin(self) -> None:
        self._head_since_mono = self.loop.time()
        # The packet may have begun with something else, so counting starts with the next one.
        self._head_bytes = -self._packet_bytes
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_since_mono = None
        if self._has_too_large_head():
            self._refusal = 431
            raise ValueError("the head of this request is too large")
        if not self.url.startswith(b"/") and not self._names_its_host():
            raise ValueError("the request is meant for another server")
        wants_other_protocol = self.parser.should_upgrade()
        super().on_headers_complete()
        if wants_other_protocol:
            # This answer and no more.  After an upgrade that is not granted the parser drops the
            # rest of the packet: nothing that follows could be trusted.
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._lingering is not None:
            # It was over within the packet that was answered.
            self.transport.close()

    def on_response_complete(self) -> None:
        if self._lingering is None:
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's signature
        self._refuse(self._refusal)

    def shutdown(self) -> None:
        """Leave when asked to stop: after the answer that is under way, or the next one.

        Who has only just connected may say what they want: they were let in, and the process that
        follows us will never hear of them.
        """
        patience_s = self._leaving.patience_s
        if self.cycle is None:
            patience_s = max(patience_s, _FRESH_S)
        elif not self.cycle.response_complete:
            patience_s = 0.0
        if patience_s and not self.transport.is_closing():
            self._is_leaving = True
            self.loop.call_later(patience_s, self._leave_unasked)
        else:
            super().shutdown()

    def _leave_unasked(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def look_after(self, now_mono: float) -> None:
        """Close a connection that lies there: a head that never ends, an answer nobody reads."""
        if self.transport is None or self.transport.is_closing():
            return
        waiting_since_mono = self._head_since_mono
        if waiting_since_mono is not None:
            if now_mono - waiting_since_mono > self._limits.head_timeout_s:
                self._give_up_waiting()
            return
        unread_bytes = self.transport.get_write_buffer_size()
        if unread_bytes == 0 or unread_bytes != self._unread_bytes:
            self._unread_bytes = unread_bytes
            self._unread_since_mono = now_mono
        elif now_mono - self._unread_since_mono > self._limits.stuck_timeout_s:
            self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # Nested calls (pipelined requests) take the ordinary way, or a long pipeline would exhaust
        # the stack; so do visitors who do not read what they got already.
        if self._is_leaving:
            # Before the answer, which says so.
            cycle.keep_alive = False
        if self._is_answering or self.flow.write_paused:
            super()._start_asgi_task(cycle, app)
            return
        self._is_answering = True
        try:
            started = self._lane.begin(cast("Scope", cycle.scope))
            if isinstance(started, Started) and isinstance(started.answer, Reply):
                self._write(cycle, started, started.answer)
            else:
                # The server swallows what is sent to somebody who left: long answers ask.
                cycle.scope["state"]["is_gone"] = lambda: cycle.disconnected
                if cycle.scope["method"] not in _WITHOUT_BODY:
                    late = ClosedLate(self.transport, lambda: self._close_after(cycle))
                    cycle.transport = cast("asyncio.Transport", late)
                rest = self._lane.continue_from(started, write=partial(self._write_late, cycle))
                super()._start_asgi_task(cycle, cast("ASGI3Application", rest))
        finally:
            self._is_answering = False

    def _write_late(self, cycle: RequestResponseCycle, started: Started, reply: Reply) -> bool:
        """Write an answer that had to wait; not to who left, or does not read what they got."""
        if cycle.disconnected or self.flow.write_paused:
            return False
        self._write(cycle, started, reply)
        return True

    def _write(self, cycle: RequestResponseCycle, started: Started, reply: Reply) -> None:
        head = self._lane.wire_head(started, reply)
        for name, value in self.server_state.default_headers:
            head += b"%s: %s\r\n" % (name, value)
        head += b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        if not reply.body or started.request.method == "HEAD":
            self.transport.write(head)
        elif len(reply.body) <= _WORTH_COPYING_BYTES:
            self.transport.write(head + reply.body)
        else:
            self.transport.writelines((head, reply.body))
        cycle.waiting_for_100_continue = False
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self._close_after(cycle)
        cycle.on_response()

    def _close_after(self, cycle: RequestResponseCycle) -> None:
        """Close after this answer; not at once while somebody sends what it did not wait for."""
        is_sent = not cycle.more_body or cycle.scope["method"] in _WITHOUT_BODY
        if is_sent or not cycle.response_complete or self.transport.is_closing():
            self.transport.close()
            return
        cycle.body = bytearray()
        limits = self._limits
        self._lingering = Lingering.begin(
            self.transport, self.flow, most_bytes=limits.linger_bytes, most_s=limits.linger_s
        )

    def _has_too_large_head(self) -> bool:
        if len(self.headers) > self._limits.most_head_fields:
            return True
        # Only a long packet, or a head of several, can be too long; most need not be measured.
        if self._packet_bytes <= self._limits.most_head_bytes and self._head_bytes < 0:
            return False
        size_bytes = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        return size_bytes > self._limits.most_head_bytes

    def _names_its_host(self) -> bool:
        # RFC 9112, section 3.2.2: the absolute form is to be understood, and nobody sends it to
        # an origin server in earnest; where it contradicts Host, two programs would disagree.
        authority = self.url.partition(b"://")[2].partition(b"/")[0]
        return [value.lower() for name, value in self.headers if name == b"host"] == [
            authority.lower()
        ]

    def _give_up_waiting(self) -> None:
        if self._head_bytes == 0 and self._packet_bytes == 0:
            # Browsers open connections in advance and take an unasked answer for that of their
            # next request.
            self.transport.close()
        else:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        if self.transport.is_closing() or self._lingering is not None:
            self.transport.close()
            return
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                # Whole requests before this one are still being answered: let them be the last.
                cycle.keep_alive = False
                self.flow.pause_reading()
                return
            if cycle.response_started or self.pipeline:
                self.transport.close()
                return
        self.transport.write(self._lane.wire_refusal(status, self.server_state.default_headers))
        self.transport.close()
