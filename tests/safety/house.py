"""The whole web process inside the test: real settings, database, services and sockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp
import pytest
from fastapi import FastAPI

from pantau.accounts.client import Client
from pantau.accounts.keys.values import NewKey
from pantau.accounts.sessions.values import Credentials, SignedIn
from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.values import NewUser
from pantau.app.accounts import Accounts, open_accounts
from pantau.app.foundation import Foundation, lay_foundation
from pantau.app.web import build_web
from pantau.audit.actors import CONSOLE
from pantau.core.clock import SystemClock
from pantau.core.listening import listen
from pantau.core.signing import derive_key
from pantau.core.supervisor import Supervisor
from pantau.db import place as places
from pantau.db.place import Place
from pantau.migrations.upgrade import upgrade
from pantau.settings import Settings
from pantau.ui.files import read_assets
from pantau.web.csrf import CsrfTokens
from pantau.web.fast_lane import FastLane
from pantau.web.late import LateApplication
from pantau.web.principal import Role
from pantau.web.server import ServerOptions, serve

PASSWORD = "Sunshine-Kettle-42"
CLIENT = Client(address="192.0.2.7", user_agent="Firefox")
WIDE = {"public_per_minute": 10**6, "auth_per_minute": 10**6, "admin_per_minute": 10**6}
"""Limits for tests that are not about limits."""
_laid: Final[list[bytes]] = []

# Files that never change are packed once a run, and not for every house.
pytest.MonkeyPatch().setattr("pantau.app.pages.read_assets", cache(read_assets))


class ShiftedClock(SystemClock):
    """The machine's clocks, ahead by what a test says."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_s)

    def unix_s(self) -> float:
        return super().unix_s() + self.ahead_s

    def mono_s(self) -> float:
        return super().mono_s() + self.ahead_s


@dataclass
class Told:
    """An answer, with its body as JSON where it is."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any

    @property
    def code(self) -> str:
        return str(self.json.get("code", "")) if isinstance(self.json, dict) else ""


@dataclass
class House:
    """A running web process and what a test may do to it."""

    base: Foundation
    accounts: Accounts
    lane: FastLane
    port: int
    clock: ShiftedClock
    http: aiohttp.ClientSession

    @property
    def rest(self) -> LateApplication:
        late = self.lane._app
        assert isinstance(late, LateApplication)
        return late

    async def application(self) -> FastAPI:
        app = await self.rest.loaded()
        assert isinstance(app, FastAPI)
        return app

    async def add_user(self, name: str, role: Role) -> int:
        new = NewUser(username=name, password=PASSWORD, role=role)
        return (await self.accounts.users.add(new, by=AT_THE_CONSOLE)).id

    async def sign_in(self, name: str) -> SignedIn:
        credentials = Credentials(username=name, password=PASSWORD)
        begun = await self.accounts.signing_in.sign_ins.sign_in(credentials, CLIENT)
        assert isinstance(begun, SignedIn)
        return begun

    async def sign_out(self, signed_in: SignedIn) -> None:
        answer = await self.ask("POST", "/api/auth/logout", bearer=signed_in.access_token)
        assert answer.status == 200

    async def add_key(self, *scopes: str) -> str:
        new = NewKey(client_name=f"key {' '.join(scopes)}"[:100], scopes=frozenset(scopes))
        _, secret = await self.accounts.keys.create(new, by=CONSOLE)
        return secret

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        cookie: str = "",
        bearer: str = "",
        key: str = "",
        **headers: str,
    ) -> Told:
        """Ask like a client that does everything right: with proof of intent beside cookies."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        cookies = {}
        if bearer:
            sent["authorization"] = f"Bearer {bearer}"
        if key:
            sent["x-api-key"] = key
        if cookie:
            cookies["token"] = cookie
        if method not in {"GET", "HEAD", "OPTIONS"} and not bearer and not key:
            token = self.csrf()
            cookies["csrf_token"] = token
            sent.setdefault("x-csrf-token", token)
        if cookies:
            sent["cookie"] = "; ".join(f"{name}={text}" for name, text in cookies.items())
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.http.request(
            method, url, json=json, headers=sent, allow_redirects=False
        ) as answer:
            text = await answer.text()
            is_json = answer.content_type.endswith("json")
            return Told(
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                text,
                await answer.json() if is_json and text else None,
            )

    async def ask_bytes(self, path: str) -> int:
        """Return the status of an answer that is no text."""
        async with self.http.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            await answer.read()
            return answer.status

    def csrf(self) -> str:
        """Return a token that this installation issued."""
        return CsrfTokens(derive_key(self.base.secret, "csrf"), self.clock).issue()


@asynccontextmanager
async def open_house(
    folder: Path, place: Place | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Run a web process with its data in `folder`, on a database of its own or on `place`."""
    chosen = _settings(folder, {"limits": WIDE, **settings, **_database(place)})
    if place is None:
        await _lay_tables(folder / places.FILE_NAME)
    clock, stopping = ShiftedClock(), asyncio.Event()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        base = await lay_foundation(chosen, clock=clock, supervisor=supervisor, closing=closing)
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        accounts = await open_accounts(base, supervisor=supervisor, closing=closing)
        lane = await build_web(base, accounts, supervisor, closing, stopping=stopping)
        listener = listen("127.0.0.1", 0)
        port: int = listener.getsockname()[1]
        up = asyncio.Event()
        served = supervisor.spawn(
            "test.serve",
            lambda: serve(
                lane,
                listener,
                stopping=stopping,
                options=ServerOptions(drain_s=1.0),
                on_listening=up.set,
            ),
        )
        await up.wait()
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            try:
                yield House(base, accounts, lane, port, clock, http)
            finally:
                stopping.set()
                await served


async def _lay_tables(file: Path) -> None:
    """Put the tables where there are none: they are made once a run, and copied."""
    if not _laid:
        with TemporaryDirectory(prefix="pantau-test-") as temporary:
            first = Path(temporary) / places.FILE_NAME
            await upgrade(
                places.sqlite_place(first), backups_dir=Path(temporary), clock=SystemClock()
            )
            _laid.append(first.read_bytes())
    _copy_tables(file)


def _copy_tables(file: Path) -> None:
    if not file.exists():
        file.write_bytes(_laid[0])


def _settings(folder: Path, chosen: dict[str, Any]) -> Settings:
    settings = Settings(data_dir=folder, **chosen)
    for each in (folder, settings.sockets_dir):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings


def _database(place: Place | None) -> dict[str, Any]:
    if place is None or place.is_sqlite:
        return {}
    url = place.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {"database": {"url": url}}
