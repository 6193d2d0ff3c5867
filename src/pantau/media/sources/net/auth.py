"""Answers a camera's challenge: Basic, and Digest in the dialects of cameras (RFC 2617, 7616)."""

import base64
import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

_SCHEME: Final = re.compile(r"(?:^|,)\s*(Basic|Digest)\b(?=\s+\w+\s*=|\s*$)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r'([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', re.IGNORECASE)
_HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_SESSION_SUFFIX: Final = "-SESS"
_MOST_REFUSALS_AFTER_SUCCESS: Final = 4
_MOST_REMEMBERED: Final = 4_096


@dataclass(slots=True)
class Challenge:
    """One way of logging in that a camera offered."""

    scheme: str
    realm: str = ""
    nonce: str = ""
    opaque: str = ""
    algorithm: str = ""
    qop: str = ""
    is_stale: bool = False

    @property
    def strength(self) -> int:
        """Higher is better; 0 cannot be answered.  Digest goes before Basic (lesson M10)."""
        if self.scheme == "basic":
            return 1
        name = self.algorithm.upper().removesuffix(_SESSION_SUFFIX) or "MD5"
        return 0 if name not in _HASHES or not self.nonce else 2 + (name != "MD5")


def best_challenge(headers: Iterable[tuple[str, str]]) -> Challenge | None:
    """Return the strongest challenge in the headers of a 401 that we can answer."""
    offered = [
        challenge
        for name, value in headers
        if name.lower() == "www-authenticate"
        for challenge in _parse_challenges(value)
    ]
    best = max(offered, key=lambda challenge: challenge.strength, default=None)
    return best if best is not None and best.strength else None


@dataclass(slots=True)
class Login:
    """A user's name and password with the challenge they answer.  Outlives the socket (M10)."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    challenge: Challenge | None = None
    _count: int = 0
    _client_nonce: str = field(default="", repr=False)

    @property
    def is_given(self) -> bool:
        """Whether there is anything to log in with."""
        return bool(self.user or self.password)

    def take(self, challenge: Challenge) -> None:
        """Answer `challenge` from here on."""
        self.challenge = challenge
        self._count = 0
        self._client_nonce = secrets.token_hex(8)

    def header(self, method: str, url: str) -> str | None:
        """Return the value of Authorization for one request; None before the first challenge."""
        challenge = self.challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            pair = f"{self.user}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        self._count += 1
        return self._digest(challenge, method, url)

    def _digest(self, challenge: Challenge, method: str, url: str) -> str:
        algorithm = challenge.algorithm.upper()
        digest = _HASHES[algorithm.removesuffix(_SESSION_SUFFIX) or "MD5"]
        realm, nonce = _unescaped(challenge.realm), _unescaped(challenge.nonce)
        secret = digest(f"{self.user}:{realm}:{self.password}".encode())
        if algorithm.endswith(_SESSION_SUFFIX):
            secret = digest(f"{secret}:{nonce}:{self._client_nonce}".encode())
        asked = digest(f"{method}:{url}".encode())
        fields = {
            "username": _quoted(self.user),
            "realm": f'"{challenge.realm}"',
            "nonce": f'"{challenge.nonce}"',
            "uri": f'"{url}"',
        }
        if challenge.qop:
            count = f"{self._count:08x}"
            proof = f"{secret}:{nonce}:{count}:{self._client_nonce}:auth:{asked}"
            fields |= {"qop": "auth", "nc": count}
        else:
            proof = f"{secret}:{nonce}:{asked}"
        if challenge.qop or algorithm.endswith(_SESSION_SUFFIX):
            fields["cnonce"] = f'"{self._client_nonce}"'
        fields["response"] = f'"{digest(proof.encode())}"'
        if challenge.opaque:
            fields["opaque"] = f'"{challenge.opaque}"'
        if challenge.algorithm:
            fields["algorithm"] = challenge.algorithm
        return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())


class ProvenLogins:
    """Logins that worked in this process: a camera that suddenly refuses one of them is full.

    Cheap recorders refuse a fourth session with 401 instead of 453.  After a few refusals in a row,
    a minute apart, the password has probably changed.  Any thread; keeps hashes, no passwords.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._salt = secrets.token_bytes(16)
        self._refusals: OrderedDict[bytes, int] = OrderedDict()

    def worked(self, place: str, login: Login) -> None:
        """Remember that `login` was accepted at `place`."""
        key = self._key(place, login)
        with self._lock:
            self._refusals[key] = 0
            self._refusals.move_to_end(key)
            while len(self._refusals) > _MOST_REMEMBERED:
                self._refusals.popitem(last=False)

    def refused(self, place: str, login: Login) -> bool:
        """Note a refusal; return whether the login still counts as a good one."""
        key = self._key(place, login)
        with self._lock:
            if key not in self._refusals:
                return False
            self._refusals[key] += 1
            if self._refusals[key] > _MOST_REFUSALS_AFTER_SUCCESS:
                del self._refusals[key]
                return False
            return True

    def _key(self, place: str, login: Login) -> bytes:
        text = f"{place}\n{login.user}\n{login.password}"
        return hashlib.blake2b(text.encode(), key=self._salt).digest()


def _parse_challenges(value: str) -> list[Challenge]:
    found = list(_SCHEME.finditer(value))
    starts = [match.start() for match in found] + [len(value)]
    return [
        _parse_challenge(match[1].lower(), value[match.end() : end])
        for match, end in zip(found, starts[1:], strict=True)
    ]


def _parse_challenge(scheme: str, text: str) -> Challenge:
    said = {
        match[1].lower(): match[2] if match[2] is not None else match[3]
        for match in _PARAMETER.finditer(text)
    }
    offered_qop = [word.strip().lower() for word in said.get("qop", "").split(",")]
    return Challenge(
        scheme,
        said.get("realm", ""),
        said.get("nonce", ""),
        said.get("opaque", ""),
        said.get("algorithm", ""),
        "auth" if "auth" in offered_qop else "",
        said.get("stale", "").lower() == "true",
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
