"""What the page after a change says of it: carried there by a signed cookie that lives a minute."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from pantau.core.clock import Clock
from pantau.web.cookies import cookie_of, set_cookie
from pantau.web.exchange import Scope

COOKIE: Final = "pantau_said"
PATH: Final = "/admin"
_LIFETIME_S: Final = 60
_MAC_BYTES: Final = 16
_LONGEST: Final = 3000


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes the change back: where it goes, and what it holds."""

    path: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for the next page."""

    text: str = ""
    kind: Literal["ok", "warn"] = "ok"
    undo: Undo | None = None
    has_just_signed_in: bool = False
    """Tells the page's script that the tokens are new."""


class Flashes:
    """Writes and reads the cookie; `key` is derived from the installation's secret."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def cookie(self, said: Said, *, is_https: bool) -> str:
        """Return the value of `Set-Cookie` that carries `said` to the next page."""
        packed = self._pack(said)
        if len(packed) > _LONGEST:  # a very long list of areas: the sentence matters more
            packed = self._pack(Said(said.text[:500], said.kind))
        return set_cookie(COOKIE, packed, max_age_s=_LIFETIME_S, is_https=is_https, path=PATH)

    def gone(self, *, is_https: bool) -> str:
        """Return what removes the cookie once it was read."""
        return set_cookie(COOKIE, "", max_age_s=0, is_https=is_https, path=PATH)

    def read(self, scope: Scope) -> Said | None:
        """Return what was said; nothing for a cookie that is not ours or too old."""
        told = cookie_of(scope, COOKIE)
        try:
            raw = base64.b64decode(told.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        held: dict[str, Any] = json.loads(body)
        if self._clock.unix_s() - float(held["at"]) > _LIFETIME_S:
            return None
        return _said_of(held)

    def _pack(self, said: Said) -> str:
        held = {
            "at": int(self._clock.unix_s()),
            "text": said.text,
            "kind": said.kind,
            "new": said.has_just_signed_in,
            "undo": [said.undo.path, said.undo.fields] if said.undo else None,
        }
        body = json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(body) + body).decode("ascii")

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_MAC_BYTES]


def _said_of(held: dict[str, Any]) -> Said:
    undo = None
    if held["undo"]:
        path, fields = held["undo"]
        undo = Undo(path, tuple((name, value) for name, value in fields))
    return Said(held["text"], held["kind"], undo, held["new"])
