"""One look at a candidate's address: does it give moving pictures at this moment?"""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pantau.cameras.addresses import Address, address_of
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.importing.deciding import READY
from pantau.cameras.importing.fetching import Answer, Fetcher, LookError, basic, read_head
from pantau.cameras.models import CameraSource
from pantau.core.clock import Clock
from pantau.core.networks import AddressPolicy

_DEADLINE_S: Final = 30.0
_MOST_PLAYLIST: Final = 512 * 1024
_FIRST_BYTES: Final = 16 * 1024
_MOST_WAIT_S: Final = 8.0
_LOOKS: Final = 3
_DIGEST: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at sources, without a session at a camera for longer than one question."""

    clock: Clock
    policy: AddressPolicy
    deadline_s: float = _DEADLINE_S

    async def look(self, source: CameraSource, kind: SourceKind) -> str:
        """Return `ready`, or a sentence why not.  Never takes longer than the deadline."""
        fetcher = Fetcher(
            self.policy,
            is_tls_strict=source.tls != "insecure",
            home=source.url,
            headers=source.headers,
        )
        try:
            async with asyncio.timeout(self.deadline_s):
                return await self._look(source.url, kind, fetcher)
        except TimeoutError:
            return "No answer in time."
        except LookError as error:
            return str(error)
        except ValueError:
            # Of what foreign servers may say nothing surprises.
            return "What answers there cannot be read."

    async def _look(self, url: str, kind: SourceKind, fetcher: Fetcher) -> str:
        match kind:
            case SourceKind.HLS:
                return await self._hls(url, fetcher)
            case SourceKind.RTSP:
                return await _rtsp(address_of(url), fetcher)
            case SourceKind.MJPEG:
                answer = _good(await fetcher.get(url, most_bytes=_FIRST_BYTES))
                is_jpeg = b"\xff\xd8" in answer.body
                is_told = "multipart" in answer.headers.get("content-type", "")
                return READY if is_jpeg or is_told else "What comes is no picture."
            case SourceKind.FLV:
                answer = _good(await fetcher.get(url, most_bytes=64))
                return READY if answer.body.startswith(b"FLV") else "What comes is no FLV."
            case SourceKind.EMBED:
                answer = _good(await fetcher.get(url, most_bytes=_FIRST_BYTES))
                is_page = "html" in answer.headers.get("content-type", "")
                return READY if is_page else "What comes is no page."
            case _:
                return "Sources of this kind cannot be looked at."

    async def _hls(self, url: str, fetcher: Fetcher) -> str:
        answer, lines = await _playlist(url, fetcher)
        if any(line.startswith("#EXT-X-STREAM-INF") for line in lines):
            variant = next((line for line in lines if line and not line.startswith("#")), "")
            if not variant:
                return "The playlist names no stream."
            url = urljoin(answer.url, variant)
            answer, lines = await _playlist(url, fetcher)
        if any(line.startswith("#EXT-X-ENDLIST") for line in lines):
            return "This is a recording, not a live stream."
        begin = _position(lines)
        if not begin[1]:
            return "The playlist is empty."
        for _ in range(_LOOKS - 1):
            await self.clock.sleep(_target_s(lines))
            _, lines = await _playlist(url, fetcher)
            if _position(lines) != begin:
                return READY
        return "The playlist does not move."


async def _playlist(url: str, fetcher: Fetcher) -> tuple[Answer, list[str]]:
    answer = _good(await fetcher.get(url, most_bytes=_MOST_PLAYLIST))
    text = answer.body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if not text.startswith("#EXTM3U"):
        raise LookError("What comes is no playlist.")
    return answer, [line.strip() for line in text.splitlines()]


def _position(lines: list[str]) -> tuple[str, str]:
    """Return the sequence number and the last segment: one of them moves while a stream lives."""
    sequence = next((line for line in lines if line.startswith("#EXT-X-MEDIA-SEQUENCE")), "")
    last = next((line for line in reversed(lines) if line and not line.startswith("#")), "")
    return sequence, last


def _target_s(lines: list[str]) -> float:
    told = next((line for line in lines if line.startswith("#EXT-X-TARGETDURATION:")), "")
    try:
        target_s = float(told.partition(":")[2] or 4)
    except ValueError:
        target_s = 4.0
    return min(max(target_s, 1.0), _MOST_WAIT_S)


def _good(answer: Answer) -> Answer:
    if answer.status in {401, 403}:
        raise LookError(f"The server refuses (HTTP {answer.status}).")
    if answer.status not in {200, 206}:
        raise LookError(f"The server answers with HTTP {answer.status}.")
    return answer


async def _rtsp(address: Address, fetcher: Fetcher) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = "" if address.port is None else f":{address.port}"
    url = f"{address.scheme}://{host}{port}{address.rest}"
    async with fetcher.connected(address) as (reader, writer):
        authorization = ""
        for number in (1, 2):
            login = f"Authorization: {authorization}\r\n" if authorization else ""
            writer.write(
                f"DESCRIBE {url} RTSP/1.0\r\nCSeq: {number}\r\nAccept: application/sdp\r\n"
                f"User-Agent: Pantau\r\n{login}\r\n".encode("utf-8", "replace")
            )
            status, headers = await read_head(reader, b"RTSP/")
            length = headers.get("content-length", "0")
            size = min(int(length), _MOST_PLAYLIST) if length.isdigit() else 0
            body = await reader.readexactly(size)
            if status != 401 or authorization or not address.user:
                break
            authorization = _answer(headers.get("www-authenticate", ""), address, url)
    if status == 401:
        return "The camera refuses the user name or the password."
    if status != 200:
        return f"The camera answers with RTSP {status}."
    return READY if b"m=video" in body else "The camera offers no video."


def _answer(challenge: str, address: Address, url: str) -> str:
    """Return the answer to a challenge: Digest where it is offered, or else Basic (RFC 2617)."""
    begin = challenge.lower().find("digest")
    if begin < 0:
        return basic(address)
    facts = {
        name.lower(): quoted or plain for name, quoted, plain in _DIGEST.findall(challenge[begin:])
    }
    realm, nonce = facts.get("realm", ""), facts.get("nonce", "")
    user = address.user
    one = _md5(f"{user}:{realm}:{address.password or ''}")
    two = _md5(f"DESCRIBE:{url}")
    common = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}"'
    if "auth" in facts.get("qop", ""):
        count, own = "00000001", _md5(f"{nonce}:{url}")[:16]
        response = _md5(f"{one}:{nonce}:{count}:{own}:auth:{two}")
        return f'{common}, qop=auth, nc={count}, cnonce="{own}", response="{response}"'
    return f'{common}, response="{_md5(f"{one}:{nonce}:{two}")}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
