"""What shards are forked from: a fork of the media process that has loaded libav and the engine.

The media process itself never loads them.  It is made before that has a loop, a thread or a socket.
"""

import contextlib
import gc
import os
import select
import socket
from collections.abc import Callable
from typing import Final

from pantau.core.nursery import Stage, be_nursery
from pantau.mediaserver.shard_birth import FOLDER

_PARENT_WITHIN_S: Final = 5.0


def become_shard(line: socket.socket, load: Callable[[], None]) -> list[str]:
    """Be a nursery that did `load`; return in each shard that it forks, with its arguments."""
    media = os.getppid()
    _forget_settings()
    born = be_nursery(line, (Stage(load, frozenset()),), title="engine")
    _await_parent(media)
    gc.enable()
    os.fchdir(FOLDER)
    os.close(FOLDER)
    return list(born.arguments)


def _forget_settings() -> None:
    """Drop what may be secret and is no shard's business from the environment."""
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        del os.environ[name]


def _await_parent(pid: int) -> None:
    """Wait until the process between is gone: its end must not pass for the parent's.

    A parent that is gone itself closes our standard input, which is read later.
    """
    between = os.getppid()
    if between == pid:
        return
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(between)
        # Its number is nobody else's while it is still our parent.
        if os.getppid() == between:
            select.select([descriptor], [], [], _PARENT_WITHIN_S)
        os.close(descriptor)
