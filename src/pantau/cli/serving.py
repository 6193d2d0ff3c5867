"""`pantau serve`: everything on one box, or one of its processes alone."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Annotated, Any, Final, Literal

import typer

from pantau.app.programs import works_together
from pantau.app.running import FolderError, Running, run
from pantau.cli.failing import MISUSED, fail, settings_or_exit, told
from pantau.core.errors import Problem
from pantau.core.listening import PortError
from pantau.core.nursery import Stage, be_nursery
from pantau.core.nursery_line import forked
from pantau.core.plain_http import load_plain_http
from pantau.core.supervisor import Service
from pantau.settings import CameraSettings, Settings, SettingsError, load_settings

_THIS_MACHINE: Final = ("127.0.0.0/8", "::1/128")

app = typer.Typer(
    help="""
    Run Pantau, or one of its processes.

    Alone it starts the media server, the worker and the web server, and restarts whichever ends.
    Its first line on stdout is the address. SIGTERM or Ctrl-C stops everything in order, a second
    one at once; SIGHUP replaces worker and web by those of the current release, without refusing
    a visitor.

    Examples:

      pantau serve --demo          everything, with eight demo cameras

      PANTAU_PORT=8080 pantau serve

      pantau serve --only web      one of the three, kept and replaced alike: for systemd

      pantau serve web             only the web server itself, which nobody keeps: for containers
    """,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_OURSELVES: Final = frozenset({"-m", "pantau", "serve"})

_Demo = Annotated[bool, typer.Option("--demo", help="Add eight demo cameras on this machine.")]
_Only = Annotated[
    Literal["web", "worker", "media"] | None,
    typer.Option(help="Keep one of the processes, for a unit of its own."),
]
_WithWorker = Annotated[bool, typer.Option(hidden=True)]
_Standby = Annotated[bool, typer.Option(hidden=True)]
_DemoPort = Annotated[int | None, typer.Option(hidden=True)]
_ParentLink = Annotated[int | None, typer.Option(hidden=True)]
_ListenFd = Annotated[int | None, typer.Option(hidden=True)]


@app.callback()
def serve(context: typer.Context, *, demo: _Demo = False, only: _Only = None) -> None:
    """Run everything."""
    # Loading leaves no garbage, and looking for it would take a sixth of the time: until `_run`.
    gc.disable()
    if context.invoked_subcommand is not None:
        return
    if demo and only is not None:
        fail("--demo is for everything together, not for --only.", code=MISUSED)
    settings = settings_or_exit()
    # Before there is a loop or a thread, and with the settings already read.
    is_together = only is None and works_together(settings, has_demo=demo)
    nursery = forked(sys.executable, partial(_nurse, settings=settings, is_together=is_together))
    # Imported late: a command should not load what it does not run.
    from pantau.app.family import AlreadyRunningError, run_family
    from pantau.core.processes import ChildFailedError

    async def family(running: Running) -> None:
        await run_family(
            running, with_demo=demo, only=only, nursery=nursery, is_together=is_together
        )

    name = f"serve.{only}" if only else "serve"
    try:
        _run(run(name, settings, family), PortError, AlreadyRunningError)
    except ChildFailedError as error:
        fail(f"Pantau could not start: {error}.", code=max(1, error.exit_code))


@app.command()
def media(
    context: typer.Context, *, demo_port: _DemoPort = None, parent_link: _ParentLink = None
) -> None:
    """Run the media server alone: our engine, its control API and its HLS origin."""
    from pantau.app.media import run_media
    from pantau.mediaserver.listeners import ListenError
    from pantau.mediaserver.process import HopelessError

    settings = _settings(context, demo_port)
    # As above: before there is a loop or a thread.
    nursery = forked(sys.executable, _nurse_shards)

    async def serve_media(running: Running) -> None:
        await run_media(running, nursery=nursery)

    main = run("media", settings, serve_media, parent_link=parent_link)
    _run(main, ListenError, HopelessError)


@app.command()
def worker(
    context: typer.Context,
    *,
    demo_port: _DemoPort = None,
    parent_link: _ParentLink = None,
    standby: _Standby = False,
) -> None:
    """Run the worker alone: keeps the media server in line with the cameras."""
    from pantau.app.cameras import CamerasError
    from pantau.app.foundation import FoundationError
    from pantau.app.worker import run_worker

    async def work(running: Running) -> None:
        await run_worker(running, demo=_demo_tables(demo_port))

    settings = _settings(context, demo_port)
    main = run("worker", settings, work, parent_link=parent_link, standby=standby)
    _run(main, CamerasError, FoundationError, Problem)


@app.command()
def web(
    context: typer.Context,
    *,
    demo_port: _DemoPort = None,
    listen_fd: _ListenFd = None,
    parent_link: _ParentLink = None,
    with_worker: _WithWorker = False,
) -> None:
    """Run the web server alone: pages, API, and the edge before the media server."""
    import uvloop

    from pantau.app.cameras import CamerasError
    from pantau.app.foundation import FoundationError
    from pantau.app.web import run_web

    demo_cameras = _demo_tables(demo_port)

    async def serve_web(running: Running) -> None:
        if with_worker:
            from pantau.app.together import work_beside

            work = partial(work_beside, running, demo=demo_cameras)
            running.supervisor.add(Service("worker", work))
        await run_web(running, demo=demo_cameras, listen_fd=listen_fd, is_whole=with_worker)

    settings = _settings(context, demo_port)
    main = run("web", settings, serve_web, parent_link=parent_link)
    _run(
        main, CamerasError, FoundationError, PortError, Problem, loop_factory=uvloop.new_event_loop
    )


@app.command(hidden=True)
def demo(*, demo_port: _DemoPort = None, parent_link: _ParentLink = None) -> None:
    """Run the demo cameras alone."""
    from pantau.app.demo import run_demo

    async def serve_demo(running: Running) -> None:
        await run_demo(running, port=demo_port or 0)

    _run(run("demo", settings_or_exit(), serve_demo, parent_link=parent_link))


@app.command(hidden=True)
def nursery(*, line: Annotated[int, typer.Option()]) -> None:
    """Load what worker and web need, and fork them when asked: they start at once then."""
    settings, is_together = None, False
    # Where they are wrong, whoever is forked tells it.
    with suppress(SettingsError):
        settings = load_settings()
        is_together = works_together(settings)
    _nurse(socket.socket(fileno=line), settings=settings, is_together=is_together)


def _nurse(
    line: socket.socket, *, settings: Settings | None = None, is_together: bool = False
) -> None:
    """Be a nursery, and in each process that it forks, that process; never return.

    Settings that were read already are read once for all of them: reading them again would copy
    9 MB of what they share into each.
    """
    code = 1
    try:
        born = be_nursery(line, _STAGES_TOGETHER if is_together else _STAGES)
        app([word for word in born.arguments if word not in _OURSELVES], obj=settings)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        _tell_crash()
        # Not the way of a process that loaded all this itself: tidying up would copy all of it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell_crash() -> None:
    """Show what is on its way up: whoever forked this process ends it there, and says nothing."""
    if sys.exc_info()[0] is not None:
        sys.excepthook(*sys.exc_info())


def _nurse_shards(line: socket.socket) -> None:
    """Be what shards are forked from, and in each of them that shard; never return."""
    from pantau.mediaserver.shard_nursery import become_shard

    try:
        arguments = become_shard(line, _load_shard)
        from pantau.mediaserver.shard import make_real_engine, run

        run(arguments, make_real_engine)
    finally:
        _tell_crash()


def _load_shard() -> None:
    import_module("pantau.mediaserver.shard")


def _load_media() -> None:
    load_plain_http()
    import_module("pantau.app.media")


def _load_most() -> None:
    from pantau.db.mappings import work_out_mappings
    from pantau.ui.catalogues import FIRST_LANGUAGE, catalogue_of

    import_module("pantau.app.worker")
    work_out_mappings()
    catalogue_of(FIRST_LANGUAGE)


_STAGES: Final = (
    Stage(_load_media, frozenset({"media"})),
    # All that the worker loads, the web process loads too.  What it has beyond that would lie here
    # twice, for as soon as it is used it is copied.
    Stage(_load_most, frozenset({"worker", "web"})),
)
# Nobody else would share what the one web process loads.
_STAGES_TOGETHER: Final = (Stage(_load_media, frozenset({"media", "web"})),)


def _settings(context: typer.Context, demo_port: int | None) -> Settings:
    settings = context.obj or settings_or_exit()
    assert isinstance(settings, Settings)
    if demo_port is None:
        return settings
    # Who tries Pantau out has cameras on this machine: ours, and perhaps some of their own.
    allowed = (*settings.media.allowed_networks, *_THIS_MACHINE)
    media = settings.media.model_copy(update={"allowed_networks": allowed})
    return settings.model_copy(update={"media": media})


def _demo_tables(port: int | None) -> tuple[CameraSettings, ...]:
    if port is None:
        return ()
    # Only now: the module loads libav, which web and worker do without.
    from pantau.app.demo import demo_tables

    return demo_tables(port)


def _run(
    main: Coroutine[Any, Any, None],
    *told_kinds: type[Exception],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    gc.freeze()
    gc.enable()
    with told(FolderError, *told_kinds), asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main)
