"""What `pantau init` can see at once about an answer: hints, because machines change."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pantau.core.listening import PortError, listen
from pantau.operations.installing.answers import Answers
from pantau.operations.machine_mounts import file_system_of, why_unfit

_LOOK_UP_S: Final = 3.0
_LEAST_FREE_BYTES: Final = 10 * 2**30


def notes(answers: Answers) -> Mapping[str, tuple[str, ...]]:
    """Return hints by the flag that they are about; nothing here keeps from installing."""
    found = {flag: notes_of(answers, flag) for flag in _LOOKS}
    return {flag: told for flag, told in found.items() if told}


def notes_of(answers: Answers, flag: str) -> tuple[str, ...]:
    """Return hints about one answer; takes three seconds at most."""
    look = _LOOKS.get(flag)
    return tuple(look(answers)) if look else ()


def _domain(answers: Answers) -> Iterator[str]:
    domain = answers.domain
    if domain and not _within(_LOOK_UP_S, lambda: bool(socket.getaddrinfo(domain, None))):
        yield f"{domain} leads nowhere yet: let its DNS record point to this machine."


def _port(answers: Answers) -> Iterator[str]:
    if answers.supervisor == "containers":
        return
    try:
        listen(answers.host, answers.port).close()
    except PortError as error:
        if os.geteuid() == 0 or answers.port > 1023:
            yield f"{error} (A Pantau that runs already is fine.)"


def _data(answers: Answers) -> Iterator[str]:
    folder = answers.data_dir
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        yield f"{there} is a file: choose another folder."
        return
    unfit = why_unfit(file_system_of(there), for_database=True)
    if unfit:
        yield f"{folder}: {unfit}"


def _footage(answers: Answers) -> Iterator[str]:
    folder = answers.recordings_dir
    there = next(each for each in (folder, *folder.parents) if each.exists())
    room = os.statvfs(there)
    free_bytes = room.f_bavail * room.f_frsize
    if free_bytes < _LEAST_FREE_BYTES:
        yield f"{folder} has {free_bytes / 2**30:.0f} GiB free: little for recordings."


def _supervisor(answers: Answers) -> Iterator[str]:
    match answers.supervisor:
        case "systemd":
            if not Path("/run/systemd/system").exists():
                yield "systemd does not run here."
            if answers.environment.is_relative_to("/root"):
                yield (
                    f"The account {answers.user} cannot read {answers.environment}: install "
                    "Pantau into /opt/pantau instead."
                )
        case "pm2" if shutil.which("pm2") is None:
            yield "There is no pm2 here: npm install --global pm2."
        case "containers" if shutil.which("docker") is None:
            yield "There is no docker here."


def _proxy(answers: Answers) -> Iterator[str]:
    name = answers.proxy
    if (
        name != "none"
        and shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None
    ):
        yield f"There is no {name} here: sudo apt-get install {name}."


def _within(deadline_s: float, look: Callable[[], bool]) -> bool:
    """Return what `look` says; False when it fails or takes longer."""
    said: list[bool] = []

    def run() -> None:
        try:
            said.append(look())
        except OSError:
            said.append(False)

    # A name server that hangs cannot be interrupted, but it need not be waited for.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(deadline_s)
    return bool(said and said[0])


_LOOKS: Final[Mapping[str, Callable[[Answers], Iterator[str]]]] = {
    "domain": _domain,
    "port": _port,
    "data": _data,
    "recordings": _footage,
    "supervisor": _supervisor,
    "proxy": _proxy,
}
