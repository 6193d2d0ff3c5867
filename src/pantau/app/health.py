"""What a web process tells of cameras' health."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.health import probes
from pantau.health.figures import FigureBook
from pantau.health.monitor import Part
from pantau.health.service import HealthBook
from pantau.health.status import PublicStatus
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
