"""Message services on loopback: a Bot API server and a web address, with answers to order."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "123456789:AAbcdefghijklmnopqrstuvwxyzABCDEFGH"


@dataclass
class Service:
    """What arrived, and what is answered: `answers` one after the other, then 200."""

    port: int = 0
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    """Set: nobody is made to wait."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def service(*, is_silent: bool = False) -> Iterator[Service]:
    """A service that listens; a silent one takes requests and does not answer before the end."""
    told = Service()
    if not is_silent:
        told.silent.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            told.got.append((self.path, body))
            told.silent.wait(60)
            status, answer = told.answers.pop(0) if told.answers else (200, {"ok": True})
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        told.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()
