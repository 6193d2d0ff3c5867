"""Where a request for an account comes from."""

from dataclasses import dataclass
from typing import Final

from pantau.web.client_address import ClientAddresses
from pantau.web.cookies import cookie_of
from pantau.web.exchange import Scope

DEVICE_COOKIE: Final = "pantau_device"
_MOST_AGENT: Final = 300
_MOST_ADDRESS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What counts of a visitor when somebody signs in; make one with `client_of`."""

    address: str
    """As the trusted proxies tell it."""
    user_agent: str = ""
    device_cookie: str = ""
    """The cookie `pantau_device`, unchecked."""
    is_https: bool = False
    endpoint: str = ""
    """Method and path, such as `POST /api/auth/login`."""


def client_of(scope: Scope, clients: ClientAddresses) -> Client:
    """Return who sends this request."""
    agent = b""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            agent = value
    return Client(
        address=clients.of(scope)[:_MOST_ADDRESS],
        user_agent=_printable(agent)[:_MOST_AGENT],
        device_cookie=cookie_of(scope, DEVICE_COOKIE),
        is_https=clients.scheme(scope) == "https",
        endpoint=f"{scope['method']} {scope['path']}",
    )


def _printable(value: bytes) -> str:
    return "".join(sign for sign in value.decode("latin-1") if sign.isprintable())
