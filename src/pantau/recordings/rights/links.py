"""Addresses of the page that activates a token, and its cookie."""

from typing import Final
from urllib.parse import quote

from pantau.recordings.rights.activation import Activated
from pantau.recordings.rights.credentials import COOKIE
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import set_cookie
from pantau.web.exchange import Scope

PAGE: Final = "/putar"
FIELD: Final = "kode"
"""Of its query, which stands in no trail and no log of ours, as a part of the path would."""


def link_path(token: str) -> str:
    """Return where a link to `token` leads, without the name of the hub."""
    return f"{PAGE}?{FIELD}={quote(token, safe='')}"


def activated_cookie(activated: Activated, scope: Scope, clients: ClientAddresses) -> str:
    """Return the `Set-Cookie` of a device that was let in."""
    is_https = clients.scheme(scope) == "https"
    return set_cookie(COOKIE, activated.cookie, max_age_s=activated.max_age_s, is_https=is_https)


def gone_cookie(scope: Scope, clients: ClientAddresses) -> str:
    """Return the `Set-Cookie` that takes it away."""
    return set_cookie(COOKIE, "", max_age_s=0, is_https=clients.scheme(scope) == "https")
