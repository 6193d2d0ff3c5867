"""What players, and those who only seem to be players, send to `/api/viewer/…`, byte for byte."""

import json
from dataclasses import dataclass
from typing import Any, Final

from tests.web.http_peer import Answer

JSON: Final = "application/json"
CAMERA: Final = b'{"cameraId":1}'
QUALITY: Final = {
    "camera_id": 1,
    "start_ms": 812,
    "stalls": 2,
    "stalled_ms": 1500,
    "played_ms": 61_000,
    "codec_refused": False,
}
_CHANGING: Final = {
    "date": "…",
    "x-request-id": "…",
    "x-ratelimit-remaining": "…",
    "x-ratelimit-reset": "…",
}


@dataclass(frozen=True)
class Beat:
    """One request; {session} in its body is one that began before."""

    what: str
    body: bytes = b""
    kind: str | None = JSON
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    is_chunked: bool = False
    query: str = ""

    def wire(self, session: str, address: str) -> bytes:
        """Return the request's bytes, as the proxy before us passes them on."""
        body = self.body.replace(b"{session}", session.encode())
        fields = [("host", "hub.example"), ("x-forwarded-for", address), *self.headers]
        if self.kind is not None:
            fields.append(("content-type", self.kind))
        if self.is_chunked:
            fields.append(("transfer-encoding", "chunked"))
            body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        else:
            fields.append(("content-length", str(len(body))))
        lines = "".join(f"{name}: {text}\r\n" for name, text in fields)
        head = f"{self.method} /api/viewer/{self.what}{self.query} HTTP/1.1\r\n{lines}\r\n"
        return head.encode("latin-1") + body


def _json(what: str, body: Any, **more: Any) -> Beat:
    return Beat(what, json.dumps(body, separators=(",", ":")).encode(), **more)


def _plain(body: bytes) -> Beat:
    return Beat("start", body)


