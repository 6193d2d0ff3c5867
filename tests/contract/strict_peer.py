"""A MediaMTX-like control API that is as strict as Go's decoder, of an old and of a new version.

It shares no code with our engine: what it knows of path fields stands here, written down from the
two versions, so that a key which one of them does not know is refused as it would be there.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

Version = Literal["v1.9.0", "v1.20.0"]

_IN_BOTH: Final[dict[str, Any]] = {
    "source": "publisher",
    "sourceFingerprint": "",
    "sourceOnDemand": False,
    "sourceOnDemandStartTimeout": "10s",
    "sourceOnDemandCloseAfter": "10s",
    "maxReaders": 0,
    "srtReadPassphrase": "",
    "record": False,
    "recordPath": "./recordings/%path/%Y-%m-%d_%H-%M-%S-%f",
    "recordFormat": "fmp4",
    "recordPartDuration": "1s",
    "recordSegmentDuration": "1h0m0s",
    "recordDeleteAfter": "1d",
    "overridePublisher": True,
    "srtPublishPassphrase": "",
    "rtspTransport": "automatic",
    "rtspAnyPort": False,
    "rtspRangeType": "",
    "rtspRangeStart": "",
    "sourceRedirect": "",
    "runOnInit": "",
    "runOnDemand": "",
    "runOnRead": "",
}
_ONLY: Final[dict[Version, dict[str, Any]]] = {
    "v1.9.0": {"fallback": "", "runOnReady": "", "runOnNotReady": ""},
    "v1.20.0": {
        "alwaysAvailable": False,
        "forward": [],
        "recordMaxPartSize": "50M",
        "rtspUDPSourcePortRange": [10000, 65535],
        "runOnAvailable": "",
        "whepBearerToken": "",
    },
}
_DURATIONS: Final = re.compile(r"sourceOnDemand(StartTimeout|CloseAfter)|record\w*(Duration|After)")
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NAME: Final = re.compile(r"[0-9a-zA-Z_\-.~]+(/[0-9a-zA-Z_\-.~]+)*", re.ASCII)
_SCHEMES: Final = ("rtsp://", "rtsps://", "http://", "https://", "rtmp://", "srt://", "udp://")
_TRANSPORTS: Final = ("automatic", "udp", "multicast", "tcp")


class RefusedError(Exception):
    """The text of a 400."""


@dataclass
class State:
    """What the server holds in memory, and loses when it is restarted."""

    version: Version
    started_at: datetime
    confs: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_old(self) -> bool:
        return self.version == "v1.9.0"

    @property
    def defaults(self) -> dict[str, Any]:
        return {**_IN_BOTH, **_ONLY[self.version]}


class StrictPeer:
    """A context: `with StrictPeer("v1.9.0") as peer: peer.url`."""

    def __init__(self, version: Version) -> None:
        self.version: Final = version
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def restart(self) -> None:
        """Forget everything, on the same port."""
        self._end()
        self._begin()

    def _begin(self) -> None:
        state = State(self.version, datetime.now(UTC))

        class Handler(_Handler):
            shared = state

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def _end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    shared: State
    protocol_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        state = self.shared
        try:
            with state.lock:
                found = _route(state, method, unquote(parts.path), parse_qs(parts.query), body)
        except RefusedError as error:
            self._fail(400, str(error))
            return
        except LookupError as error:
            self._fail(404, str(error.args[0]))
            return
        if found is None:
            # Before 1.17 success had no body.
            self._send(200, b"" if state.is_old else b'{"status":"ok"}')
        else:
            self._send(200, json.dumps(found).encode())

    def _fail(self, status: int, text: str) -> None:
        told = {"error": text} if self.shared.is_old else {"status": "error", "error": text}
        self._send(status, json.dumps(told).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(HTTPStatus(status))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _route(
    state: State, method: str, path: str, query: dict[str, list[str]], body: bytes
) -> Any | None:
    told = _told(state, path, query) if method == "GET" else None
    if told is not None:
        return told
    found = re.fullmatch(r"/v3/config/paths/(add|patch|replace|delete)/(.*)", path)
    calls = {"add": "POST", "replace": "POST", "patch": "PATCH", "delete": "DELETE"}
    if found is None or calls[found[1]] != method:
        raise LookupError("404 page not found")
    call, name = found[1], found[2]
    if call == "delete":
        if state.confs.pop(name, None) is None:
            raise LookupError("path not found")
        return None
    if call == "patch" and name not in state.confs:
        raise LookupError("path not found")
    if call == "add" and name in state.confs:
        raise RefusedError("path already exists")
    given = _decoded(state, body)
    before = state.confs[name] if call == "patch" else {**state.defaults, "name": name}
    state.confs[name] = _checked(name, {**before, **given})
    return None


def _told(state: State, path: str, query: dict[str, list[str]]) -> Any | None:
    lists: dict[str, Callable[[], list[Any]]] = {
        "/v3/config/paths/list": lambda: [state.confs[name] for name in sorted(state.confs)],
        "/v3/paths/list": lambda: [_runtime(state, name) for name in sorted(state.confs)],
        "/v3/hlsmuxers/list": list,
    }
    if path in lists:
        return _page(lists[path](), query)
    found = re.fullmatch(r"/v3/(config/)?paths/get/(.*)", path)
    if found is not None:
        if found[2] not in state.confs:
            raise LookupError("path configuration not found" if found[1] else "path not found")
        return state.confs[found[2]] if found[1] else _runtime(state, found[2])
    plain = {
        "/v3/config/global/get": {"api": True, "hls": True, "hlsAddress": ":8888"},
        "/v3/config/pathdefaults/get": state.defaults,
    }
    if not state.is_old:
        plain["/v3/info"] = {"version": state.version, "started": state.started_at.isoformat()}
    return plain.get(path)


def _runtime(state: State, name: str) -> dict[str, Any]:
    older: dict[str, Any] = {
        "name": name,
        "confName": name,
        "source": None,
        "ready": False,
        "readyTime": None,
        "tracks": [],
        "bytesReceived": 0,
        "bytesSent": 0,
        "readers": [],
    }
    newer: dict[str, Any] = {
        "available": False,
        "availableTime": None,
        "online": False,
        "tracks2": [],
        "inboundBytes": 0,
        "outboundBytes": 0,
        "somethingOfTomorrow": {"deep": [1, None]},
    }
    return older if state.is_old else {**older, **newer}


def _page(items: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
    page, size = (
        _whole(query.get(name, [str(default)])[0])
        for name, default in (("page", 0), ("itemsPerPage", 100))
    )
    if size == 0:
        raise RefusedError("invalid items per page")
    return {
        "itemCount": len(items),
        "pageCount": -(-len(items) // size),
        "items": items[page * size : (page + 1) * size],
    }


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise RefusedError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def _decoded(state: State, body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise RefusedError("invalid character or unexpected end of JSON input") from error
    if not isinstance(given, dict):
        raise RefusedError("json: cannot unmarshal into Go value of type conf.OptionalPath")
    for key, value in given.items():
        if key not in state.defaults:
            raise RefusedError(f'json: unknown field "{key}"')
        if type(value) is not type(state.defaults[key]):
            raise RefusedError(f"json: cannot unmarshal into Go struct field Path.{key}")
        if _DURATIONS.fullmatch(key):
            given[key] = _duration(value)
    return given


def _checked(name: str, conf: dict[str, Any]) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise RefusedError(f"invalid path name '{name}'")
    source = conf["source"]
    if source == "publisher":
        if conf["sourceOnDemand"]:
            raise RefusedError("'sourceOnDemand' is useless when source is 'publisher'")
    elif not source.startswith(_SCHEMES):
        raise RefusedError(f"invalid source: '{source}'")
    if conf["rtspTransport"] not in _TRANSPORTS:
        raise RefusedError(f"invalid RTSP transport '{conf['rtspTransport']}'")
    return conf


def _duration(text: str) -> str:
    terms = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhd])", text)
    if not terms or "".join(number + unit for number, unit in terms) != text:
        raise RefusedError(f'time: invalid duration "{text}"')
    total_s = sum(float(number) * _UNITS_S[unit] for number, unit in terms)
    if total_s < 1:
        return f"{round(total_s * 1000)}ms"
    hours, rest_s = divmod(total_s, 3600)
    minutes, seconds = divmod(rest_s, 60)
    told = f"{seconds:g}s"
    if hours or minutes:
        told = f"{int(minutes)}m{told}"
    return f"{int(hours)}h{told}" if hours else told
