"""People in front of cameras, as the web process meets them: requests, cookies, beacons."""

from pantau.viewers.presence import Around, Presence, PresenceRules
from pantau.viewers.visitors import Salted
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest
from tests.support.clock import HandWoundClock

CLIENTS = ClientAddresses()
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def poll(
    address: str = "198.51.100.1",
    browser: str = PHONE,
    cookie: str = "",
    *,
    method: str = "GET",
    query: bytes = b"",
) -> HotRequest:
    """A request of somebody; `cookie` is the value of ours, 16 characters long."""
    headers = [(b"user-agent", browser.encode())]
    if cookie:
        headers.append((b"cookie", f"theme=dark; pantau_visitor={cookie}".encode()))
    scope = {
        "type": "http",
        "method": method,
        "path": "/hls/k/index.m3u8",
        "query_string": query,
        "client": (address, 4711),
        "headers": headers,
    }
    return HotRequest(scope, request_id=b"1", look_up_client=CLIENTS.of)


def empty_presence(
    clock: HandWoundClock,
    *,
    rules: PresenceRules | None = None,
    around: Around | None = None,
    salt: bytes = b"salt of a day",
) -> Presence:
    """Nobody yet."""
    return Presence(clock, salted=Salted(salt, "2026-03-01"), rules=rules, around=around)


def cookie_of_browser(number: int) -> str:
    """What the hub gave a browser."""
    return f"browser-{number:08d}"
