"""The systemd units of an installation: hardened, and so apart that none restarts another."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pantau.operations.installing.answers import Answers

TARGET: Final = "pantau.target"
RUNTIME_NAME: Final = "pantau"
"""Folder below /run for sockets, which the three units share."""
_DRAIN_S: Final = 45
"""How long a stop may take: longer than any `drain_s` that an operator sets without need."""
_LOWEST_FREE_PORT: Final = 1024
_FORM: Final = re.compile(r"^# Written by `pantau init`, form ([0-9a-f]{8})\.", re.MULTILINE)

Unit = Sequence[tuple[str, Sequence[str]]]
"""Sections in order, each with its lines; lines that begin with # are comments."""

_PURPOSES: Final = {
    "media": "cameras, live windows and recordings",
    "worker": "housekeeping, health and alerts",
    "web": "pages, API and streams",
}
_OOM_ORDER: Final = {"media": -300, "worker": -100, "web": 100}
"""Who ends first when memory runs out: the web is back in seconds, footage is not."""
_MEMORY_HIGH: Final = {"media": "4G", "worker": "1G", "web": "1536M"}
"""Above it a process is slowed down, never ended: a leak is felt by itself and not by others."""


def systemd_units(answers: Answers, *, one_unit: bool = False) -> dict[str, str]:
    """Return the text of each unit by its file name."""
    if one_unit:
        return {"pantau.service": _headed(_service(answers, None))}
    units = {f"pantau-{name}.service": _headed(_service(answers, name)) for name in _PURPOSES}
    return {**units, TARGET: _headed(_target())}


def _target() -> Unit:
    wanted = " ".join(f"pantau-{name}.service" for name in _PURPOSES)
    return (
        ("Unit", ("Description=Pantau: the public CCTV hub", f"Wants={wanted}")),
        ("Install", ("WantedBy=multi-user.target",)),
    )


def _service(answers: Answers, name: str | None) -> Unit:
    what = f"Pantau {name}: {_PURPOSES[name]}" if name else "Pantau: the public CCTV hub"
    return (
        ("Unit", tuple(_unit_section(answers, name, what))),
        ("Service", tuple(_service_section(answers, name))),
        ("Install", (f"WantedBy={TARGET if name else 'multi-user.target'}",)),
    )


def _unit_section(answers: Answers, name: str | None, what: str) -> Iterable[str]:
    yield f"Description={what}"
    yield "Wants=network-online.target"
    yield "After=network-online.target time-sync.target postgresql.service valkey-server.service"
    yield f"RequiresMountsFor={_path(answers.data_dir)}"
    if name in {"web", "worker"}:
        yield "# Whoever restarts the target deploys: that touches no camera and no recording."
        yield f"PartOf={TARGET}"
    yield "StartLimitIntervalSec=600"
    yield "StartLimitBurst=20"


def _service_section(answers: Answers, name: str | None) -> Iterable[str]:
    yield "Type=notify"
    yield "NotifyAccess=main"
    yield f"User={answers.user}"
    yield f"WorkingDirectory={_whole_path(answers.data_dir)}"
    yield f"Environment={_word(f'PANTAU_CONFIG={answers.config_file}')}"
    only = f" --only {name}" if name else ""
    yield f"ExecStart={_command(answers.program)} serve{only}"
    if name != "media":
        yield "ExecReload=/bin/kill -HUP $MAINPID"
    yield "TimeoutStartSec=180"
    yield f"TimeoutStopSec={_DRAIN_S if name else 3 * _DRAIN_S}"
    yield "# The first signal goes to the parent alone, which ends its child in order."
    yield "KillMode=mixed"
    yield "Restart=always"
    yield "RestartSec=5"
    yield "# Wrong settings do not become right by starting again."
    yield "RestartPreventExitStatus=2"
    yield ""
    yield from _resources(name)
    yield ""
    yield from _confinement(answers, name)


def _resources(name: str | None) -> Iterable[str]:
    yield f"MemoryHigh={_MEMORY_HIGH[name] if name else '6G'}"
    yield f"OOMScoreAdjust={_OOM_ORDER[name] if name else -100}"
    yield "OOMPolicy=continue"
    yield "LimitNOFILE=65536"
    yield "LimitCORE=0"
    yield "TasksMax=4096"


