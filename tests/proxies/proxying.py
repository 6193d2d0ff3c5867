"""nginx and Caddy in a folder of their own, with the sites that this Pantau writes."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pantau.app.bodies import LARGER_BODIES
from pantau.operations.proxies.caddy import caddy_site
from pantau.operations.proxies.nginx import nginx_site
from pantau.operations.proxies.site import ProxySite, Tls
from tests.boot.installation import free_port
from tests.support.waiting import until_in_thread

HOST = "cctv.example.org"
PATIENCE_S = 45.0
Kind = Literal["nginx", "caddy"]


@dataclass(frozen=True)
class Heard:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs, and visitors of its site."""

    kind: Kind
    site: ProxySite
    folder: Path

    @property
    def host(self) -> str:
        """What browsers call the site, its port included."""
        return f"{HOST}:{self.site.https_port}" if self.site.knows_scheme else HOST

    def ask(
        self,
        target: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        source: str = "127.0.0.1",
    ) -> Heard:
        """Ask once, from the address `source` of this machine."""
        with closing(self.connect(source)) as connection:
            connection.request(
                method, target, body=body, headers={"Host": self.host, **(headers or {})}
            )
            answer = connection.getresponse()
            told = {name.lower(): text for name, text in answer.getheaders()}
            return Heard(answer.status, told, answer.read())

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPConnection:
        """Return a connection to the site, over TLS where it speaks that."""
        if not self.site.knows_scheme:
            return http.client.HTTPConnection(
                "127.0.0.1", self.site.http_port, timeout=PATIENCE_S, source_address=(source, 0)
            )
        connection = http.client.HTTPConnection("127.0.0.1", self.site.https_port)
        connection.sock = self.speak_tls(source)
        return connection

    def speak_tls(self, source: str = "127.0.0.1", *protocols: str) -> ssl.SSLSocket:
        """Return a TLS connection, with what both sides agreed on."""
        context = ssl.create_default_context(cafile=str(self.site.certificate))
        if protocols:
            context.set_alpn_protocols(protocols)
        plain = socket.create_connection(
            ("127.0.0.1", self.site.https_port), PATIENCE_S, source_address=(source, 0)
        )
        return context.wrap_socket(plain, server_hostname=HOST)

    @property
    def log(self) -> str:
        """What its access log says up to now."""
        return (self.folder / "pantau.log").read_text(encoding="utf-8")


def site_of(folder: Path, port: int, *, tls: Tls = "files", kind: Kind = "nginx") -> ProxySite:
    """Return a site on free ports of this machine before the hub at `port`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not certificate.exists():
        make_certificate(certificate, key)
    return ProxySite(
        host=HOST,
        upstream=f"127.0.0.1:{port}",
        tls=tls,
        certificate=certificate,
        key=key,
        listen="127.0.0.1",
        http_port=free_port(),
        https_port=free_port(),
        uploads=LARGER_BODIES,
        cache_dir=folder / "cache",
        log_dir=folder,
    )


def need(kind: Kind) -> str:
    """Return the program, or skip the test with the reason."""
    program = shutil.which(kind)
    if program is None:
        package = {"nginx": "nginx-light", "caddy": "caddy"}[kind]
        pytest.skip(f"{kind} is missing; on Debian: apt-get install {package}")
    return program


def commands(kind: Kind, site: ProxySite, folder: Path) -> tuple[list[str], list[str]]:
    """Write the files; return how to check them and how to run the proxy."""
    program = need(kind)
    if kind == "nginx":
        (folder / "site.conf").write_text(nginx_site(site), encoding="utf-8")
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            # Its workers would be nobody, who may not look into a test's folder.
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            f"daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\n"
            f"error_log {folder}/nginx.log;\nevents {{ worker_connections 1024; }}\n"
            # As Debian sets it for every site.
            f"http {{\ngzip on;\ngzip_proxied any;\ngzip_types application/json;\n"
            f"{temporary}include {folder}/site.conf;\n}}\n",
            encoding="utf-8",
        )
        run = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        return [*run, "-t"], run
    text = caddy_site(site)
    options = (
        f"{{\n\tadmin off\n\tskip_install_trust\n"
        f"\thttp_port {site.http_port}\n\thttps_port {site.https_port}\n}}\n"
    )
    (folder / "Caddyfile").write_text(options + text, encoding="utf-8")
    words = ["--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    return [program, "validate", *words], [program, "run", *words]


@contextmanager
def proxy(kind: Kind, site: ProxySite, folder: Path) -> Iterator[Proxy]:
    """Run a proxy; it is gone at the end."""
    _, run = commands(kind, site, folder)
    with (folder / f"{kind}.out").open("wb") as out:
        process = subprocess.Popen(
            run,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        )
    try:
        port = site.https_port if site.knows_scheme else site.http_port
        until_in_thread(
            lambda: listens(port) or process.poll() is not None,
            timeout_s=PATIENCE_S,
            what=f"{kind} listening",
        )
        said = (folder / f"{kind}.out").read_text(encoding="utf-8")
        assert process.poll() is None, said
        yield Proxy(kind, site, folder)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def make_certificate(certificate: Path, key: Path) -> None:
    """Write a certificate for `HOST` that signs itself."""
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(made.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(made, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
