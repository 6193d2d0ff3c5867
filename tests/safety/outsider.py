"""Those who come from outside: a page of the reference's client, and a loop that does not wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from pantau.app.cameras import add_missing_configured
from pantau.core.clock import SystemClock
from pantau.settings import CameraSettings
from tests.safety.house import PASSWORD, House

HOST: Final = "cctv.example"
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"
CAMERA_PASSWORD: Final = "geheim-7g2k"
CAMERA_HOST: Final = "10.77.0.9"
CAMERAS: Final = tuple(
    CameraSettings(
        name=name,
        source=f"rtsp://operator:{CAMERA_PASSWORD}@{CAMERA_HOST}:554/{name.lower()}",
        area="North",
        latitude=-7.15,
        longitude=111.88,
        enabled=is_enabled,
    )
    for name, is_enabled in (("Gate", True), ("Yard", True), ("Hidden", False))
)


@dataclass
class Heard:
    """An answer as a client gets it."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    json: Any

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def code(self) -> str:
        return str(self.json.get("code", "")) if isinstance(self.json, dict) else ""

    @property
    def cookies(self) -> dict[str, dict[str, str]]:
        """The attributes of the cookies that it sets, by name; the value is under ''."""
        found = {}
        for line in self.headers.getall("set-cookie", []):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            parts = (attribute.partition("=") for attribute in attributes)
            found[name] = {"": value, **{key: text for key, _, text in parts}}
        return found


@dataclass
class Page:
    """A page in a browser: its own jar, its own origin, a CSRF token for what it writes."""

    house: House
    http: aiohttp.ClientSession
    sent: dict[str, str]
    token: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Heard:
        """Ask as the reference's client does: cookies by the browser, the token in its header."""
        sent = {**self.sent, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.token and method != "GET":
            sent.setdefault("x-csrf-token", self.token)
        url = URL(f"http://127.0.0.1:{self.house.port}{path}", encoded=True)
        async with self.http.request(
            method, url, json=body, headers=sent, allow_redirects=False
        ) as answer:
            text = await answer.text(errors="replace")
            is_json = answer.content_type.endswith("json") and bool(text)
            return Heard(
                answer.status, answer.headers, text, await answer.json() if is_json else None
            )

    async def load(self) -> "Page":
        """Do what every load of a page does: fetch the token."""
        self.token = (await self.ask("GET", "/api/auth/csrf")).data["token"]
        return self

    async def sign_in(self, name: str, password: str = PASSWORD) -> Heard:
        return await self.ask("POST", "/api/auth/login", {"username": name, "password": password})

    async def is_in(self) -> bool:
        return (await self.ask("GET", "/api/auth/verify")).status == 200

    def held(self, name: str) -> str:
        """Return the value of a cookie in the jar."""
        jar = {cookie.key: cookie.value for cookie in self.http.cookie_jar}
        return jar.get(name, "")

    def keep(self, name: str, value: str) -> None:
        """Put a cookie into the jar."""
        address = URL(f"http://127.0.0.1:{self.house.port}/")
        self.http.cookie_jar.update_cookies({name: value}, address)


@asynccontextmanager
async def page(
    house: House, *, is_https: bool = False, address: str = "", origin: str = ""
) -> AsyncIterator[Page]:
    """Open a browser on the hub's own site, reached through a proxy that names the visitor."""
    scheme = "https" if is_https else "http"
    sent = {
        "host": HOST,
        "origin": origin or f"{scheme}://{HOST}",
        "user-agent": AGENT,
        "x-forwarded-proto": scheme,
    }
    if address:
        sent["x-forwarded-for"] = address
    own = URL(f"http://127.0.0.1:{house.port}")
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=own if is_https else None)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Page(house, http, sent)


@dataclass
class Unhurried(SystemClock):
    """A clock on which sleeping costs the test nothing; it tells how long was slept."""

    house: House
    slept: list[float] = field(default_factory=list)

    def unix_s(self) -> float:
        return self.house.clock.unix_s()

    def mono_s(self) -> float:
        return self.house.clock.mono_s()

    async def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        await asyncio.sleep(0.001)


def make_delays_free(house: House) -> list[float]:
    """Let the delays after wrong passwords pass at once; return how long they were."""
    clock = Unhurried(house)
    house.accounts.signing_in.attempts._clock = clock
    return clock.slept


async def add_cameras(house: House) -> None:
    """Bring in cameras with passwords in their addresses, and wait until the public sees them."""
    base = house.base
    settings = base.settings.model_copy(update={"cameras": CAMERAS})
    await add_missing_configured(settings, base.database, base.sealer, clock=base.clock)

    async def are_listed() -> bool:
        return len((await house.ask("GET", "/api/stream")).json["data"]) == 2

    await soon(are_listed, "the cameras are listed")


async def soon(
    condition: Callable[[], Awaitable[bool]], what: str, *, timeout_s: float = 45.0
) -> float:
    """Ask until it is so; return how many seconds that took."""
    began_mono = time.monotonic()
    while not await condition():
        assert time.monotonic() - began_mono < timeout_s, f"not within {timeout_s} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began_mono
