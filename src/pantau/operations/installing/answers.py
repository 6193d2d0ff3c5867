"""The answers of an installation, and what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Supervisor = Literal["systemd", "pm2", "containers", "none"]
"""Who starts Pantau again when it ends, and with the machine."""
Proxy = Literal["nginx", "caddy", "none"]
"""Who speaks HTTPS to visitors."""


@dataclass(frozen=True, slots=True)
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
    program: Path
    """Absolute; the `pantau` that supervisors start: the environment of the current release, or
    the one that was asked."""

    @property
    def public_url(self) -> str:
        """Where visitors find the hub; empty where only the machine's address is known."""
        if not self.domain:
            return ""
        return (
            f"https://{self.domain}"
            if self.proxy != "none"
            else f"http://{self.domain}:{self.port}"
        )

    @property
    def host(self) -> str:
        """What our web process listens on."""
        return "127.0.0.1" if self.proxy != "none" else "0.0.0.0"
