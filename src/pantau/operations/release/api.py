"""`/api/admin/releases`: what runs, how it is judged, what was deployed; and judging it now."""

from typing import Final

from pantau.operations.release.desk import ReleaseDesk
from pantau.operations.release.schemas import (
    ReleasesOutput,
    VerdictOutput,
    releases_output,
    verdict_output,
)
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints
from pantau.web.envelope import Answer, refusals

_REFUSED: Final = refusals(401, 403, 429)
_REFUSED_JUDGING: Final = refusals(401, 403, 409, 429, 503)


class ReleaseApi:
    """The endpoints; include `endpoints.router`."""

    def __init__(self, desk: ReleaseDesk) -> None:
        self._desk = desk
        self.endpoints: Final = Endpoints("/api/admin/releases", tag="operations")
        add = self.endpoints
        add.get("", access=admins("metrics:read"), responses=_REFUSED)(self.releases)
        add.post("/judge", access=admins(), responses=_REFUSED_JUDGING)(self.judge)

    async def releases(self) -> Answer[ReleasesOutput]:
        """What runs, the last verdicts, and what was deployed."""
        return Answer[ReleasesOutput](data=releases_output(await self._desk.releases()))

    async def judge(self) -> Answer[VerdictOutput]:
        """Look at what runs for some seconds, and judge it; nothing else changes."""
        return Answer[VerdictOutput](data=verdict_output(await self._desk.judge()))