def _confinement(answers: Answers, name: str | None) -> Iterable[str]:
    yield "UMask=0077"
    yield f"RuntimeDirectory={RUNTIME_NAME}"
    yield "RuntimeDirectoryMode=0700"
    yield "# The others' sockets are in it too."
    yield "RuntimeDirectoryPreserve=yes"
    yield "ProtectSystem=strict"
    yield f"ReadWritePaths={_path(answers.data_dir)}"
    if not answers.recordings_dir.is_relative_to(answers.data_dir):
        yield "# A disk that is not there must not keep the streams from starting."
        yield f"ReadWritePaths={_path(answers.recordings_dir, optional=True)}"
    yield f"ProtectHome={_protect_home(answers)}"
    yield from _FIXED_CONFINEMENT
    capability = "CAP_NET_BIND_SERVICE" if _needs_low_port(answers, name) else ""
    yield f"CapabilityBoundingSet={capability}"
    yield f"AmbientCapabilities={capability}"


_FIXED_CONFINEMENT: Final = (
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "PrivateMounts=yes",
    "NoNewPrivileges=yes",
    "ProtectHostname=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "# libav scales, decodes and encodes without writing code for itself (PyAV 18, 2026-11-22).",
    "MemoryDenyWriteExecute=yes",
    "RemoveIPC=yes",
    "KeyringMode=private",
    "SystemCallArchitectures=native",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @obsolete @keyring",
    "# Asking whether the clock is kept right, which ProtectClock= would forbid; to set it takes a",
    "# capability that nobody has here.",
    "SystemCallFilter=adjtimex clock_adjtime",
)


def _needs_low_port(answers: Answers, name: str | None) -> bool:
    return name in {None, "web"} and 0 < answers.port < _LOWEST_FREE_PORT


def _protect_home(answers: Answers) -> str:
    homes = (Path("/home"), Path("/root"), Path("/run/user"))
    used = (answers.data_dir, answers.recordings_dir, answers.program, answers.config_file)
    is_used = any(path.is_relative_to(home) for path in used for home in homes)
    return "read-only" if is_used else "yes"


def _text(unit: Unit) -> str:
    parts = ["\n".join((f"[{title}]", *lines)) for title, lines in unit]
    return "\n\n".join(parts) + "\n"


def form() -> str:
    """Return what tells the units of this version from those of others: some digits."""
    folder = Path("/form")
    like = Answers(
        domain="",
        port=3000,
        data_dir=folder,
        recordings_dir=folder / "recordings",
        supervisor="systemd",
        proxy="none",
        name="form",
        config_file=folder / "pantau.toml",
        user="pantau",
        environment=folder,
    )
    texts = [_text(_service(like, name)) for name in (None, *_PURPOSES)]
    return hashlib.sha256("".join([*texts, _text(_target())]).encode()).hexdigest()[:8]


def form_of(text: str) -> str:
    """Return the form that a unit says it has; empty where it says nothing."""
    found = _FORM.search(text)
    return found[1] if found else ""


def _headed(unit: Unit) -> str:
    return (
        f"# Written by `pantau init`, form {form()}.  Changes of your own belong into a file\n"
        f"# beside it, which `systemctl edit` makes.\n\n{_text(unit)}"
    )


def _whole_path(path: Path) -> str:
    """Return a path for a key that takes the rest of the line as one path."""
    return str(path).replace("%", "%%")


def _path(path: Path, *, optional: bool = False) -> str:
    """Return a path for a key that takes several, `-` before it where it may be missing."""
    return _word(f"{'-' if optional else ''}{path}")


def _word(text: str) -> str:
    """Return one word of a unit: % begins a specifier there, and quotes keep spaces together."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if any(letter in escaped for letter in " \t'\"\\;") else escaped


def _command(program: Path) -> str:
    """Return the program of a command line, where $ begins a variable as well."""
    return _word(str(program)).replace("$", "$$")
