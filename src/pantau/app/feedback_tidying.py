"""Messages of visitors are let go when they are old: the worker's part."""

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.feedback.limits import Limits
from pantau.feedback.service import FeedbackService
from pantau.web.counters import Counters, MemoryCounters


def feedback_of(base: Foundation, catalogue: Catalogue, counters: Counters) -> FeedbackService:
    """Return what takes messages in and works through them."""
    return FeedbackService(
        base.database,
        catalogue=catalogue,
        limits=Limits(counters),
        rules=lambda: base.site.now().community,
        trail=base.trail,
        clock=base.clock,
    )


def keep_feedback(base: Foundation, catalogue: Catalogue, supervisor: Supervisor) -> None:
    """Start deleting what is older than the operator keeps it (worker)."""
    feedback = feedback_of(base, catalogue, MemoryCounters(base.clock))
    supervisor.add(Service("feedback.tidy", feedback.keep_tidy))
