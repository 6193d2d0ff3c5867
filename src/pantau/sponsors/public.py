"""`/api/sponsors/active` and `/cameras`: who pays, for anybody, from memory."""

from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel

from pantau.cameras.service import Catalogue
from pantau.sponsors.board import SponsorBoard
from pantau.sponsors.schemas import (
    SponsoredCamerasAnswer,
    SponsorsAnswer,
    public_sponsor,
    sponsored_camera,
)
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath
from pantau.web.snapshot import Encoded

ACTIVE: Final = "/api/sponsors/active"
CAMERAS: Final = "/api/sponsors/cameras"
DOCUMENTED: Final = (
    HotPath(ACTIVE, "Sponsors that are shown at this moment", "sponsors", SponsorsAnswer),
    HotPath(CAMERAS, "Public cameras with their sponsors", "sponsors", SponsoredCamerasAnswer),
)


class PublicSponsors:
    """Answers for the fast lane.  Loop only."""

    def __init__(self, board: SponsorBoard, catalogue: Catalogue) -> None:
        self._board = board
        self._catalogue = catalogue
        self._kept: dict[str, tuple[tuple[int, int], Encoded]] = {}

    def routes(self) -> Mapping[str, Route]:
        """Return the routes for whole addresses."""
        return {
            ACTIVE: Route(self.active, cross_origin=True),
            CAMERAS: Route(self.cameras, cross_origin=True),
        }

    def active(self, request: HotRequest) -> Reply:
        """Answer with those that are shown."""
        return self._reply(ACTIVE, request, self._active)

    def cameras(self, request: HotRequest) -> Reply:
        """Answer with the cameras that have one."""
        return self._reply(CAMERAS, request, self._cameras)

    def _reply(self, path: str, request: HotRequest, answer: Callable[[], BaseModel]) -> Reply:
        seen = (self._board.stamp, self._catalogue.version if path == CAMERAS else 0)
        kept = self._kept.get(path)
        if kept is None or kept[0] != seen:
            body = answer().model_dump_json().encode()
            kept = self._kept[path] = (seen, Encoded(body, cross_origin=True))
        return kept[1].reply(request)

    def _active(self) -> SponsorsAnswer:
        return SponsorsAnswer(data=[public_sponsor(each) for each in self._board.shown()])

    def _cameras(self) -> SponsoredCamerasAnswer:
        sponsored = (
            (camera, self._board.of_camera(camera.id)) for camera in self._catalogue.public()
        )
        return SponsoredCamerasAnswer(
            data=[sponsored_camera(camera, shown) for camera, shown in sponsored if shown]
        )
