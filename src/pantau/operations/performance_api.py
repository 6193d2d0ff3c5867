"""`GET /api/admin/performance`: how quickly and how well every process works."""

from typing import Final

from pantau.core.clock import Clock
from pantau.operations.performance import Performance, performance_of
from pantau.operations.processes import Processes
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import Answer, refusals

_REFUSED: Final = refusals(401, 403, 429)


class PerformanceApi:
    """The endpoint; include `endpoints.router`."""

    def __init__(self, processes: Processes, clock: Clock) -> None:
        self._processes = processes
        self._clock = clock
        self.endpoints: Final = Endpoints("/api/admin", tag="operations")
        self.endpoints.get(
            "/performance",
            access=admins("metrics:read"),
            response_model=Answer[Performance],
            responses=_REFUSED,
        )(self.performance)

    async def performance(self) -> Answer[Performance]:
        """Tell how answers, cache, database, recurring work and processes do."""
        seen = await self._processes.look()
        return Answer[Performance](data=performance_of(seen, self._clock.now()))
