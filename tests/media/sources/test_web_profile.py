"""Headers, certificates and proxies of sources that speak HTTP."""

import base64
import hashlib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
import trustme

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Picture
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.mjpeg import MjpegSource
from pantau.media.sources.net import dial
from tests.media.sources.test_mjpeg import JPEGS
from tests.media.sources.web_server import Web, body, serving, status

PATIENT = Deadlines(open_s=45.0, silence_s=45.0)


def first(url: str, **more: object) -> Picture:
    config = SourceConfig(url, deadlines=PATIENT, **more)  # type: ignore[arg-type]
    items = MjpegSource(config, clock=SystemClock()).items()
    picture = next(items)
    items.close()  # type: ignore[attr-defined]
    assert isinstance(picture, Picture)
    return picture


def cause_of(url: str, **more: object) -> Cause:
    with pytest.raises(SourceError) as caught:
        first(url, **more)
    return caught.value.cause


class Seen:
    """Keeps the headers of each request, and answers with a picture."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.headers.append(dict(request.headers))
        body(JPEGS[0], "image/jpeg")(request)


def test_own_headers_are_sent_and_replace_ours() -> None:
    seen = Seen()
    with serving(Web({"/cam": seen})) as web:
        first(web.url("/cam"), headers=(("referer", "https://a.example/"), ("User-Agent", "Mine")))
    assert seen.headers[0]["Referer"] == "https://a.example/"
    assert seen.headers[0]["User-Agent"] == "Mine"


def test_only_harmless_headers_follow_to_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pantau.media.sources.net.http_get.is_public", lambda _: True)
    seen = Seen()
    with serving(Web({"/cam": seen})) as other, serving(Web()) as web:
        web.answers["/cam"] = status(302, Location=other.url("/cam"))
        first(web.url("/cam"), headers=(("X-Key", "s3cret"), ("Referer", "https://a.example/")))
    assert "X-Key" not in seen.headers[0]
    assert seen.headers[0]["Referer"] == "https://a.example/"


def test_a_header_that_could_become_two_is_refused() -> None:
    assert cause_of("http://127.0.0.1:1/", headers=(("A", "b\r\nC: d"),)) is Cause.UNSUPPORTED


@contextmanager
def secure_web(web: Web, certificate: trustme.LeafCert) -> Iterator[str]:
    """Put TLS before a server of ours; yields the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with serving(web), relaying(web.port, context) as port:
        yield f"https://localhost:{port}"


@contextmanager
def relaying(to_port: int, context: ssl.SSLContext) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()

        def accept_in_thread() -> None:
            while not stopped.is_set():
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=relay_in_thread, args=(plain,), daemon=True).start()

        def relay_in_thread(plain: socket.socket) -> None:
            try:
                with (
                    context.wrap_socket(plain, server_side=True) as near,
                    socket.create_connection(("127.0.0.1", to_port)) as far,
                ):
                    pump(near, far)
            except OSError:
                plain.close()

        thread = threading.Thread(target=accept_in_thread, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)


def pump(near: socket.socket, far: socket.socket) -> None:
    """Pass on both ways until one of them ends."""
    while True:
        pending = isinstance(near, ssl.SSLSocket) and near.pending()
        ready = [near] if pending else select.select([near, far], [], [])[0]
        for one in ready:
            data = one.recv(65_536)
            if not data:
                return
            (far if one is near else near).sendall(data)


def test_a_certificate_must_be_good_unless_it_need_not(monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    with secure_web(Web({"/cam": body(JPEGS[0], "image/jpeg")}), certificate) as at:
        assert cause_of(f"{at}/cam") is Cause.INSECURE
        assert first(f"{at}/cam", tls="insecure").jpeg == JPEGS[0]
        fingerprint = hashlib.sha256(der).hexdigest()
        assert first(f"{at}/cam", tls_fingerprint=fingerprint).jpeg == JPEGS[0]
        assert cause_of(f"{at}/cam", tls_fingerprint="00" * 32) is Cause.INSECURE
        monkeypatch.setattr(dial, "_strict_context", lambda: trusting)
        assert first(f"{at}/cam").jpeg == JPEGS[0]
        other_name = at.replace("localhost", "127.0.0.1")
        assert cause_of(f"{other_name}/cam") is Cause.INSECURE


class TunnelServer:
    """A proxy that knows CONNECT, and leads every name to one port of this machine."""

    def __init__(self, to_port: int, *, answer: str = "200 Connection established") -> None:
        self.to_port = to_port
        self.answer = answer
        self.asked: list[str] = []
        self.proofs: list[str] = []

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        self.proofs.append(request.headers.get("Proxy-Authorization", ""))
        request.wfile.write(f"HTTP/1.1 {self.answer}\r\n\r\n".encode())
        request.close_connection = True
        if self.answer.startswith("200"):
            with socket.create_connection(("127.0.0.1", self.to_port)) as far:
                pump(request.connection, far)


def test_http_goes_through_a_proxy_with_its_whole_address() -> None:
    seen = Seen()
    with serving(Web({"http://camera.invalid:81/cam": seen})) as proxy:
        at = f"http://us%40er:p4ss@127.0.0.1:{proxy.port}"
        assert first("http://camera.invalid:81/cam", proxy=at).jpeg == JPEGS[0]
    assert seen.headers[0]["Host"] == "camera.invalid:81"
    proof = "Basic " + base64.b64encode(b"us@er:p4ss").decode()
    assert seen.headers[0]["Proxy-Authorization"] == proof


def test_https_goes_through_a_tunnel_and_the_certificate_is_the_cameras() -> None:
    certificate = trustme.CA().issue_cert("camera.invalid")
    inner = Web({"/cam": body(JPEGS[0], "image/jpeg")})
    with secure_web(inner, certificate) as at:
        tunnel = TunnelServer(int(at.rpartition(":")[2]))
        with serving(Web(connect=tunnel)) as proxy:
            through = f"http://a:b@127.0.0.1:{proxy.port}"
            url = "https://camera.invalid/cam"
            assert first(url, proxy=through, tls="insecure").jpeg == JPEGS[0]
            assert cause_of(url, proxy=through) is Cause.INSECURE
    assert tunnel.asked == ["camera.invalid:443"] * 2
    assert tunnel.proofs[0] == "Basic " + base64.b64encode(b"a:b").decode()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("407 Proxy Authentication Required", Cause.LOGIN_REFUSED),
        ("403 Forbidden", Cause.REFUSED),
        ("502 Bad Gateway", Cause.UNREACHABLE),
        ("400 Bad Request", Cause.UNREACHABLE),
    ],
)
def test_a_proxy_that_refuses_is_told_from_a_camera_that_does(answer: str, cause: Cause) -> None:
    with serving(Web(connect=TunnelServer(1, answer=answer))) as proxy:
        at = f"http://127.0.0.1:{proxy.port}"
        assert cause_of("https://camera.invalid/cam", proxy=at) is cause


def test_a_proxy_of_another_kind_is_unsupported() -> None:
    assert cause_of("http://camera.invalid/", proxy="https://127.0.0.1:1") is Cause.UNSUPPORTED
