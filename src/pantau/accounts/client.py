"""Where a request for an account comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What counts of a visitor when somebody signs in; make one with `client_of`."""

    address: str
    """As the trusted proxies tell it."""
    user_agent: str = ""
    device_cookie: str = ""
    """The cookie `pantau_device`, unchecked."""
    is_https: bool = False
