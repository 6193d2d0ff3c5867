"""What `pantau init` writes, and what to type after it."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from pantau.operations.installing import pm2, root_script
from pantau.operations.installing.answers import Answers
from pantau.operations.installing.config_file import config_text
from pantau.operations.installing.containers import (
    ALONE,
    CERTIFICATES,
    FULL_UPSTREAM,
    container_files,
)
from pantau.operations.installing.units import systemd_units
from pantau.operations.installing.writing import PRIVATE, PlannedFile
from pantau.operations.proxies.caddy import caddy_site
from pantau.operations.proxies.nginx import nginx_site
from pantau.operations.proxies.site import ProxySite

Version: TypeAlias = tuple[int, int, int]
FOLDER: Final = "install"
"""Beside `pantau.toml`: everything else."""
_EXECUTABLE: Final = 0o755
_VERSION_OF_NGINX: Final = re.compile(r"nginx/(\d+)\.(\d+)\.(\d+)")


def planned_files(
    answers: Answers, *, one_unit: bool = False, nginx_version: Version | None = None
) -> tuple[PlannedFile, ...]:
    """Return every file of an installation; raises Invalid when the proxy refuses an answer.

    Without `nginx_version` the site is for the nginx of this machine.
    """
    return tuple(_planned(answers, one_unit=one_unit, nginx_version=nginx_version))


def _planned(
    answers: Answers, *, one_unit: bool, nginx_version: Version | None
) -> Iterator[PlannedFile]:
    folder = answers.config_file.parent / FOLDER
    units: tuple[str, ...] = ()
    match answers.supervisor:
        case "containers":
            yield from _containers(answers, folder / "containers")
        case "systemd":
            texts = systemd_units(answers, one_unit=one_unit)
            units = tuple(texts)
            for name, text in texts.items():
                yield PlannedFile(folder / "systemd" / name, text, "unit of systemd")
            command = folder / root_script.COMMAND_NAME
            text = root_script.command(answers)
            yield PlannedFile(command, text, "what to type", _EXECUTABLE)
        case "pm2":
            text = pm2.ecosystem(answers)
            yield PlannedFile(folder / pm2.FILE_NAME, text, "apps of PM2")
    if answers.supervisor != "containers":
        yield PlannedFile(answers.config_file, config_text(answers), "settings", PRIVATE)
    yield from _site(answers, folder, nginx_version)
    if root_script.is_needed(answers):
        text = root_script.root_script(answers, units)
        file = folder / root_script.FILE_NAME
        yield PlannedFile(file, text, "steps that need root", _EXECUTABLE)


def _site(answers: Answers, folder: Path, version: Version | None) -> Iterator[PlannedFile]:
    if answers.proxy == "none":
        return
    site = ProxySite(
        host=answers.domain,
        upstream=f"127.0.0.1:{answers.port}",
        uploads=_uploads(),
        nginx_version=version or _nginx_version(),
    )
    if answers.proxy == "nginx":
        yield PlannedFile(folder / "nginx" / "pantau.conf", nginx_site(site), "site of nginx")
    else:
        yield PlannedFile(folder / "caddy" / "pantau.caddy", caddy_site(site), "site of Caddy")


def _containers(answers: Answers, folder: Path) -> Iterator[PlannedFile]:
    for name, text in container_files(answers).items():
        yield PlannedFile(folder / name, text, "containers")
    within = ProxySite(
        host=answers.domain,
        upstream=FULL_UPSTREAM,
        tls="files" if answers.domain else "none",
        certificate=CERTIFICATES / "fullchain.pem" if answers.domain else None,
        key=CERTIFICATES / "privkey.pem" if answers.domain else None,
        listen="" if answers.domain else "0.0.0.0",
        uploads=_uploads(),
        nginx_version=(1, 28, 0),
    )
    yield PlannedFile(folder / "nginx" / "pantau.conf", nginx_site(within), "site of nginx")


def _uploads() -> Mapping[str, int]:
    # It loads all pages, which an installation without a proxy need not wait for.
    from pantau.app.bodies import LARGER_BODIES  # noqa: PLC0415

    return LARGER_BODIES


def _nginx_version() -> Version:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    try:
        told = subprocess.run(  # noqa: S603 - the system's own nginx
            [program, "-v"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return (1, 22, 0)
    found = _VERSION_OF_NGINX.search(told.stderr)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (1, 22, 0)


def next_commands(answers: Answers, *, one_unit: bool = False) -> tuple[str, ...]:
    """Return what to type next, in this order; what needs root begins with sudo."""
    folder = answers.config_file.parent / FOLDER
    root = (f"sudo sh {_q(folder / root_script.FILE_NAME)}",)
    with_site = root if answers.proxy != "none" else ()
    config = f"PANTAU_CONFIG={_q(answers.config_file)}"
    pantau = _q(answers.environment / "bin" / "pantau")
    match answers.supervisor:
        case "systemd":
            started = "pantau.service" if one_unit else "pantau.target"
            started = f"sudo systemctl enable --now {started}"
            return (*root, started, f"sudo {root_script.COMMAND_NAME} admin-link")
        case "pm2":
            started = f"pm2 start {_q(folder / pm2.FILE_NAME)} && pm2 save"
            return (started, *with_site, f"{config} {pantau} admin-link")
        case "containers":
            compose = f"sudo docker compose -f {_q(folder / 'containers' / ALONE)}"
            return (*root, f"{compose} up -d --build", f"{compose} exec hub pantau admin-link")
        case _:
            # `serve` keeps the terminal; the link that was printed before works once it runs.
            return (*with_site, f"{config} {pantau} admin-link", f"{config} {pantau} serve")


def make_folders(answers: Answers) -> None:
    """Make what an installation without root needs: its folders, and the link to its release.

    Raises OSError.
    """
    for folder in (answers.data_dir, answers.releases_link.parent, answers.recordings_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not answers.releases_link.exists():
        answers.releases_link.unlink(missing_ok=True)
        answers.releases_link.symlink_to(answers.environment)


def _q(text: object) -> str:
    return shlex.quote(str(text))
