"""Whatever the fast lane does not answer: where it begins, and how it is loaded."""

import gc
from collections.abc import Callable
from typing import Final

import structlog

from pantau.app.house import House
from pantau.app.pages import Papers
from pantau.core.build import is_replaced
from pantau.core.errors import Unavailable
from pantau.web.exchange import ASGIApp
from pantau.web.traffic import Traffic

log = structlog.get_logger()

ADDRESSES: Final = frozenset(
    {
        "admin",
        "api/admin",
        "api/announcements",
        "api/areas",
        "api/auth",
        "api/branding",
        "api/cache",
        "api/camera-notice",
        "api/cameras",
        "api/clips",
        "api/feedback",
        "api/health",
        "api/openapi.json",
        "api/playback",
        "api/recordings",
        "api/saweria",
        "api/settings",
        "api/sponsors",
        "api/users",
        "api/viewer",
        "masukan",
        "metrics",
        "putar",
        "suara",
    }
)
"""Beginnings of its addresses, see `web.late.beginning`."""


def load_rest(
    house: House, papers: Papers, traffic: Traffic, *, is_stopping: Callable[[], bool]
) -> ASGIApp:
    """Return the application for it; in a thread, for it takes half a second and 20 MB.

    Endless answers end once `is_stopping`.  Raises Unavailable where the program's files are others
    than at the start: half of one release and half of another would do anything.
    """
    if is_replaced():
        log.error("program_replaced", hint="restart Pantau, or let `pantau release deploy` do it")
        raise Unavailable("program.replaced", "The program was replaced while it ran. Restart it.")
    # As at a start: loading leaves no garbage, and looking for it among all that would hold up the
    # loop for a tenth of a second, now and ever again.
    gc.disable()
    try:
        # Only now: nobody who watches needs them.
        from pantau.app.endpoints.whole import whole_application  # noqa: PLC0415

        return whole_application(house, papers, traffic, is_stopping=is_stopping)
    finally:
        gc.freeze()
        gc.enable()
