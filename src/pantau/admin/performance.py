"""Performance: answers, cache, database, recurring work and processes at this moment."""

from collections.abc import Callable
from typing import Final

from fastapi import Request, Response

from pantau.admin.frame import HIDDEN, Frame
from pantau.core.clock import Clock
from pantau.operations.performance import Performance, performance_of
from pantau.operations.processes import Processes
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints

PERFORMANCE: Final = "/admin/performance"
_SILENT_S: Final = 15.0
_LATE_S: Final = 60.0
_LAG_S: Final = 0.5
_SHOWN: Final = 12
"""Rows of long tables; the rest is told by the API."""


class PerformancePages:
    """The page."""

    def __init__(self, frame: Frame, *, processes: Processes, clock: Clock) -> None:
        self._frame = frame
        self._processes = processes
        self._clock = clock

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("/performance", access=admins(), **HIDDEN)(self.show)

    async def show(self, request: Request) -> Response:
        """Show how everything does."""
        told = performance_of(await self._processes.look(), self._clock.now())
        speak = self._frame.wording(request)
        values = {
            "told": told,
            "asked": [each for each in told.cache if each.asked_hour][:_SHOWN],
            "jobs": told.jobs[: 2 * _SHOWN],
            "slow": told.slow_statements[:_SHOWN],
            "troubles": troubles_of(told, speak),
            "endpoints": endpoint_words(speak),
            "parts": process_words(speak),
            "works": work_words(speak),
        }
        return self._frame.draw(request, "performance.html", values)


def troubles_of(told: Performance, _: Callable[[str], str]) -> list[str]:
    """Return what somebody should look at, as sentences."""
    found = []
    for each in told.processes:
        part = process_words(_).get(each.process, each.process)
        if each.silent_s > _SILENT_S:
            found.append(_("%(part)s does not tell how it is.") % {"part": part})
        if each.worst_lag_s > _LAG_S:
            found.append(_("%(part)s is too busy: its loop was late.") % {"part": part})
        if each.unhandled_errors:
            found.append(_("%(part)s met errors that nobody foresaw.") % {"part": part})
    if any(each.late_s > _LATE_S for each in told.jobs):
        found.append(_("Some work is late."))
    if any(each.timeouts for each in told.pools):
        found.append(_("Somebody waited in vain for a connection to the database."))
    return list(dict.fromkeys(found))


def process_words(_: Callable[[str], str]) -> dict[str, str]:
    """Return the processes as people call them."""
    return {"web": _("Web"), "worker": _("Worker"), "media": _("Media server")}


def work_words(_: Callable[[str], str]) -> dict[str, str]:
    """Return the recurring work as people call it; what is not here keeps its own name."""
    return {
        "alerts.delivering": _("Sends alerts"),
        "alerts.watching": _("Looks for what to alert about"),
        "analytics.counting": _("Counts views"),
        "audit.expiry": _("Clears the audit trail of what is too old"),
        "audit.witness": _("Seals the audit trail"),
        "backups.making": _("Makes backups that are due"),
        "health.sweep": _("Checks every camera"),
        "operations.figures": _("Measures this machine"),
        "recordings.control": _("Starts and stops recorders"),
        "recordings.disks": _("Measures the disks"),
        "recordings.indexing": _("Lists new footage"),
        "recordings.repairing": _("Repairs damaged footage"),
        "recordings.retention": _("Deletes footage that is too old"),
        "streaming.reconciling": _("Keeps the media server in step with the cameras"),
        "thumbnails.warming": _("Renews stills"),
        "viewers.forgetting": _("Forgets viewers who left"),
    }


def endpoint_words(_: Callable[[str], str]) -> dict[str, str]:
    """Return the endpoints as people call them."""
    return {
        "list": _("Camera list"),
        "stream": _("Stream list"),
        "login": _("Signing in"),
        "auth": _("Sessions"),
        "playlist": _("Live playlists"),
        "playlist_wait": _("Live playlists that wait for the next part"),
        "segment": _("Live segments"),
        "still": _("Stills"),
        "playback": _("Footage"),
        "viewer": _("Reports of viewers"),
        "page": _("Public pages"),
        "admin_page": _("Pages of the admin"),
        "admin_api": _("API of the admin"),
        "api": _("Other API"),
        "asset": _("Files of pages"),
        "health": _("Health"),
    }
