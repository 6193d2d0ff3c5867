"""The admin for a browser: a server in a thread of its own, with people and a past."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Page

from pantau.accounts.keys.values import NewKey
from pantau.audit.actors import CONSOLE, Actor
from pantau.audit.events import Action, SecurityEvent
from pantau.db import place as places
from pantau.settings.model import LimitSettings
from tests.accounts.house import PASSWORD, HurriedClock
from tests.admin.house import AdminHouse, MorePages, admin_house
from tests.support.database import opened

_T = TypeVar("_T")
_PATIENCE_S = 30.0
_LIMITS = LimitSettings(
    admin_per_minute=10_000, auth_per_minute=10_000, address_failures=1000, public_per_minute=10_000
)
PHONE = "Mozilla/5.0 (Linux; Android 13; SM-A047F) AppleWebKit/537.36 Chrome/126.0 Mobile Safari"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass
class AdminHub:
    """What a browser test needs: the address, and a way to ask the server's own loop."""

    house: AdminHouse
    loop: asyncio.AbstractEventLoop

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.port}"

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Have the server's loop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE_S)

    def sign_in(self, page: Page, name: str = "rini", *, then: str = "/admin") -> None:
        """Sign in as people do, and open a page."""
        page.goto(f"{self.address}/admin/sign-in")
        page.fill("#f-username", name)
        page.fill("#f-password", PASSWORD)
        page.click("[data-part=send]")
        page.wait_for_url(f"{self.address}/admin")
        if then != "/admin":
            page.goto(self.address + then)


@contextmanager
def open_admin(file: Path, more: MorePages = lambda _: ()) -> Iterator[AdminHub]:
    """Serve the admin on a migrated SQLite file until the block ends."""
    ready: threading.Event = threading.Event()
    held: list[AdminHub] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        stop = asyncio.Event()
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(opened(places.sqlite_place(file)))
            house = await stack.enter_async_context(
                admin_house(database, clock=HurriedClock(), limits=_LIMITS, more=more)
            )
            await furnish(house)
            hub = AdminHub(house, asyncio.get_running_loop())
            hub.loop.stop_admin = stop.set  # type: ignore[attr-defined]  # for the end below
            held.append(hub)
            ready.set()
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(_PATIENCE_S)
    if failures:
        raise failures[0]
    hub = held[0]
    try:
        yield hub
    finally:
        hub.loop.call_soon_threadsafe(hub.loop.stop_admin)  # type: ignore[attr-defined]
        thread.join(_PATIENCE_S)


async def furnish(house: AdminHouse) -> None:
    """Give the hub areas, people in every role, sessions, keys and a past."""
    for name in ("Wanasari", "Margaluyu", "Kali Bening", "Ciwetan", "Sukadami"):
        await house.area(name)
    await house.add("rini", "admin")
    house.clock.wind(86_400 * 2)
    await house.add("Pangeran_Kusumadilaga-Margaluyu-Sukadami-1", "operator")
    budi = await house.add("budi", "operator", area_ids=frozenset({1, 2}))
    await house.add("dewi", "viewer")
    await house.tokens("dewi", address="2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", agent=PHONE)
    await house.tokens("rini", address="192.0.2.40", agent=PHONE)
    house.clock.wind(3_600 * 5)
    await house.tokens("budi", address="192.0.2.41", agent=LAPTOP)
    await house.tokens("budi", address="192.0.2.42", agent=HOSTILE)
    await house.keys.create(
        NewKey(client_name="Layar balai kota", description="Lobi, lantai 1"), by=CONSOLE
    )
    house.trail.note(SecurityEvent.AUTH_FAILURE, address="203.0.113.9", username="admin")
    house.trail.note(SecurityEvent.AUTH_FAILURE, address="203.0.113.9", username="admin")
    await house.trail.flush(everything=True)
    rini = Actor("session", 1, "rini", "192.0.2.40", PHONE, f"PUT /api/users/{budi.id}")
    async with house.database.write() as work:
        await house.trail.record(
            work,
            rini,
            Action.UPDATE_CAMERA,
            target="camera 3 (Simpang Empat Jalan Raya Pangeran Kusumadilaga–Terminal Lama)",
            before={"name": "Simpang Empat", "enabled": True, "password": "a"},
            after={"name": HOSTILE, "enabled": False, "password": "b"},
        )
    house.clock.wind(60 * 20)
