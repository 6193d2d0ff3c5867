"""Takes an RTSP address apart as operators paste it; joins those that cameras answer with."""

import re
from typing import Final
from urllib.parse import quote, unquote

from pantau.media.errors import Cause, SourceError
from pantau.media.sources.net.address import Address

_DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}
_ADDRESS: Final = re.compile(r"(rtsps?)://([^/]*)(.*)", re.IGNORECASE | re.DOTALL)
_HOST_AND_PORT: Final = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:\[\]\s]+))(?::(\d{0,5}))?")
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_CHARACTERS: Final = 2_048
# Everything that RFC 3986 lets stand in a path or query; cameras compare addresses byte by byte.
_PLAIN: Final = "/?#[]@!$&'()*+,;=:%~"


def parse_address(url: str) -> Address:
    """Read `url`; raises `SourceError` without repeating it.

    A login ends at the last `@` before the first `/`: `@`, `?` and `#` need no escape in passwords.
    """
    if _CONTROL_CHARACTERS.search(url) or len(url) > _MOST_CHARACTERS:
        raise SourceError(Cause.UNREACHABLE, "the address holds characters that no address has")
    parts = _ADDRESS.fullmatch(url.strip())
    if parts is None:
        raise SourceError(Cause.UNREACHABLE, "the address does not begin with rtsp:// or rtsps://")
    scheme, authority, rest = parts[1].lower(), parts[2], parts[3]
    login, _, place = authority.rpartition("@")
    if not login and "?" in place:
        place, _, query = place.partition("?")
        rest = f"/?{query}{rest}"
    host_and_port = _HOST_AND_PORT.fullmatch(place)
    if host_and_port is None:
        raise SourceError(Cause.UNREACHABLE, "the address has no valid host and port")
    host = host_and_port[1] or host_and_port[2]
    port = int(host_and_port[3] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= 0xFFFF:
        raise SourceError(Cause.UNREACHABLE, "the address has an impossible port")
    user, _, password = login.partition(":")
    user, password = unquote(user), unquote(password)
    if _CONTROL_CHARACTERS.search(user + password):
        raise SourceError(Cause.UNREACHABLE, "the login holds characters that no login has")
    shown_host = f"[{host}]" if ":" in host else host
    port_text = f":{host_and_port[3]}" if host_and_port[3] else ""
    return Address(
        host,
        port,
        scheme == "rtsps",
        f"{scheme}://{quote(shown_host, safe='[]:.%')}{port_text}{_escaped(rest)}",
        user,
        password,
    )


def join_control(base: str, control: str) -> str:
    """Return the address that a control attribute means.

    Plain concatenation instead of RFC 3986: cameras with a query in their address expect that
    (`…?channel=1/trackID=0`), because every other client does it.
    """
    control = _escaped(_CONTROL_CHARACTERS.sub("", control.strip()))[:_MOST_CHARACTERS]
    if not control or control == "*":
        return base
    if _ADDRESS.match(control):
        return _without_login(control)
    if control[0] in "/?" or base.endswith("/"):
        return base.rstrip("/") + control if control[0] == "/" else base + control
    return f"{base}/{control}"


def base_of(answered: str, request_url: str) -> str:
    """Return what Content-Base or Content-Location means; for nonsense the address asked for."""
    answered = _escaped(_CONTROL_CHARACTERS.sub("", answered.strip()))[:_MOST_CHARACTERS]
    if _ADDRESS.match(answered):
        return _without_login(answered)
    asked = _ADDRESS.match(request_url)
    if answered.startswith("/") and asked is not None:
        return f"{asked[1]}://{asked[2]}{answered}"
    return request_url


def _escaped(text: str) -> str:
    return quote(text, safe=_PLAIN)


def _without_login(url: str) -> str:
    parts = _ADDRESS.match(url)
    assert parts is not None
    return f"{parts[1]}://{parts[2].rpartition('@')[2]}{parts[3]}"
