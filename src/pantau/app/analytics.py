"""What is popular, as every web process tells it."""

from pantau.analytics.popular import Popular
from pantau.app.foundation import Foundation
from pantau.core.supervisor import Service, Supervisor


def open_popular(base: Foundation, supervisor: Supervisor) -> Popular:
    """Return what is popular, read by a service soon and then now and then."""
    popular = Popular(base.database, base.clock, base.site.zone)
    supervisor.add(Service("analytics.popular", popular.run))
    return popular
