"""Cameras' health: the sweep in the worker, and what a web process tells of it."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.networks import policy_of
from pantau.core.supervisor import Service, Supervisor
from pantau.health import probes
from pantau.health.camera_api import HealthApi
from pantau.health.evidence import PathReports
from pantau.health.figures import FigureBook
from pantau.health.ledger import Ledger
from pantau.health.monitor import Part
from pantau.health.probing.prober import Prober
from pantau.health.service import HealthBook
from pantau.health.status import PublicStatus
from pantau.health.sweep import Sweep, SweepNote
from pantau.health.watchdog import Watchdog
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Route

PART: Final = "camera_health"
"""What `/health` calls the sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a web process knows of cameras' health."""

    catalogue: Catalogue
    book: HealthBook
    status: PublicStatus

    def routes(self) -> Mapping[str, Route]:
        """Return the routes of the fast lane for whole addresses."""
        return self.status.routes()

    def router(self, clients: ClientAddresses) -> APIRouter:
        """Return the endpoints."""
        return HealthApi(self.book, self.catalogue, clients).endpoints.router


def health_of(base: Foundation, catalogue: Catalogue) -> Health:
    """Return it, knowing nothing yet; starts nothing."""
    clock = base.clock
    book = HealthBook(
        base.database,
        catalogue=catalogue,
        figures=FigureBook(base.database, clock=clock, zone=base.site.zone),
        trail=base.trail,
        clock=clock,
    )
    return Health(catalogue=catalogue, book=book, status=PublicStatus(catalogue, book, clock))


async def open_health(base: Foundation, catalogue: Catalogue, supervisor: Supervisor) -> Health:
    """Return it, known already and kept up to date by services."""
    health = health_of(base, catalogue)
    await health.book.refresh()
    supervisor.add(Service("health.follow", health.book.follow))
    supervisor.add(Service("health.status", health.status.run))
    return health


def sweep_part(base: Foundation) -> Part:
    """Return the sweep as a part of `/health`."""
    probe = probes.camera_sweep(base.settings.sockets_dir, base.clock)
    return Part(PART, probe, essential=False)


def start_sweep(
    base: Foundation,
    catalogue: Catalogue,
    server: PathReports,
    *,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Sweep:
    """Start looking after every camera, in the worker."""
    settings, clock = base.settings, base.clock
    prober = Prober(policy=policy_of(settings.media.allowed_networks), clock=clock)
    closing.push_async_callback(prober.close)
    ledger = Ledger(base.database, clock=clock)

    def note(swept: SweepNote) -> None:
        probes.write_sweep(
            settings.sockets_dir,
            at_mono_s=clock.mono_s(),
            cameras=swept.cameras,
            waiting_s=swept.late_s,
        )

    sweep = Sweep(
        catalogue=catalogue,
        server=server,
        prober=prober,
        ledger=ledger,
        clock=clock,
        spawn=supervisor.spawn,
        on_sweep=note,
    )
    supervisor.add(Service("health.sweep", sweep.run))
    supervisor.add(Service("health.probes", sweep.run_probes))
    supervisor.add(Service("health.watchdog", Watchdog(sweep, ledger, clock).run))
    supervisor.add(Service("health.tidy", ledger.keep_tidy))
    return sweep
