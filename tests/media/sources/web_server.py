"""A small HTTP server on loopback that answers what a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """`answers` by path; paths asked for are kept in `asked`."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    connect: Answer | None = None
    """Answers CONNECT, as a proxy does."""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def body(data: bytes, content_type: str = "application/octet-stream") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        first, last = 0, len(data) - 1
        if wanted:
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(last + 1 - first))
        request.end_headers()
        request.wfile.write(data[first : last + 1])

    return answer


def status(code: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def serving(web: Web) -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            web.connections += 1
            super().setup()

        def do_GET(self) -> None:
            web.asked.append(self.path)
            try:
                web.answers.get(self.path.partition("?")[0], status(404))(self)
            except OSError:
                self.close_connection = True

        def do_CONNECT(self) -> None:
            assert web.connect is not None
            try:
                web.connect(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