BEATS: Final[dict[str, Beat]] = {
    "start": Beat("start", CAMERA),
    "start in pieces": Beat("start", CAMERA, is_chunked=True),
    "start with a charset": Beat("start", CAMERA, kind="application/json; charset=utf-8"),
    "start in capitals": Beat("start", CAMERA, kind="Application/JSON"),
    "start from a browser": Beat(
        "start", CAMERA, headers=(("origin", "http://hub.example"), ("accept", "text/html"))
    ),
    "start over TLS": Beat("start", CAMERA, headers=(("x-forwarded-proto", "https"),)),
    "start with a query": Beat("start", CAMERA, query="?cameraId=2"),
    "start with a number in letters": _json("start", {"cameraId": "1"}),
    "start with a whole fraction": Beat("start", b'{"cameraId":1.0}'),
    "start in UTF-16": Beat("start", CAMERA.decode().encode("utf-16")),
    "start twice in one object": Beat("start", b'{"cameraId":2,"cameraId":1}'),
    "heartbeat": _json("heartbeat", {"sessionId": "{session}"}),
    "quality": _json("quality", QUALITY),
    "quality that failed": _json("quality", {"camera_id": 1, "failure": "network"}),
    "stop": _json("stop", {"sessionId": "{session}"}),
    "heartbeat of nobody": _json("heartbeat", {"sessionId": "nobody"}),
    "stop of nobody": _json("stop", {"sessionId": "nobody"}),
    "camera that is off": _json("start", {"cameraId": 2}),
    "camera that is not there": _json("start", {"cameraId": 2**62}),
    "quality of a camera that is off": _json("quality", {"camera_id": 2}),
    "nothing": Beat("start"),
    "nothing of no kind": Beat("heartbeat", kind=None),
    "nothing in pieces": Beat("stop", is_chunked=True),
    "nothing in pieces of no kind": Beat("stop", kind=None, is_chunked=True),
    "an empty object": Beat("quality", b"{}"),
    "null": _plain(b"null"),
    "true": _plain(b"true"),
    "a number": _plain(b"7"),
    "a text": _plain(b'"cameraId"'),
    "an array": _plain(b"[1]"),
    "an array of objects": _plain(b'[{"cameraId":1}]'),
    "a camera of letters": _json("start", {"cameraId": "x"}),
    "a camera below nothing": _json("start", {"cameraId": -1}),
    "a camera beyond numbers": _json("start", {"cameraId": 2**70}),
    "a camera that is true": _json("start", {"cameraId": True}),
    "a camera that is null": _json("start", {"cameraId": None}),
    "a camera that is not a number": Beat("start", b'{"cameraId":NaN}'),
    "a camera without end": Beat("start", b'{"cameraId":Infinity}'),
    "unknown fields": _json("start", {"cameraId": 1, "ipAddress": "1.2.3.4", "a.b": 1}),
    "the field of another": _json("start", {"sessionId": "x"}),
    "a session that is a number": _json("heartbeat", {"sessionId": 5}),
    "an empty session": _json("heartbeat", {"sessionId": ""}),
    "a long session": _json("stop", {"sessionId": "x" * 101}),
    "everything wrong": _json(
        "quality",
        {
            "camera_id": -1,
            "start_ms": 1.5,
            "stalls": -1,
            "stalled_ms": "x",
            "played_ms": 10**12,
            "codec_refused": "perhaps",
            "failure": "my own",
            "more": {},
        },
    ),
    "half an object": _plain(b'{"cameraId":1'),
    "words": _plain(b"cameraId=1"),
    "more after the end": _plain(b'{"cameraId":1} {}'),
    "spaces": _plain(b"   "),
    "not UTF-8": _plain(b'{"cameraId":"\xff\xfe"}'),
    "half a character": Beat("heartbeat", b'{"sessionId":"\\ud800"}'),
    "thousands of digits": _plain(b'{"cameraId":' + b"9" * 5000 + b"}"),
    "nesting without end": _plain(b"[" * 100_000),
    "deep nesting in a field": _plain(b'{"cameraId":' + b"[" * 500 + b"]" * 500 + b"}"),
    "a form": Beat("start", b"cameraId=1", kind="application/x-www-form-urlencoded"),
    "an upload": Beat("start", b"--x\r\n", kind="multipart/form-data; boundary=x"),
    "plain text": Beat("start", CAMERA, kind="text/plain;charset=UTF-8"),
    "no kind": Beat("start", CAMERA, kind=None),
    "an empty kind": Beat("start", CAMERA, kind=""),
    "JSON of a kind of its own": Beat("start", CAMERA, kind="application/vnd.x+json"),
    "two kinds": Beat("start", CAMERA, headers=(("content-type", "text/plain"),)),
    "compressed": Beat("start", CAMERA, headers=(("content-encoding", "gzip"),)),
    "compressed in no way": Beat("start", CAMERA, headers=(("content-encoding", "identity"),)),
    "too much": Beat("quality", b" " * (1024 * 1024 + 1)),
    "too much in pieces": Beat("quality", b" " * (1024 * 1024 + 1), is_chunked=True),
    "as much as may be": Beat("quality", b" " * (1024 * 1024 - 15) + b'{"camera_id":1}'),
    "another site": Beat("start", CAMERA, headers=(("origin", "https://stranger.example"),)),
    "a wrong key": Beat("start", CAMERA, headers=(("x-api-key", "0" * 64),)),
    "a wrong token": Beat("start", CAMERA, headers=(("authorization", "Bearer a.b.c"),)),
    "GET": Beat("start", kind=None, method="GET"),
    "HEAD": Beat("heartbeat", kind=None, method="HEAD"),
    "OPTIONS": Beat("stop", kind=None, method="OPTIONS"),
    "PUT": Beat("quality", CAMERA, method="PUT"),
    "PATCH": Beat("quality", CAMERA, method="PATCH"),
    "DELETE": Beat("start", kind=None, method="DELETE"),
}


def address_of(name: str) -> str:
    """Return where this one comes from: what each is noted for is known by it."""
    return f"203.0.113.{list(BEATS).index(name) + 1}"


def told(answer: Answer, session: str) -> dict[str, Any]:
    """Return `answer` without what is another at every time."""
    fields = sorted([name, _CHANGING.get(name, value)] for name, value in answer.fields)
    name = answer.header("x-request-id").encode()
    body = answer.body.replace(name, b"{request_id}")
    if b'"sessionId"' in body and answer.status == 200:
        begun = json.loads(body)["data"]["sessionId"].encode()
        body = body.replace(begun, b"{begun}")
        fields = [each for each in fields if each[0] != "content-length"]
    return {
        "status": answer.status,
        "headers": [": ".join(pair) for pair in fields],
        "body": body.replace(session.encode(), b"{session}").decode(),
    }
