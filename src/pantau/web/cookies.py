"""Cookies as this hub reads and sets them."""

from typing import Final, Literal

from pantau.web.exchange import Scope

SameSite = Literal["Strict", "Lax", "None"]
_LONGEST: Final = 4096


def cookie_of(scope: Scope, name: str) -> str:
    """Return the value of a cookie, or nothing where it is missing or there with two values.

    Two values mean that somebody else (another host of the same domain) planted one of them.
    """
    found: set[bytes] = set()
    wanted = name.encode()
    for header, value in scope["headers"]:
        if header == b"cookie" and wanted in value:
            for pair in value.split(b";"):
                key, _, content = pair.partition(b"=")
                if key.strip() == wanted:
                    found.add(content.strip())
    if len(found) != 1:
        return ""
    only = found.pop()
    return only.decode("latin-1") if len(only) <= _LONGEST else ""


def set_cookie(
    name: str,
    value: str,
    *,
    max_age_s: int,
    is_https: bool,
    path: str = "/",
    same_site: SameSite = "Lax",
) -> str:
    """Return the value of a `Set-Cookie` header: HttpOnly always, Secure where TLS is spoken.

    `is_https` is what `ClientAddresses.scheme` says; a Secure cookie over plain HTTP would be
    dropped by the browser (lesson X02).  An age of 0 removes the cookie.
    """
    secure = "; Secure" if is_https else ""
    return (
        f"{name}={value}; Path={path}; Max-Age={max_age_s}; HttpOnly; SameSite={same_site}{secure}"
    )
