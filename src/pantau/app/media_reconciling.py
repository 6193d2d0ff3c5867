"""The worker keeps the media server in line with the cameras."""

from collections.abc import Callable

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.streaming.desired_paths import OnDemandTimes, RecordWishes
from pantau.streaming.media_reporting import MediaReporting
from pantau.streaming.media_server import MediaServerClient
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep

OWNED_FILE = "media-paths.json"


async def start_reconciling(
    base: Foundation,
    catalogue: Catalogue,
    server: MediaServerClient,
    supervisor: Supervisor,
    *,
    record: RecordWishes,
    on_sweep: Callable[[Sweep | None], None],
) -> Reconciler:
    """Bring the media server in line, and keep it so; for the worker, which is ready after this.

    `record` says which cameras are recorded; call `wake` of what is returned when it says
    something else.  `on_sweep` hears of every look, several times a minute also while nothing
    changes.
    """
    settings, clock = base.settings, base.clock
    reporting = MediaReporting(base.database, clock)

    def note(sweep: Sweep | None) -> None:
        reporting.note(sweep)
        on_sweep(sweep)

    reconciler = Reconciler(
        server=server,
        catalogue=catalogue,
        owned=OwnedPaths(settings.data_dir / OWNED_FILE),
        clock=clock,
        times=OnDemandTimes(
            start_timeout_s=settings.media.start_timeout_s,
            close_after_s=settings.media.close_after_s,
        ),
        record=record,
        on_sweep=note,
    )
    catalogue.on_cameras(reconciler.wake)
    note(await reconciler.sweep_if_reachable())
    supervisor.add(Service("streaming.reconciler", reconciler.run))
    supervisor.add(Service("streaming.media_report", reporting.keep))
    supervisor.add(Service("streaming.media_requests", lambda: reporting.answer(reconciler)))
    return reconciler
