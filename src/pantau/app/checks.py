"""Gathers what `pantau doctor` looks at; measuring is done here, judging in operations/doctor."""

import os
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pantau
from pantau.app.cameras import SECRET_FILE
from pantau.app.checks_data import (
    look_at_backups,
    look_at_database,
    look_at_keys,
    look_at_server,
    moments_of_files,
    number_of_cameras,
)
from pantau.app.checks_recording import look_at_recording_source
from pantau.app.checks_running import (
    is_answered_by_pantau,
    is_running,
    listeners,
    look_at_release,
    look_at_shared_state,
    look_at_units,
    look_at_worker,
    media_version,
    pids_of,
)
from pantau.app.checks_site import look_at_site
from pantau.app.foundation import SEALING_FILE
from pantau.app.trail import look_at_trail
from pantau.core.clock import SystemClock
from pantau.core.listening import PortError, listen
from pantau.db.place import FILE_NAME
from pantau.media.capabilities import libav_version, missing_codecs
from pantau.operations.doctor import Finding, basics, clocks, databases, folders, limits, ports
from pantau.operations.doctor.examining import Check
from pantau.operations.doctor.examining import examine as carry_out
from pantau.operations.doctor.services import check_media_server
from pantau.operations.machine_limits import allowed_memory_bytes, least_open_files
from pantau.operations.machine_mounts import file_system_of
from pantau.recordings.kernel_clock import is_synchronised
from pantau.settings import Settings
from pantau.settings.load import config_file
from pantau.ui.catalogues import FOLDER as LANGUAGES

_LONGEST_SOCKET_NAME: Final = "media-shard-999-hls.sock"
_SLOW_S: Final = 120.0
"""Whole databases and trails are read; nothing else takes longer than seconds."""


def examine(settings: Settings) -> list[Finding]:
    """Check everything side by side; takes seconds, with a large database a minute."""
    return carry_out([*_machine(settings), *_installation(settings)], clock=SystemClock())


def _machine(settings: Settings) -> list[Check]:
    clock = SystemClock()
    return [
        Check("python", basics.check_python),
        Check("libav", lambda: basics.check_codecs(libav_version, missing_codecs), 30.0),
        Check(
            "clock",
            lambda: clocks.check_clock(clock.now(), moments_of_files(settings, _package())),
        ),
        Check(
            "time synchronisation",
            lambda: clocks.check_synchronisation(is_synchronised=is_synchronised()),
        ),
        # One check of three findings: all go by the number of cameras.
        Check("memory", partial(_size, settings), 30.0),
        Check("browser libraries", lambda: basics.check_vendor_files(_vendor())),
    ]


def _installation(settings: Settings) -> list[Check]:
    data = settings.data_dir
    return [
        Check("settings file", lambda: basics.check_settings_file(config_file())),
        Check("data folder", lambda: folders.check_data_folder(data)),
        Check("data folder rights", lambda: folders.check_closed_folder(data)),
        Check("owners", lambda: folders.check_owners(data, os.geteuid())),
        Check("disk", lambda: folders.check_disk("disk", data)),
        Check("file system", partial(_file_systems, settings), 15.0),
        *_footage(settings),
        Check("installation secret", _private("installation secret", data / SECRET_FILE)),
        Check("keys of secrets", _private("keys of secrets", data / SEALING_FILE)),
        Check("languages", lambda: basics.check_languages(data / LANGUAGES)),
        Check("database", partial(look_at_database, settings), _SLOW_S),
        *_by_kind_of_database(settings),
        Check("keys", partial(look_at_keys, settings), 30.0),
        Check("audit trail", partial(look_at_trail, settings), _SLOW_S),
        Check("backup", partial(look_at_backups, settings), 30.0),
        Check(
            "sockets",
            lambda: folders.check_socket_folder(settings.sockets_dir, _LONGEST_SOCKET_NAME),
        ),
        *_running(settings),
    ]


def _running(settings: Settings) -> list[Check]:
    checks = [
        Check("port", partial(_port, settings)),
        Check(
            "internal ports",
            lambda: ports.check_internal_ports(listeners(settings), site_port=settings.port),
        ),
        Check(
            "way around the proxy",
            lambda: ports.check_site_reach(
                settings.host, settings.public_url, settings.trusted_proxies
            ),
        ),
        Check("media server", partial(_media_server, settings)),
        Check("worker", partial(look_at_worker, settings)),
        Check("release", partial(look_at_release, settings)),
        Check("systemd units", look_at_units),
        # One check of three findings: they come from one conversation.
        Check("public address", partial(look_at_site, settings), 45.0),
    ]
    if settings.shared_state_url:
        checks.append(Check("shared state", partial(look_at_shared_state, settings)))
    if settings.media.api_url:
        checks.append(Check("recording source", partial(look_at_recording_source, settings), 30.0))
    return checks


def _by_kind_of_database(settings: Settings) -> list[Check]:
    if settings.database.url:
        return [Check("database server", partial(look_at_server, settings))]
    log = settings.data_dir / f"{FILE_NAME}-wal"
    return [Check("database log", lambda: databases.check_log_size(log))]


def _footage(settings: Settings) -> list[Check]:
    named = settings.recordings.dirs
    least_bytes = settings.recordings.reserve_bytes
    checks = []
    for folder in named or (settings.data_dir / "recordings",):
        look = partial(folders.check_recordings_folder, folder, must_exist=bool(named))
        checks.append(Check("recordings folder", look))
        if named:
            room = partial(folders.check_disk, "recordings disk", folder, least_bytes=least_bytes)
            checks.append(Check("recordings disk", room))
    return checks


def _file_systems(settings: Settings) -> list[Finding]:
    keeps_file = not settings.database.url
    return [
        folders.check_file_system(
            settings.data_dir, file_system_of(settings.data_dir), for_database=keeps_file
        ),
        *(
            folders.check_file_system(each, file_system_of(each), for_database=False)
            for each in settings.recordings.dirs
        ),
    ]


def _private(name: str, file: Path) -> Callable[[], Finding]:
    return lambda: folders.check_private_file(name, file)


async def _size(settings: Settings) -> list[Finding]:
    cameras = await number_of_cameras(settings)
    caches_bytes = settings.edge.cache_bytes + settings.cache.most_bytes
    of_what_runs = least_open_files(pids_of(settings))
    files = of_what_runs or resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return [
        basics.check_cameras(cameras),
        limits.check_memory(allowed_memory_bytes(), cameras=cameras, cache_bytes=caches_bytes),
        limits.check_open_files(files, cameras=cameras, is_running=of_what_runs is not None),
    ]


def _port(settings: Settings) -> Finding:
    return ports.check_port(
        settings.host,
        settings.port,
        refusal=lambda: _refusal(settings),
        is_ours=lambda: is_answered_by_pantau(settings),
    )


def _refusal(settings: Settings) -> str | None:
    try:
        listen(settings.host, settings.port).close()
    except PortError as error:
        return str(error)
    return None


def _media_server(settings: Settings) -> Finding:
    return check_media_server(
        is_running=is_running(settings),
        answer=lambda: media_version(settings),
        is_foreign=bool(settings.media.api_url),
    )


def _package() -> Path:
    return Path(pantau.__file__).parent


def _vendor() -> Path:
    return _package() / "ui" / "static" / "vendor"
