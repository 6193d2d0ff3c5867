"""The cookies of a session, as existing clients know them."""

from collections.abc import Sequence
from typing import Final

from pantau.accounts.client import DEVICE_COOKIE
from pantau.accounts.known_devices import LIFETIME_S as DEVICE_S
from pantau.accounts.sessions.credentials import ACCESS_COOKIE, REFRESH_COOKIE
from pantau.accounts.sessions.values import SignedIn
from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import SameSite, set_cookie
from pantau.web.csrf import csrf_cookie
from pantau.web.exchange import Scope

REFRESH_PATH: Final = "/api/auth/refresh"
REFRESH_S: Final = 604_800
"""What clients are told; the session itself ends sooner."""


class SessionCookies:
    """Makes values for `Set-Cookie`.

    Secure follows the scheme that the visitor really used (defect 18): a browser drops a Secure
    cookie that comes over plain HTTP.  Pages of other sites (`allowed_origins`) get cookies that
    are sent along from there, which browsers accept over HTTPS only.
    """

    def __init__(
        self, clients: ClientAddresses, *, allowed_origins: Sequence[str], access_s: float
    ) -> None:
        self._clients = clients
        self._allowed = frozenset(origin.lower() for origin in allowed_origins)
        self._access_s = int(access_s)

    def of(self, signed_in: SignedIn, scope: Scope) -> tuple[str, ...]:
        """Return the cookies of somebody who has signed in or renewed a session."""
        made = (
            self._cookie(ACCESS_COOKIE, signed_in.access_token, scope, self._access_s),
            self._cookie(REFRESH_COOKIE, signed_in.refresh_token, scope, REFRESH_S),
        )
        if not signed_in.device_token:
            return made
        return (*made, self._cookie(DEVICE_COOKIE, signed_in.device_token, scope, DEVICE_S))

    def cleared(self, scope: Scope) -> tuple[str, ...]:
        """Return what removes them; the device stays known."""
        return (
            self._cookie(ACCESS_COOKIE, "", scope, 0),
            self._cookie(REFRESH_COOKIE, "", scope, 0),
        )

    def csrf(self, token: str, scope: Scope) -> str:
        """Return the cookie of a token for writes, which must come along like the session."""
        is_https = self._clients.scheme(scope) == "https"
        same_site: SameSite = "None" if is_https and self._is_elsewhere(scope) else "Strict"
        return csrf_cookie(token, is_https=is_https, same_site=same_site)

    def _cookie(self, name: str, value: str, scope: Scope, max_age_s: int) -> str:
        is_https = self._clients.scheme(scope) == "https"
        same_site: SameSite = "None" if is_https and self._is_elsewhere(scope) else "Lax"
        path = REFRESH_PATH if name == REFRESH_COOKIE else "/"
        return set_cookie(
            name, value, max_age_s=max_age_s, is_https=is_https, path=path, same_site=same_site
        )

    def _is_elsewhere(self, scope: Scope) -> bool:
        sent = {name: value for name, value in scope["headers"] if name in {b"origin", b"host"}}
        origin = sent.get(b"origin", b"").decode("latin-1").lower()
        host = sent.get(b"host", b"").decode("latin-1").lower()
        return origin in self._allowed and origin.partition("://")[2] != host
