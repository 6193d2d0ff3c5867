"""Which processes `pantau serve` starts, and whether the worker is one of its own."""

import contextlib
import sqlite3
from typing import Final, Literal

from pantau.core.incarnations import Program
from pantau.settings import Settings

Only = Literal["web", "worker", "media"]

SERVE: Final = ("-m", "pantau", "serve")
_MOST_TOGETHER: Final = 16
"""Cameras whose housekeeping nobody feels who waits for a page beside it."""
_DEMO_CAMERAS: Final = 8
_PATIENCE_S: Final = 0.5


def programs(
    settings: Settings, *, listen_fd: int | None, farm_port: int | None, only: Only | None
) -> list[Program]:
    """Return them in the order in which they are started.  Blocking: looks into the database."""
    demo = () if farm_port is None else ("--demo-port", str(farm_port))
    listens = () if listen_fd is None else ("--listen-fd", str(listen_fd))
    is_together = only is None and works_together(settings, has_demo=bool(demo))
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


def works_together(settings: Settings, *, has_demo: bool = False) -> bool:
    """Tell whether one process does the work of web and worker.  Blocking, some milliseconds."""
    if settings.processes != "auto":
        return settings.processes == "together"
    file = settings.database_file
    if file is None:
        return False
    # Those of the demo and of the settings are in the file from the first start on.
    own = len(settings.cameras) + (_DEMO_CAMERAS if has_demo else 0)
    return max(own, _cameras_in(str(file))) <= _MOST_TOGETHER


def _cameras_in(file: str) -> int:
    # The plain driver: this process has nothing else to do with databases.
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=_PATIENCE_S)
        with contextlib.closing(connection):
            (found,) = connection.execute("SELECT count(*) FROM cameras").fetchone()
            return int(found)
    return 0
