"""The asking side of Basic and Digest, with the habits of two families of firmware."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from pantau.demo.behaviour import Login

REALM = "Demo Camera"


@dataclass(slots=True)
class Doorkeeper:
    """Remembers the nonces one camera has given out."""

    nonces: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def challenges(self, login: Login, *, stale: bool = False) -> tuple[list[str], str]:
        """Return WWW-Authenticate values and the nonce in them."""
        nonce = secrets.token_hex(16)
        self.nonces.add(nonce)
        basic = f'Basic realm="{REALM}"'
        mark = ", stale=true" if stale else ""
        digest = f'Digest realm="{REALM}", nonce="{nonce}"{mark}'
        answers = {
            "basic": [basic],
            "digest": [digest],
            "digest_sha256": [f'{digest}, qop="auth", algorithm=SHA-256'],
            "both": [basic, f'{digest}, algorithm=MD5, qop="auth"'],
        }
        return answers[login.scheme], nonce

    def accepts(self, login: Login, header: str, method: str, *, own_nonce: str) -> bool:
        """Return whether a header opens this door; `own_nonce` is this connection's."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic":
            wanted = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
            return login.scheme in {"basic", "both"} and rest.strip() == wanted
        given = {
            name.lower(): quoted or plain
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', rest)
        }
        nonce = given.get("nonce", "")
        if nonce not in self.nonces or login.scheme == "basic":
            return False
        if login.firmware == "nonce_per_connection" and nonce != own_nonce:
            return False
        if login.firmware == "one_time_nonce" and nonce in self.used:
            return False
        self.used.add(nonce)
        return given.get("response") == _response(login, given, method)


def _response(login: Login, given: dict[str, str], method: str) -> str:
    algorithm = "sha256" if login.scheme == "digest_sha256" else "md5"

    def digest(text: str) -> str:
        return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()

    first = digest(f"{login.user}:{REALM}:{login.password}")
    second = digest(f"{method}:{given.get('uri', '')}")
    if "qop" in given:
        middle = f"{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
        return digest(f"{first}:{given['nonce']}:{middle}:{second}")
    return digest(f"{first}:{given['nonce']}:{second}")
