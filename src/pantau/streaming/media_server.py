"""One client for the control API of a media server: our engine's, or a MediaMTX from 1.9 on."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp

from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.core.redact import redact
from pantau.core.request_ids import HEADER, current_request_id

_PAGE_ITEMS: Final = 100
_MOST_PAGES: Final = 1_000
_MOST_ANSWER_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answers.  MediaMTX before 1.15.2 does not say: both are None."""

    version: str | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class PathReader:
    """Somebody who reads a path, a viewer or another program."""

    kind: str
    id: str
    """Empty where there are no sessions to tell apart (`hlsMuxer`)."""


@dataclass(frozen=True, slots=True)
class ActualPath:
    """What a media server reports of one path: evidence, not configuration.

    `state`, `cause`, `message`, `detail` and the times below them come from our engine only; with
    MediaMTX they are empty and `ready` is all there is.
    """

    name: str
    ready: bool
    ready_at: datetime | None
    online: bool
    source_type: str
    tracks: tuple[str, ...]
    width_px: int | None
    height_px: int | None
    inbound_bytes: int
    outbound_bytes: int
    readers: int
    read_by: tuple[PathReader, ...] = ()
    state: str = ""
    cause: str | None = None
    message: str = ""
    detail: str = ""
    next_attempt_at: datetime | None = None
    last_picture_at: datetime | None = None
    since_at: datetime | None = None
    sessions_opened: int = 0
    picture: str = ""
    """`ok`, `frozen`, `black` or `covered`; empty where nobody looked at it."""
    key_frame_interval_s: float | None = None
    bit_rate_bps: int | None = None
    tells_recorder: bool = False
    """Whether this server says what it records at all."""
    recorder: Mapping[str, Any] | None = None
    """What its recorder says of itself; None: nothing records it."""


