"""Which processes `pantau serve` starts, and whether the worker is one of its own."""

import asyncio
import contextlib
import os
import subprocess
from typing import Final, Literal

from pantau.core.child_process import ChildProcess
from pantau.core.incarnations import Program
from pantau.settings import Settings

Only = Literal["web", "worker", "media"]

SERVE: Final = ("-m", "pantau", "serve")
_MOST_TOGETHER: Final = 16
"""Cameras whose housekeeping nobody feels who waits for a page beside it."""
_DEMO_CAMERAS: Final = 8
_PATIENCE_S: Final = 0.5
_ASK: Final = "import sys, importlib.util as found; sys.exit(not found.find_spec('{}'))"
_MODULE: Final = "pantau.app.together"
_ANSWERS_WITHIN_S: Final = 20.0


def programs(
    settings: Settings,
    *,
    listen_fd: int | None,
    farm_port: int | None,
    only: Only | None,
    is_together: bool,
) -> list[Program]:
    """Return them in the order in which they are started; one that is `only` is apart anyway."""
    demo = () if farm_port is None else ("--demo-port", str(farm_port))
    listens = () if listen_fd is None else ("--listen-fd", str(listen_fd))
    is_together = is_together and only is None
    web = Program(
        "web",
        (*SERVE, "web", *demo, *listens, *(("--with-worker",) if is_together else ())),
        descriptors=() if listen_fd is None else (listen_fd,),
        is_nursed=True,
    )
    worker = Program("worker", (*SERVE, "worker", *demo), is_nursed=True, is_alone=True)
    media = Program("media", (*SERVE, "media", *demo), is_nursed=True)
    if only is not None:
        return [each for each in (media, worker, web) if each.name == only]
    found = [web] if is_together else [worker, web]
    if not settings.media.api_url or settings.media.rtsp_url:
        # Else somebody else's media server is used, and nothing is recorded beside it.
        found = [media, *found]
    return [Program("demo", (*SERVE, "demo", *demo)), *found] if demo else found


async def knows_together(python: str) -> bool:
    """Ask the release of an interpreter whether its web process can do the worker's work.

    Releases before decision 13 end with code 2 where they are told to.  Takes a tenth of a second.
    """
    try:
        asked = ChildProcess.exec([python, "-c", _ASK.format(_MODULE)], output=subprocess.DEVNULL)
    except OSError:
        return False
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            return await asked.wait() == 0
    except TimeoutError:
        return False
    finally:
        asked.kill()


def works_together(settings: Settings, *, has_demo: bool = False) -> bool:
    """Tell whether one process does the work of web and worker.

    Blocking, some ten milliseconds; before there are threads.
    """
    if settings.processes != "auto":
        return settings.processes == "together"
    file = settings.database_file
    if file is None:
        return False
    # Those of the demo and of the settings are in the file from the first start on.
    own = len(settings.cameras) + (_DEMO_CAMERAS if has_demo else 0)
    return max(own, _cameras_in(str(file))) <= _MOST_TOGETHER


def _cameras_in(file: str) -> int:
    """Return how many there are, or one too many, counted by a process that ends with it.

    What it takes to ask a database would lie in the parent for weeks, which never asks again.
    """
    pid = os.fork()
    if pid == 0:
        counted = 0
        try:
            counted = min(_count(file), _MOST_TOGETHER + 1)
        finally:
            os._exit(counted)
    _, status = os.waitpid(pid, 0)
    return max(0, os.waitstatus_to_exitcode(status))


def _count(file: str) -> int:
    # The plain driver, and late: whoever forked this has nothing to do with databases.
    import sqlite3  # noqa: PLC0415

    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=_PATIENCE_S)
        with contextlib.closing(connection):
            (found,) = connection.execute("SELECT count(*) FROM cameras").fetchone()
            return int(found)
    return 0
