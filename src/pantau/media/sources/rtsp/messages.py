"""Reads and writes the text messages of RTSP 1.0 (RFC 2326), as far as a client needs them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pantau.media.errors import Cause, SourceError

MOST_HEADER_BYTES: Final = 64 * 1024
MOST_BODY_BYTES: Final = 64 * 1024
_MOST_HEADERS: Final = 200
_STATUS_LINE: Final = re.compile(r"RTSP/\d\.\d\s+(\d{3})\b")
_REQUEST_LINE: Final = re.compile(r"([A-Z_]{3,20})\s+\S+\s+RTSP/\d\.\d\s*")
_ANY_LINE_END: Final = re.compile(rb"\r?\n")

Headers = list[tuple[str, str]]
"""Lower-case names in the order received; a name may occur several times."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a camera answered.  `cseq` is None when it did not say or said nonsense."""

    status: int
    cseq: int | None
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header called `name`, or an empty text."""
        return next((value for found, value in self.headers if found == name), "")


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """What a camera wants from us: keep-alives, new descriptions, farewells."""

    method: str
    cseq: str


def is_first_line(line: bytes) -> bool:
    """Tell whether `line` may begin an RTSP message."""
    text = line.decode("latin-1")
    return bool(_STATUS_LINE.match(text) or _REQUEST_LINE.fullmatch(text))


def parse_head(head: bytes) -> tuple[Response | ServerRequest, int]:
    """Read a message up to its empty line; return it without body, and how long the body is.

    Raises `SourceError` for what is no RTSP message.
    """
    first, *lines = _ANY_LINE_END.split(head.strip(b"\r\n"))
    if len(lines) > _MOST_HEADERS:
        raise SourceError(Cause.BROKEN, "an answer with too many headers")
    headers = list(_parse_headers(lines))
    said = dict(reversed(headers))
    body_bytes = _number(said.get("content-length", "0"))
    if body_bytes is None or body_bytes > MOST_BODY_BYTES:
        raise SourceError(Cause.BROKEN, "an answer of impossible length")
    line = first.decode("latin-1")
    if status := _STATUS_LINE.match(line):
        return Response(int(status[1]), _number(said.get("cseq", "")), headers), body_bytes
    if request := _REQUEST_LINE.fullmatch(line):
        return ServerRequest(request[1], said.get("cseq", "0")), body_bytes
    raise SourceError(Cause.NOT_MEDIA, "the answer is not RTSP")


def request_bytes(method: str, url: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Write a request without a body."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer_bytes(request: ServerRequest, *, is_known: bool) -> bytes:
    """Write the answer to a camera's request: 200, or 501 for a method that no camera needs."""
    status = "200 OK" if is_known else "501 Not Implemented"
    cseq = "".join(character for character in request.cseq[:20] if character.isalnum())
    lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}"]
    if request.method == "OPTIONS":
        lines.append("Public: OPTIONS, ANNOUNCE, GET_PARAMETER, SET_PARAMETER, REDIRECT, TEARDOWN")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _parse_headers(lines: Iterable[bytes]) -> Iterable[tuple[str, str]]:
    name, value = "", ""
    for line in lines:
        text = line.decode("utf-8", "replace")
        if text[:1] in {" ", "\t"} and name:
            value = f"{value} {text.strip()}"
            continue
        if name:
            yield name, value
        name, _, value = text.partition(":")
        name, value = name.strip().lower(), value.strip()
    if name:
        yield name, value


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
