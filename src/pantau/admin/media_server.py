"""The media server: whether it does what it should, what was corrected, comparing it at once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from pantau.admin.area_words import corrections, keys
from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.typed import read_typed
from pantau.admin.wording import Wording
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_reports import Outcome
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints

MEDIA_SERVER: Final = "/admin/media-server"
_SILENT_AFTER: Final = timedelta(seconds=60)
"""The worker gives a sign of life four times a minute."""


class MediaServerPages:
    """What the worker reports of the media server."""

    def __init__(
        self, frame: Frame, *, desk: MediaServerDesk, catalogue: Catalogue, clock: Clock
    ) -> None:
        self._frame = frame
        self._desk = desk
        self._catalogue = catalogue
        self._clock = clock

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/media-server", access=admins(), **HIDDEN)(self.show)
        add.post("/media-server/compare", access=admins(), **HIDDEN)(self.compare)

    async def show(self, request: Request) -> Response:
        """Show how it stands."""
        kept = await self._desk.report()
        speak = self._frame.wording(request)
        is_silent = kept is not None and self._clock.now() - kept.seen_at > _SILENT_AFTER
        values = {
            "kept": kept,
            "report": kept.report if kept else None,
            "is_silent": is_silent,
            "names": self._names(),
            "corrections": corrections(speak),
            "keys": keys(speak),
        }
        return self._frame.draw(request, "media_server.html", values)

    async def compare(self, request: Request) -> Response:
        """Have the worker compare it at once, and say what came of it."""
        typed = await read_typed(request)
        speak = self._frame.wording(request)
        try:
            outcome = await self._desk.compare(
                is_forced=typed.text("force") == "1", by=self._frame.asker(request).actor
            )
        except Unavailable as problem:
            said = Said(speak.sentence(problem.sentence), "warn")
        else:
            said = _said(outcome, speak)
        return self._frame.go(request, MEDIA_SERVER, said)

    def _names(self) -> Mapping[int, str]:
        return {camera.id: camera.name for camera in self._catalogue.all()}


def _said(outcome: Outcome, speak: Wording) -> Said:
    touched = outcome.added + outcome.changed + outcome.deleted
    if outcome.troubles:
        text = speak.ngettext(
            "%(num)s path could not be set up. The reason stands below.",
            "%(num)s paths could not be set up. The reasons stand below.",
            len(outcome.troubles),
        )
        return Said(text, "warn")
    if not touched:
        text = speak.ngettext(
            "Compared: %(num)s path, and it is as it should be.",
            "Compared: %(num)s paths, all as they should be.",
            outcome.desired,
        )
        return Said(text)
    return Said(
        speak.ngettext("%(num)s path was corrected.", "%(num)s paths were corrected.", touched)
    )
