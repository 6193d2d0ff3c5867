"""Gathers what `pantau doctor` looks at."""

import asyncio
import fcntl
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

import pantau
from pantau.app.cameras import SECRET_FILE
from pantau.app.database import database_place
from pantau.app.foundation import SEALING_FILE
from pantau.app.trail import look_at_trail
from pantau.app.worker import media_server_client
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.listening import PortError, listen
from pantau.db.examining import damage
from pantau.db.place import FILE_NAME
from pantau.media.capabilities import libav_version, missing_codecs
from pantau.migrations.upgrade import read_standing
from pantau.operations import doctor
from pantau.settings import Settings
from pantau.ui.catalogues import FOLDER as LANGUAGES

_LONGEST_SOCKET_NAME: Final = "media-shard-999-hls.sock"
_ANSWER_S: Final = 2.0


def examine(settings: Settings) -> list[doctor.Finding]:
    """Check everything; takes a few seconds at most."""
    package = Path(pantau.__file__).parent
    return [
        doctor.check_python(),
        doctor.check_clock(SystemClock().now(), package / "__init__.py"),
        doctor.check_codecs(libav_version, missing_codecs),
        doctor.check_data_folder(settings.data_dir),
        doctor.check_disk(settings.data_dir),
        *_kept_private(settings),
        doctor.check_languages(settings.data_dir / LANGUAGES),
        _database(settings),
        asyncio.run(look_at_trail(settings)),
        doctor.check_socket_folder(settings.sockets_dir, _LONGEST_SOCKET_NAME),
        doctor.check_port(
            settings.host,
            settings.port,
            refusal=lambda: _refusal(settings),
            is_ours=lambda: _is_pantau(settings),
        ),
        doctor.check_media_server(
            is_running=_is_running(settings), answer=lambda: _media_version(settings)
        ),
        doctor.check_vendor_files(package / "ui" / "static" / "vendor"),
        doctor.check_cameras(len(settings.cameras)),
    ]


def _kept_private(settings: Settings) -> list[doctor.Finding]:
    files = {"installation secret": SECRET_FILE, "keys of secrets": SEALING_FILE}
    return [
        doctor.check_private_file(name, settings.data_dir / file) for name, file in files.items()
    ]


def _database(settings: Settings) -> doctor.Finding:
    async def steps() -> tuple[str | None, str]:
        standing = await read_standing(database_place(settings), clock=SystemClock())
        return standing.stored, standing.newest

    return doctor.check_database(
        "PostgreSQL" if settings.database.url else FILE_NAME,
        steps=lambda: asyncio.run(steps()),
        damage=lambda: asyncio.run(damage(database_place(settings))),
    )


def _refusal(settings: Settings) -> str | None:
    try:
        listen(settings.host, settings.port).close()
    except PortError as error:
        return str(error)
    return None


def _is_pantau(settings: Settings) -> bool:
    address = f"http://{settings.host}:{settings.port}/health"
    try:
        told = json.loads(_body(address))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and "parts" in told and "timestampLocal" in told


def _body(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=_ANSWER_S) as answer:  # noqa: S310 - ours
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        # A hub that is not well says so with a 503 and the same body.
        body = error.read()
    return body


def _is_running(settings: Settings) -> bool:
    lock_file = settings.sockets_dir / "serve.lock"
    if not lock_file.exists():
        return False
    with lock_file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _media_version(settings: Settings) -> str | None:
    async def ask() -> str | None:
        async with media_server_client(settings) as server:
            try:
                return await server.version() or "an older MediaMTX"
            except Problem:
                return None

    return asyncio.run(ask())
