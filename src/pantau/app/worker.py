"""The worker process: keeps the media server in line with the cameras, and stills on the shelf."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from pantau.app.alerting import file_sender, start_alerts
from pantau.app.backup_making import start_backups
from pantau.app.cameras import catalogue_from, synchronise_configured
from pantau.app.feedback_tidying import keep_feedback
from pantau.app.figures import keep_figures
from pantau.app.footage_work import prepare_footage_work, start_footage_work
from pantau.app.foundation import lay_foundation
from pantau.app.health_sweep import start_sweep
from pantau.app.media_reconciling import start_reconciling
from pantau.app.media_server import media_server_client
from pantau.app.recording_beside import recorders_of
from pantau.app.release_watching import start_release_watch
from pantau.app.running import Running
from pantau.app.stills import keep_stills
from pantau.app.view_counting import start_counting
from pantau.app.view_forgetting import forget_views
from pantau.app.vitals import VitalsKeeper
from pantau.audit.retention import TrailKeeper
from pantau.cameras.models import HealthState
from pantau.core.clock import Clock
from pantau.core.ids import CameraId
from pantau.core.supervisor import Service
from pantau.health.probes import write_heartbeat
from pantau.health.sweep import Sweep
from pantau.operations.taking_vitals import of_database
from pantau.settings import CameraSettings, Settings
from pantau.streaming.reconciler import Sweep as Comparison


async def run_worker(running: Running, *, demo: tuple[CameraSettings, ...] = ()) -> None:
    """Work until stopped; ready after the first comparison, also when the server is away."""
    async with AsyncExitStack() as closing:
        await _work(running, demo, closing)


async def _work(
    running: Running, demo: tuple[CameraSettings, ...], closing: AsyncExitStack
) -> None:
    settings, clock, supervisor = running.settings, running.clock, running.supervisor
    vitals = VitalsKeeper(running)
    vitals.start()
    base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
    vitals.add(lambda: of_database(base.database))
    # From here on there is one: it alone deletes footage, counts views and sends alerts.
    await running.turn()
    await synchronise_configured(settings, base.database, base.sealer, clock=clock, demo=demo)
    catalogue = await catalogue_from(
        base.database, base.sealer, clock=clock, supervisor=supervisor, zone=base.site.zone
    )
    keeper = TrailKeeper(
        base.database,
        key=base.audit_key,
        clock=clock,
        keep_days=settings.audit.keep_days,
        witness=base.witness,
    )
    supervisor.add(Service("audit.keeper", keeper.run))
    keep_figures(base, keeper, supervisor, vitals)
    supervisor.add(Service("audit.notes", base.trail.run))
    keep_feedback(base, catalogue, supervisor)
    start_counting(base, supervisor)
    start_backups(base, supervisor, send=file_sender(base).send_file)
    forget_views(base, supervisor)
    server = media_server_client(settings)
    # Not in the end below, which a second cancellation cuts short.
    closing.push_async_callback(server.close)
    recorders = recorders_of(settings, server, closing)
    try:
        footage = await prepare_footage_work(
            base, catalogue, recorders.server, closing, obstacle=recorders.obstacle
        )
        reconciler = await start_reconciling(
            base,
            catalogue,
            server,
            supervisor,
            record=recorders.asked_of_shown(footage.wishes),
            on_sweep=recorders.noting(_heartbeat(settings, clock)),
        )
        footage.control.on_wishes(reconciler.wake)
        await recorders.start(base, catalogue, footage, supervisor)
        await start_footage_work(base, catalogue, footage, supervisor=supervisor, closing=closing)
        sweep = start_sweep(base, catalogue, server, supervisor=supervisor, closing=closing)
        start_alerts(base, catalogue, supervisor=supervisor, closing=closing)
        keep_stills(base, catalogue, supervisor, closing, is_dead=_dead_by(sweep))
        start_release_watch(settings, clock, supervisor)
        await running.ready("Pantau worker is ready")
        await running.stopping.wait()
    finally:
        await running.supervisor.stop(deadline_s=2.0)


def _dead_by(sweep: Sweep) -> Callable[[CameraId], bool]:
    def is_dead(camera_id: CameraId) -> bool:
        belief = sweep.belief(camera_id)
        return belief is not None and belief.state in {HealthState.OFFLINE, HealthState.DEAD}

    return is_dead


def _heartbeat(settings: Settings, clock: Clock) -> Callable[[Comparison | None], None]:
    def note(sweep: Comparison | None) -> None:
        write_heartbeat(
            settings.sockets_dir,
            at_mono_s=clock.mono_s(),
            paths=0 if sweep is None else len(sweep.put) + sweep.unchanged,
            failed=0 if sweep is None else len(sweep.failed),
        )

    return note
