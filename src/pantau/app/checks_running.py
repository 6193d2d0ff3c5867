"""What `pantau doctor` asks of what runs: the hub itself, its media server, its supervisor."""

import asyncio
import fcntl
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pantau.app.asking import asked
from pantau.app.media_server import media_server_client
from pantau.app.release_hub import address_here
from pantau.core.build import build_id
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.family_file import read_family
from pantau.core.releases import CURRENT, current_environment
from pantau.operations.doctor import Finding, services
from pantau.operations.doctor.ports import Listener
from pantau.operations.installing.units import form, form_of
from pantau.operations.machine_limits import listening_sockets
from pantau.operations.release_steps.state import is_deploying, read_state
from pantau.operations.vitals import read_vitals
from pantau.settings import Settings
from pantau.web.state_policy import memory_policy

_UNITS: Final = Path("/etc/systemd/system")
_LOCK_FILE: Final = "serve.lock"


def is_answered_by_pantau(settings: Settings) -> bool:
    """Tell whether what listens on our port is a Pantau."""
    try:
        _, told = asked(f"{address_here(settings)}/health")
    except (OSError, ValueError):
        return False
    return is_health(told)


def is_health(told: object) -> bool:
    """Tell whether an answer is that of our `/health`."""
    return isinstance(told, dict) and "parts" in told and "timestampLocal" in told


def is_running(settings: Settings) -> bool:
    """Tell whether any process of this installation runs."""
    return _is_locked(settings.sockets_dir / _LOCK_FILE) or bool(pids_of(settings))


def _is_locked(file: Path) -> bool:
    if not file.exists():
        return False
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def pids_of(settings: Settings) -> dict[int, str]:
    """Return the processes of this installation that run, with their names."""
    family = read_family(settings.sockets_dir)
    vitals = read_vitals(settings.sockets_dir, now=SystemClock().now())
    # The worker of a small hub is a part of its web process, and has its number.
    found = {each.pid: each.process for each in vitals if not each.is_part}
    return found | dict.fromkeys(family.parents, "serve")


def listeners(settings: Settings) -> list[Listener]:
    """Return what our processes listen on, and a media server of the operator's on this machine."""
    ours = pids_of(settings)
    foreign = _foreign_ports(settings)
    return [
        Listener(each.host, each.port, ours.get(each.pid or 0, "the media server"))
        for each in listening_sockets()
        if each.pid in ours or each.port in foreign
    ]


def _foreign_ports(settings: Settings) -> set[int]:
    address = urlsplit(settings.media.api_url)
    is_here = address.hostname in {"127.0.0.1", "localhost", "::1"}
    return {address.port} if is_here and address.port else set()


def media_version(settings: Settings) -> str | None:
    """Return what the media server calls itself; None: it does not answer."""

    async def ask() -> str | None:
        async with media_server_client(settings) as server:
            try:
                return await server.version() or "an older MediaMTX"
            except Problem:
                return None

    return asyncio.run(ask())


async def look_at_shared_state(settings: Settings) -> Finding:
    """Say whether Valkey answers, and what it does when it is full."""
    return services.check_shared_state(await memory_policy(settings.shared_state_url))


def look_at_release(settings: Settings) -> Finding:
    """Say whether what is installed is what runs."""
    folder = settings.releases_folder
    interrupted = read_state(folder).interrupted
    is_half_way = interrupted is not None and not is_deploying(folder)
    vitals = read_vitals(settings.sockets_dir, now=SystemClock().now())
    facts = services.ReleaseFacts(
        current=current_environment(folder),
        link_is_there=(folder / CURRENT).is_symlink(),
        asked=own_environment(),
        interrupted=str(interrupted.phase) if interrupted is not None and is_half_way else "",
        # The engine stays when nothing of it changed: its build is told by itself.
        running={each.process: each.build for each in vitals if each.process != "media"},
        build=build_id(),
    )
    return services.check_release(facts)


def look_at_worker(settings: Settings) -> Finding:
    """Say whether the worker inside a web process works, where it is inside one."""
    vitals = read_vitals(settings.sockets_dir, now=SystemClock().now())
    found = [each.part_failure for each in vitals if each.part_failure and not each.is_stopping]
    return services.check_worker({each.kind: each.sentence for each in found})


def own_environment() -> Path:
    """Return the environment of this very command, with every link resolved."""
    return Path(sys.prefix).resolve()


def look_at_units(folder: Path = _UNITS) -> Finding:
    """Say whether the units of systemd are of this version."""
    found = [*folder.glob("pantau*.service"), *folder.glob("pantau*.target")]
    forms = {file.name: form_of(file.read_text(encoding="utf-8")) for file in sorted(found)}
    return services.check_units(forms, form())
