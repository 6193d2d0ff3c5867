"""Asks an RTSP camera to describe its stream: proof that it serves, at the price of one request."""

import asyncio
from typing import Final

from pantau.cameras.models import CameraSource
from pantau.health.probing.answers import ALIVE, ProbeAnswer, failed, failure, gone
from pantau.health.probing.dialling import Dialler, Line
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.address import Address
from pantau.media.sources.net.auth import Login, ProvenLogins, best_challenge
from pantau.media.sources.rtsp.messages import (
    MOST_HEADER_BYTES,
    Response,
    parse_head,
    request_bytes,
)
from pantau.media.sources.rtsp.url import parse_address

_AGENT: Final = "Pantau"
_MOST_CONNECTIONS: Final = 2
_MOST_REFUSALS: Final = 3
_MOST_REQUESTS_OF_THEIRS: Final = 8
_BUSY: Final = frozenset({453, 454, 503})
_REFUSED: Final = frozenset({401, 403})
_REDIRECTS: Final = frozenset({301, 302, 303, 305, 307, 308})


class _LineBrokeError(Exception):
    """The camera closed the connection before it answered."""


class RtspProbe:
    """Sends DESCRIBE, with a login where one is asked for.  Loop only."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._proven = ProvenLogins()

    async def ask(self, source: CameraSource) -> ProbeAnswer:
        """Return what the camera says; the caller sets the deadline."""
        try:
            address = parse_address(source.url)
            login = Login(address.user, address.password)
            response = await self._describe(address, login, source)
        except SourceError as error:
            return failed(error)
        return self._understood(response, address, login)

    async def _describe(self, address: Address, login: Login, source: CameraSource) -> Response:
        """Log in on the same socket first, then on a fresh one: firmwares differ (lesson M10)."""
        refusals = 0
        for _ in range(_MOST_CONNECTIONS):
            line = await self._dialler.open(
                address.host,
                address.port,
                is_tls=address.is_tls,
                fingerprint=source.tls_fingerprint,
                is_trusted=source.trusted,
            )
            try:
                while True:
                    response = await _ask_once(line, address, login)
                    refusals += response.status == 401
                    if refusals >= _MOST_REFUSALS or not _take_challenge(response, login):
                        return response
            except _LineBrokeError:
                continue
            finally:
                line.abort()
        raise SourceError(Cause.CLOSED, "the camera closed the connection")

    def _understood(self, response: Response, address: Address, login: Login) -> ProbeAnswer:
        place = f"{address.host}:{address.port}"
        status = response.status
        if status == 200:
            self._proven.worked(place, login)
            has_video = b"m=video" in response.body
            return ALIVE if has_video else failure(Cause.NO_VIDEO)
        if status in _REFUSED:
            # Cheap recorders refuse a fourth session with 401 instead of 453.
            is_full = login.is_given and self._proven.refused(place, login)
            return failure(Cause.BUSY if is_full else Cause.LOGIN_REFUSED)
        if status in {404, 410}:
            return gone(Cause.NOT_FOUND)
        if status in _BUSY:
            return failure(Cause.BUSY)
        if status in _REDIRECTS:
            return failure(Cause.REDIRECTED)
        return failure(Cause.BROKEN if status >= 500 else Cause.NOT_MEDIA)


def _take_challenge(response: Response, login: Login) -> bool:
    """Tell whether there is a challenge that is worth an answer, and prepare it."""
    if response.status != 401 or not login.is_given:
        return False
    challenge = best_challenge(response.headers)
    if challenge is None or (login.challenge is not None and not challenge.is_stale):
        return False
    login.take(challenge)
    return True


async def _ask_once(line: Line, address: Address, login: Login) -> Response:
    url = address.request_url
    headers = [("CSeq", "1"), ("User-Agent", _AGENT), ("Accept", "application/sdp")]
    proof = login.header("DESCRIBE", url)
    if proof is not None:
        headers.append(("Authorization", proof))
    try:
        line.writer.write(request_bytes("DESCRIBE", url, headers))
        for _ in range(_MOST_REQUESTS_OF_THEIRS):
            head = await line.reader.readuntil(b"\r\n\r\n")
            message, body_bytes = parse_head(head)
            body = await line.reader.readexactly(body_bytes) if body_bytes else b""
            if isinstance(message, Response):
                return Response(message.status, message.cseq, message.headers, body)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise _LineBrokeError from error
    except asyncio.LimitOverrunError as error:
        raise SourceError(
            Cause.BROKEN, f"more than {MOST_HEADER_BYTES} bytes of headers"
        ) from error
    except OSError as error:
        raise _LineBrokeError from error
    raise SourceError(Cause.NOT_MEDIA, "requests instead of an answer")
