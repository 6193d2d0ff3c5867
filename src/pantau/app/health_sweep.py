"""The worker looks after every camera."""

from contextlib import AsyncExitStack

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.networks import policy_of
from pantau.core.supervisor import Service, Supervisor
from pantau.health import probes
from pantau.health.evidence import PathReports
from pantau.health.ledger import Ledger
from pantau.health.probing.prober import Prober
from pantau.health.sweep import Sweep, SweepNote
from pantau.health.watchdog import Watchdog


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
