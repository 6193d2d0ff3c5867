"""What happens to a request on its way into the application and to the answer on its way out."""

from collections.abc import Callable, Mapping
from typing import Final

from pantau.core.clock import Clock
from pantau.web.exchange import Header, HotRequest, Message, Receive, Reply, Send, Streamed
from pantau.web.headers import SecurityHeaders

MOST_BODY_BYTES: Final = 1024 * 1024


class BodyLimit:
    """How large a request's body may be: `most_bytes`, or what `larger` says for its prefix."""

    def __init__(
        self, most_bytes: int = MOST_BODY_BYTES, larger: Mapping[str, int] | None = None
    ) -> None:
        self._most_bytes = most_bytes
        self._larger = sorted((larger or {}).items(), key=lambda pair: -len(pair[0]))

    def for_path(self, path: str) -> int:
        """Return the limit in bytes for requests to `path`."""
        for prefix, most_bytes in self._larger:
            if path.startswith(prefix):
                return most_bytes
        return self._most_bytes


class LimitedBody:
    """Hands the body to the application up to a limit and then says that the visitor is gone.

    Judged when somebody reads it: whoever may not send it at all is told that instead.  A body
    without a declared length (chunked) shows its size only while it arrives.
    """

    def __init__(
        self,
        receive: Receive,
        most_bytes: int,
        say_too_large: Callable[[], None],
        *,
        declared_bytes: int = 0,
    ) -> None:
        self._receive = receive
        self._left_bytes = most_bytes
        self._say_too_large = say_too_large
        self._is_too_large = declared_bytes > most_bytes

    async def __call__(self) -> Message:
        if not self._is_too_large:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._left_bytes -= len(message.get("body", b""))
            if self._left_bytes >= 0:
                return message
            self._is_too_large = True
        self._say_too_large()
        return {"type": "http.disconnect"}


class SlowAnswer:
    """The application's answer with the headers of the house; a `send` of ASGI.

    Answers HEAD where the application knows only GET, and OPTIONS where it knows neither.
    """

    def __init__(
        self,
        request: HotRequest,
        send: Send,
        headers: SecurityHeaders,
        *,
        clock: Clock,
        cross_origin: bool = False,
    ) -> None:
        self._request = request
        self._send = send
        self._clock = clock
        self._headers = headers
        self._cross_origin = cross_origin
        self._drops_body = request.method == "HEAD"
        self.is_complete = False
        self.has_started = False
        self.status = 0
        """What was told; 0 while nothing was."""
        self.took_s = 0.0
        """How long it took until the answer began."""
        self.replacement: Reply | None = None
        """Set before the answer starts: sent instead of whatever the application says."""

    async def __call__(self, message: Message) -> None:
        if self.is_complete:
            return
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body":
            await self._continue(message)
        else:
            await self._send(message)

    async def send_reply(self, reply: Reply) -> None:
        """Send a whole answer; the application has not begun one."""
        self._cross_origin = self._cross_origin or reply.cross_origin
        await self._begin(reply.status, list(reply.headers))
        await self._finish(reply.body)

    async def send_streamed(self, streamed: Streamed) -> None:
        """Send an answer piece by piece, each when the visitor has taken those before it."""
        self._cross_origin = self._cross_origin or streamed.cross_origin
        try:
            await self._begin(streamed.status, list(streamed.headers))
            if not self._drops_body:
                async for part in streamed.body:
                    await self._send(
                        {"type": "http.response.body", "body": part, "more_body": True}
                    )
                    if self._request.is_gone:
                        return
            await self._finish(b"")
        finally:
            streamed.close()

    async def _start(self, message: Message) -> None:
        replacement = self.replacement
        if replacement is not None:
            await self.send_reply(replacement)
            return
        status: int = message["status"]
        headers: list[Header] = [(bytes(name), bytes(value)) for name, value in message["headers"]]
        if status == 405:
            headers = [_with_our_methods(pair) for pair in headers]
            if self._request.method == "OPTIONS":
                allow = [pair for pair in headers if pair[0].lower() == b"allow"]
                await self._begin(204, allow)
                await self._finish(b"")
                return
        if status == 307:
            host = self._request.header(b"host")
            headers = [_on_this_site(pair, host) for pair in headers]
        await self._begin(status, headers)

    async def _begin(self, status: int, headers: list[Header]) -> None:
        self.has_started = True
        self.status = status
        self.took_s = self._clock.mono_s() - self._request.began_mono
        complete = self._headers.complete(
            self._request.scope, headers, cross_origin=self._cross_origin
        )
        complete.append((b"x-request-id", self._request.request_id))
        complete.extend(_pairs(self._request.more_lines))
        await self._send({"type": "http.response.start", "status": status, "headers": complete})

    async def _continue(self, message: Message) -> None:
        if self._drops_body:
            # The application may be about to stream a gigabyte that nobody asked for.
            await self._finish(b"")
            return
        await self._send(message)
        self.is_complete = not message.get("more_body", False)

    async def _finish(self, body: bytes) -> None:
        self.is_complete = True
        kept = b"" if self._drops_body else body
        await self._send({"type": "http.response.body", "body": kept, "more_body": False})


def _with_our_methods(header: Header) -> Header:
    name, value = header
    if name.lower() != b"allow":
        return header
    methods = {method.strip() for method in value.split(b",") if method.strip()}
    if b"GET" in methods:
        methods.add(b"HEAD")
    methods.add(b"OPTIONS")
    return name, b", ".join(sorted(methods))


def _on_this_site(header: Header, host: bytes) -> Header:
    """Let the framework's redirects keep scheme and host: it knows of no proxy that speaks TLS."""
    name, value = header
    _, separator, rest = value.partition(b"://")
    authority, slash, path = rest.partition(b"/")
    if name.lower() != b"location" or not separator or authority != host or path[:1] == b"/":
        return header
    return name, slash + path


def _pairs(lines: bytes) -> list[Header]:
    found = (line.partition(b": ") for line in lines.split(b"\r\n") if line)
    return [(name, value) for name, _, value in found]
