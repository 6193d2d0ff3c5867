"""`/api/announcements/active`: what holds at this moment, for anybody, from memory."""

from collections.abc import Mapping
from typing import Final

from pantau.cameras.service import Catalogue
from pantau.notices.board import Board
from pantau.notices.schemas import AnnouncementsAnswer, public_announcement
from pantau.notices.values import Announcement
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath
from pantau.web.snapshot import Encoded

ACTIVE: Final = "/api/announcements/active"
DOCUMENTED: Final = (
    HotPath(ACTIVE, "What is announced at this moment", "announcements", AnnouncementsAnswer),
)


class PublicBoard:
    """Answers for the fast lane.  Loop only."""

    def __init__(self, board: Board, catalogue: Catalogue) -> None:
        self._board = board
        self._catalogue = catalogue
        self._seen: tuple[int, int] = (-1, -1)
        self._answer = Encoded(b"")

    def routes(self) -> Mapping[str, Route]:
        """Return the route for the whole address."""
        return {ACTIVE: Route(self.active, cross_origin=True)}

    def active(self, request: HotRequest) -> Reply:
        """Answer with what holds."""
        seen = (self._board.stamp, self._catalogue.version)
        if seen != self._seen:
            shown = [
                public_announcement(each) for each in self._board.shown() if self._is_open(each)
            ]
            answer = AnnouncementsAnswer(data=shown)
            self._answer = Encoded(answer.model_dump_json().encode(), cross_origin=True)
            self._seen = seen
        return self._answer.reply(request)

    def _is_open(self, announcement: Announcement) -> bool:
        # What is said of a camera that the public does not see would tell of it.
        number = announcement.camera_id
        return number is None or self._catalogue.public_by_id(number) is not None