class MediaServerClient:
    """The calls a hub needs, each with a deadline, raising `Unavailable`, `NotFound` or `Invalid`.

    Give `base_url` (loopback TCP, MediaMTX) or `unix_socket` (our engine).  Nothing it raises
    holds the address of a camera: configurations travel in bodies, and answers are redacted.
    """

    def __init__(
        self, *, base_url: str = "", unix_socket: str = "", call_timeout_s: float = 5.0
    ) -> None:
        if bool(base_url) == bool(unix_socket):
            raise ValueError("give either base_url or unix_socket")
        self._base_url = (base_url or "http://media").rstrip("/")
        self._unix_socket = unix_socket
        self._call_timeout_s = call_timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back; whoever asks from here on is refused."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def info(self) -> ServerInfo:
        """Return who answers; also the cheapest proof that somebody does."""
        try:
            given = await self._call("GET", "/v3/info")
        except NotFound:
            return ServerInfo(version=None, started_at=None)
        return ServerInfo(
            version=_text(given, "version") or None, started_at=_moment(given, "started")
        )

    async def version(self) -> str | None:
        """Return the server's version; None when it is too old to say."""
        return (await self.info()).version

    async def config_paths(self) -> dict[str, dict[str, Any]]:
        """Return every path configuration by name, from all pages."""
        return await self._all("/v3/config/paths/list")

    async def paths(self) -> dict[str, ActualPath]:
        """Return what is reported of every path, by name, from all pages."""
        items = await self._all("/v3/paths/list")
        return {name: actual_path(item) for name, item in items.items()}

    async def path(self, name: str) -> ActualPath:
        """Return what is reported of one path; raises `NotFound`."""
        return actual_path(await self._call("GET", f"/v3/paths/get/{_quoted(name)}"))

    async def addresses(self, listed_as: str) -> dict[str, str]:
        """Return where the readers of one list (`hlssessions`, `rtspsessions`) come from, by id.

        A server that has no such list has no such readers.
        """
        try:
            items = await self._items(f"/v3/{listed_as}/list")
        except NotFound:
            return {}
        return {_text(item, "id"): _text(item, "remoteAddr") for item in items}

    async def replace(self, name: str, conf: Mapping[str, Any]) -> None:
        """Create the path or overwrite its configuration; raises `Invalid` when refused."""
        await self._call("POST", f"/v3/config/paths/replace/{_quoted(name)}", body=conf)

    async def delete(self, name: str) -> None:
        """Remove the path; raises `NotFound` when there is none."""
        await self._call("DELETE", f"/v3/config/paths/delete/{_quoted(name)}")

    async def restart_recorder(self, name: str) -> None:
        """Have a recorder close its file and begin another; raises `NotFound`, `Invalid`."""
        await self._call("POST", f"/v3/pantau/recorder/restart/{_quoted(name)}")

    async def _all(self, route: str) -> dict[str, dict[str, Any]]:
        items = await self._items(route)
        return {item["name"]: item for item in items if isinstance(item.get("name"), str)}

    async def _items(self, route: str) -> list[dict[str, Any]]:
        """Page to the end: who reads page one only loses every camera after the hundredth."""
        found: list[dict[str, Any]] = []
        for page in range(_MOST_PAGES):
            answer = await self._call("GET", f"{route}?page={page}&itemsPerPage={_PAGE_ITEMS}")
            items = answer.get("items")
            if isinstance(items, list):
                found += [item for item in items if isinstance(item, dict)]
            # An empty page ends it as well: the list may have become shorter meanwhile.
            if not items or page + 1 >= _number(answer, "pageCount"):
                return found
        raise Unavailable("media_server.endless_list", "The media server's list has no end.")

    def _told_along(self) -> dict[str, str]:
        """Tell our own engine which request this is for; others do not want to know."""
        request_id = current_request_id()
        return {HEADER: request_id} if self._unix_socket and request_id else {}

    async def _call(
        self, method: str, route: str, *, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            async with (
                asyncio.timeout(self._call_timeout_s),
                self._http().request(
                    method,
                    self._base_url + route,
                    json=body,
                    headers=self._told_along(),
                    allow_redirects=False,
                ) as response,
            ):
                raw = await _whole_answer(response)
                status = response.status
        except TimeoutError as error:
            raise Unavailable(
                "media_server.silent", "The media server does not answer in time."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            # The cause is not chained into the text: some of aiohttp's errors repeat the request.
            raise Unavailable(
                "media_server.unreachable",
                "The media server cannot be reached.",
                reason=type(error).__name__,
            ) from None
        return _understood(status, raw)

    def _http(self) -> aiohttp.ClientSession:
        if self._is_closed:
            # Services that end later than the client would open connections that nobody closes.
            raise Unavailable("media_server.unreachable", "The media server cannot be reached.")
        if self._session is None or self._session.closed:
            connector = aiohttp.UnixConnector(path=self._unix_socket) if self._unix_socket else None
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self._session


async def _whole_answer(response: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        raw += chunk
        if len(raw) > _MOST_ANSWER_BYTES:
            raise Unavailable(
                "media_server.endless_answer", "The media server's answer never ends."
            )
    return bytes(raw)


def _understood(status: int, raw: bytes) -> dict[str, Any]:
    answer: Any = None
    with contextlib.suppress(ValueError):
        answer = json.loads(raw) if raw.strip() else {}
    if status == HTTPStatus.OK and isinstance(answer, dict):
        return answer
    told = redact(_text(answer, "error"))[:300] if isinstance(answer, dict) else ""
    if status == HTTPStatus.NOT_FOUND:
        raise NotFound("media_server.no_such_path", told or "The media server has no such path.")
    if status == HTTPStatus.BAD_REQUEST:
        raise Invalid("media_server.refused", told or "The media server refuses this.")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Unavailable(
            "media_server.closed", "The media server does not let us use its control API."
        )
    raise Unavailable(
        "media_server.confused", "The media server gives an answer without sense.", status=status
    )


def actual_path(item: Mapping[str, Any]) -> ActualPath:
    """Read one runtime path; fields that an older server lacks fall back to their predecessors."""
    own = _object(item, "pantau")
    ready = _either(item, "available", "ready") is True
    readers = _objects(item, "readers")
    size = next(filter(None, map(_size, _objects(item, "tracks2"))), (None, None))
    return ActualPath(
        name=_text(item, "name"),
        ready=ready,
        ready_at=_moment(item, "availableTime") or _moment(item, "readyTime"),
        online=item.get("online", ready) is True,
        source_type=_text(_object(item, "source"), "type"),
        tracks=_track_names(item),
        width_px=size[0],
        height_px=size[1],
        inbound_bytes=_whole(_either(item, "inboundBytes", "bytesReceived")),
        outbound_bytes=_whole(_either(item, "outboundBytes", "bytesSent")),
        readers=len(readers),
        read_by=tuple(PathReader(_text(each, "type"), _text(each, "id")) for each in readers),
        state=_text(own, "state"),
        cause=_text(own, "cause") or None,
        message=_text(own, "message"),
        detail=_text(own, "detail"),
        next_attempt_at=_moment(own, "nextAttempt"),
        last_picture_at=_moment(own, "lastPicture"),
        since_at=_moment(own, "since"),
        sessions_opened=_number(own, "sessionsOpened"),
        picture=_text(item, "pantauPicture"),
        key_frame_interval_s=_measured(item, "pantauKeyFrameInterval"),
        bit_rate_bps=_number(item, "pantauBitRate") or None,
        tells_recorder="pantauRecorder" in item,
        recorder=_object(item, "pantauRecorder") or None,
    )


def _track_names(item: Mapping[str, Any]) -> tuple[str, ...]:
    newer = tuple(_text(track, "codec") for track in _objects(item, "tracks2"))
    older = item.get("tracks")
    names = older if isinstance(older, list) else []
    return newer or tuple(name for name in names if isinstance(name, str))


def _size(track: Mapping[str, Any]) -> tuple[int, int] | None:
    props = _object(track, "codecProps")
    width_px, height_px = _number(props, "width"), _number(props, "height")
    return (width_px, height_px) if width_px and height_px else None


def _text(owner: Mapping[str, Any], key: str) -> str:
    value = owner.get(key)
    return value if isinstance(value, str) else ""


def _either(owner: Mapping[str, Any], newer: str, older: str) -> Any:
    value = owner.get(newer)
    return owner.get(older) if value is None else value


def _number(owner: Mapping[str, Any], key: str) -> int:
    return _whole(owner.get(key))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _measured(owner: Mapping[str, Any], key: str) -> float | None:
    value = owner.get(key)
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _object(owner: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = owner.get(key)
    return value if isinstance(value, dict) else {}


def _objects(owner: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = owner.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _moment(owner: Mapping[str, Any], key: str) -> datetime | None:
    """Read a time as Go writes it: RFC 3339 with up to nine digits of fraction."""
    try:
        moment = datetime.fromisoformat(_text(owner, key))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _quoted(name: str) -> str:
    return quote(name, safe="/")
