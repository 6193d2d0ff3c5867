"""What systemd wants to hear of a service (sd_notify(3)), told by hand over its datagram socket."""

import contextlib
import os
import socket
from typing import Final

_VARIABLE: Final = "NOTIFY_SOCKET"
_WATCHDOG: Final = ("WATCHDOG_USEC", "WATCHDOG_PID")


class ServiceManager:
    """Whoever started this process and wants to know how it is; nobody where it does not say so."""

    def __init__(self, address: str = "", *, watchdog_s: float = 0.0) -> None:
        self._address = address
        self.watchdog_s: float = watchdog_s
        """After so long without a word the process counts as hung; 0: nobody watches."""

    @classmethod
    def introduced(cls) -> "ServiceManager":
        """Return who the environment names; our own children are not to speak with them."""
        address = os.environ.pop(_VARIABLE, "")
        usec, pid = (os.environ.pop(name, "") for name in _WATCHDOG)
        is_for_us = usec.isdigit() and pid in {"", str(os.getpid())}
        return cls(address, watchdog_s=int(usec) / 1e6 if is_for_us else 0.0)

    def ready(self) -> None:
        """Say that the service does its work, or does it again after a reload."""
        self._say("READY=1")

    def reloading(self, *, mono_s: float) -> None:
        """Say that a reload began at `mono_s`; `ready` says that it is over."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={int(mono_s * 1e6)}")

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._say("STOPPING=1")

    def alive(self) -> None:
        """Say that the process is not stuck."""
        self._say("WATCHDOG=1")

    def _say(self, message: str) -> None:
        if not self._address.startswith(("/", "@")):
            return
        # A name of the abstract namespace is written with @ where it has a zero byte.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        # Whoever does not listen misses it: no reason to fail.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out,
        ):
            out.sendto(message.encode(), address)
