"""What a proxy's site is made of, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pantau.core.errors import Invalid
from pantau.web.slow_lane import MOST_BODY_BYTES

Tls = Literal["automatic", "files", "none"]
"""`automatic`: Caddy gets its certificates itself, nginx uses those that `certbot certonly` made;
`files`: the certificate and key that are named; `none`: plain HTTP, for a tunnel or a CDN that
speaks TLS with visitors."""

_HOST: Final = re.compile(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_UPSTREAM: Final = re.compile(r"(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}")
_HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PATH: Final = re.compile(r"/[A-Za-z0-9._/-]*")
_LEFT: Final = re.compile(r"<<[a-z_]+>>")
HTTP2_DIRECTIVE: Final = (1, 25, 1)
"""From this nginx on `http2 on;` is how it is said; the old way still works, with a warning."""

AWAY_DATA: Final = '{"success":false,"message":"The service is starting again."}'
AWAY_PAGE: Final = (
    # What proxies say while nobody of ours answers; without quotes that their files would need.
    '<!doctype html><html lang="id"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">'
    "<title>Sebentar…</title>"
    "<p>Layanan sedang dimulai ulang. Halaman ini memuat ulang sendiri."
    '<p lang="en">The service is starting again. This page reloads by itself.</html>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySite:
    """One site of a proxy.  Raises `Invalid`, which names the field, where it cannot be one."""

    host: str = ""
    """Name under which visitors come, such as cctv.example.org; empty: any, without TLS only."""
    upstream: str = "127.0.0.1:3000"
    """Where Pantau's web process listens: host and port."""
    tls: Tls = "automatic"
    certificate: Path | None = None
    """For `files`: the whole chain."""
    key: Path | None = None
    listen: str = ""
    """Address to listen on; empty: all of the machine with TLS, 127.0.0.1 without."""
    http_port: int = 80
    https_port: int = 443
    uploads: Mapping[str, int] = field(default_factory=dict)
    """Bytes that bodies may have, by the beginning of the path; elsewhere a mebibyte."""
    most_body_bytes: int = MOST_BODY_BYTES
    cache_dir: Path = Path("/var/cache/pantau-nginx")
    """nginx only; made by nginx, and best in memory (/dev/shm/pantau) on machines that have it."""
    log_dir: Path | None = None
    """Empty: where Debian puts the logs of each program."""
    nginx_version: tuple[int, int, int] = (1, 22, 0)

    def __post_init__(self) -> None:
        if self.host and not _HOST.fullmatch(self.host):
            _refuse("host", f"“{self.host}” is no name such as cctv.example.org.")
        if not self.host and self.tls == "automatic":
            _refuse("host", "A certificate needs the name under which visitors come.")
        if not _UPSTREAM.fullmatch(self.upstream):
            _refuse("upstream", f"“{self.upstream}” is no address such as 127.0.0.1:3000.")
        if self.tls == "files" and (self.certificate is None or self.key is None):
            _refuse("certificate", "Name the certificate and its key.")
        for name in ("http_port", "https_port"):
            if not 0 < getattr(self, name) < 65_536:
                _refuse(name, "A port is a number from 1 to 65535.")
        for path in (self.certificate, self.key, self.cache_dir, self.log_dir):
            if path is not None and not _PATH.fullmatch(str(path)):
                _refuse("path", f"“{path}” must be absolute, without spaces.")
        for prefix in self.uploads:
            if not _PATH.fullmatch(prefix):
                _refuse("uploads", f"“{prefix}” is no beginning of a path.")

    @property
    def address(self) -> str:
        """What to listen on; empty: every address of the machine."""
        return self.listen or ("127.0.0.1" if self.tls == "none" else "")

    @property
    def knows_scheme(self) -> bool:
        """Whether visitors speak with the proxy itself, not with a tunnel before it."""
        return self.tls != "none"

    @property
    def is_beside(self) -> bool:
        """Whether Pantau runs on the same machine, and so by the same clock.

        Otherwise its pieces are kept by `s-maxage` alone, up to two seconds instead of one.
        """
        return self.upstream.rpartition(":")[0] in _HERE


def settings_for(site: ProxySite) -> Mapping[str, object]:
    """Return the settings of Pantau that fit `site`, by their names in `pantau.toml`."""
    fitting: dict[str, object] = {"trusted_proxies": ["127.0.0.0/8", "::1/128"]}
    if site.is_beside:
        fitting["host"] = "127.0.0.1"
    if site.host:
        port = "" if site.https_port == 443 or not site.knows_scheme else f":{site.https_port}"
        fitting["public_url"] = f"https://{site.host}{port}"
    return fitting


def fill(text: str, **values: str) -> str:
    """Return `text` with `<<name>>` replaced; every name must be known."""
    for name, value in values.items():
        text = text.replace(f"<<{name}>>", value)
    left = _LEFT.search(text)
    if left:
        raise KeyError(left[0])
    return text


def _refuse(name: str, sentence: str) -> None:
    raise Invalid(f"proxy.{name}", sentence, field=name)
