"""The answers of an installation, and what is wrong with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from pantau.core.errors import Invalid

Supervisor = Literal["systemd", "pm2", "containers", "none"]
"""Who starts Pantau again when it ends, and with the machine."""
Proxy = Literal["nginx", "caddy", "none"]
"""Who speaks HTTPS to visitors."""
SUPERVISORS: Final[tuple[str, ...]] = get_args(Supervisor)
PROXIES: Final[tuple[str, ...]] = get_args(Proxy)

_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}|localhost")
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_LONGEST_NAME: Final = 60
_LONGEST_DOMAIN: Final = 253
_OF_THE_MACHINE: Final = frozenset(
    Path(each)
    for each in (
        *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt"),
        *("/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin"),  # noqa: S108
        *("/usr/lib", "/usr/local", "/usr/share", "/var", "/var/cache", "/var/lib", "/var/log"),
        *("/var/run", "/var/spool", "/var/tmp"),  # noqa: S108
    )
)
"""What `install.sh` would close to everybody else if it were the folder of data."""
_NOT_ON_DISK: Final = tuple(Path(each) for each in ("/dev", "/proc", "/run", "/sys"))
_PASSING: Final = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
"""Folders that every unit of systemd has for itself alone (PrivateTmp), empty at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What `pantau init` was told; everything it writes follows from these alone."""

    domain: str
    """Name under which visitors come, such as cctv.example.org; empty: by the machine's address."""
    port: int
    """Where our web process listens; on loopback when there is a proxy."""
    data_dir: Path
    """Absolute; everything that must survive."""
    recordings_dir: Path
    """Absolute; footage."""
    supervisor: Supervisor
    proxy: Proxy
    name: str
    """What visitors call the hub."""
    config_file: Path
    """Absolute; the `pantau.toml` of this installation."""
    user: str
    """The account that Pantau runs as."""
    environment: Path
    """Absolute; the virtual environment that Pantau was installed into."""

    @property
    def public_url(self) -> str:
        """Where visitors find the hub; empty where only the machine's address is known."""
        if not self.domain:
            return ""
        scheme, port = ("https", "") if self.proxy != "none" else ("http", f":{self.port}")
        return f"{scheme}://{self.domain}{'' if port == ':80' else port}"

    @property
    def host(self) -> str:
        """What our web process listens on."""
        return "127.0.0.1" if self.proxy != "none" else "0.0.0.0"

    @property
    def releases_link(self) -> Path:
        """The link to the environment of the current release."""
        return self.data_dir / "releases" / "current"

    @property
    def program(self) -> Path:
        """What supervisors start: always that of the current release."""
        return self.releases_link / "bin" / "pantau"


def plain_domain(written: str) -> str:
    """Return the bare name in what people type: an address, capitals, letters beyond ASCII.

    Raises Invalid for what is no name; empty stays empty.
    """
    text = written.strip()
    if not text:
        return ""
    address = text if "://" in text else f"//{text}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii").rstrip(".")
        is_plain = parts.port is None and not parts.path.strip("/") and not parts.username
    except (UnicodeError, ValueError):
        host, is_plain = "", False
    if not is_plain or len(host) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(host):
        raise Invalid(
            "init.domain",
            f"“{text}” is no name such as cctv.example.org: without a port, without a path.",
            field="domain",
        )
    return host


def mistakes(answers: Answers) -> Iterator[tuple[str, str]]:
    """Give the flag and a sentence for everything that cannot be used together."""
    if answers.proxy != "none" and not answers.domain:
        sentence = "A proxy needs the name under which visitors come, for its certificate."
        yield "domain", f"{sentence} Give one, or choose no proxy."
    if not 0 < answers.port <= 65_535:
        yield "port", "A port is a number from 1 to 65535."
    elif answers.proxy != "none" and answers.port in {80, 443}:
        yield "port", f"The proxy itself needs port {answers.port}; take another, such as 3000."
    if not answers.name.strip() or len(answers.name) > _LONGEST_NAME:
        yield "name", f"A name has one to {_LONGEST_NAME} characters."
    elif not answers.name.isprintable():
        yield "name", "A name is one line of letters that can be seen."
    if not _USER.fullmatch(answers.user):
        yield "user", f"“{answers.user}” is no name of an account."
    elif answers.user == "root" and answers.supervisor == "systemd":
        yield "user", "Let it run as an account of its own, such as pantau, and not as root."
    folders = {"data": answers.data_dir, "recordings": answers.recordings_dir}
    for flag, folder in folders.items():
        if _is_of_the_machine(folder):
            sentence = "belongs to the whole machine; give a folder of its own, such as"
            yield flag, f"“{folder}” {sentence} /srv/pantau."
    files = {**folders, "config": answers.config_file}
    for flag, folder in files.items():
        yield from ((flag, sentence) for sentence in _wrong_with_path(folder))
    if answers.supervisor == "systemd":
        yield from _hidden_from_units({**files, "supervisor": answers.environment})
    if answers.data_dir.is_relative_to(answers.recordings_dir):
        yield (
            "recordings",
            "Footage needs a folder of its own, inside the data folder or elsewhere.",
        )


def _hidden_from_units(paths: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    for flag, path in paths.items():
        if any(map(path.is_relative_to, _PASSING)):
            sentence = "each has a /tmp of its own. Take a place such as /srv/pantau."
            yield flag, f"Services of systemd do not see “{path}”: {sentence}"


def _is_of_the_machine(folder: Path) -> bool:
    is_home = folder.parent == Path("/home")
    return folder in _OF_THE_MACHINE or is_home or any(map(folder.is_relative_to, _NOT_ON_DISK))


def _wrong_with_path(path: Path) -> Iterator[str]:
    if not path.is_absolute() or ".." in path.parts:
        yield f"“{path}” is not the whole path, which begins with a slash."
    elif len(path.parts) < 2:
        yield "Everything of this machine is no folder for it; give one of its own."
    elif not str(path).isprintable():
        yield "The path holds characters that cannot be seen."
