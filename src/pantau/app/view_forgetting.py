"""The worker lets old views go."""

from pantau.app.foundation import Foundation
from pantau.core.supervisor import Service, Supervisor
from pantau.viewers.forgetting import ViewForgetter
from pantau.viewers.service import ViewerRules


def forget_views(base: Foundation, supervisor: Supervisor) -> None:
    """Have old views let go; the worker's part."""

    def rules() -> ViewerRules:
        told = base.site.now().viewers
        return ViewerRules(
            keep_addresses=told.keep_addresses,
            address_days=told.address_days,
            history_days=told.history_days,
        )

    forgetter = ViewForgetter(base.database, rules=rules, clock=base.clock)
    supervisor.add(Service("viewers.forgetter", forgetter.run))
