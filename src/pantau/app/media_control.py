"""The media server: what keeps it in line in the worker, and what web processes know of it."""

from collections.abc import Callable

from pantau.admin.media_server import MediaServerPages
from pantau.admin.pages import MakePages
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.streaming.desired_paths import OnDemandTimes, RecordWishes
from pantau.streaming.media_api import MediaServerApi
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_reporting import MediaReporting
from pantau.streaming.media_server import MediaServerClient
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep
from pantau.web.client_address import ClientAddresses

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


def media_server_desk(base: Foundation) -> MediaServerDesk:
    """Return what reads the worker's report and asks it to compare; for web processes."""
    return MediaServerDesk(base.database, trail=base.trail, clock=base.clock)


def media_server_api(
    base: Foundation, catalogue: Catalogue, server: MediaServerClient, clients: ClientAddresses
) -> MediaServerApi:
    """Return the endpoints; include `endpoints.router`."""
    return MediaServerApi(
        media_server_desk(base), server=server, catalogue=catalogue, clients=clients
    )


def media_server_pages(base: Foundation, catalogue: Catalogue) -> MakePages:
    """Return the pages, for `Services.further`."""
    desk = media_server_desk(base)
    return lambda frame: MediaServerPages(frame, desk=desk, catalogue=catalogue, clock=base.clock)
