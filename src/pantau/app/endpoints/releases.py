"""Releases in a web process: the desk, its page, its endpoints and its metrics."""

from fastapi import APIRouter

from pantau.admin.pages import MakePages
from pantau.admin.releases import ReleasePages
from pantau.app.foundation import Foundation
from pantau.app.release_hub import baseline_file_of, meant_hub
from pantau.operations.release.api import ReleaseApi
from pantau.operations.release.desk import Meant, ReleaseDesk


def release_desk(base: Foundation) -> ReleaseDesk:
    """Return the desk; starts nothing."""
    settings = base.settings

    def meant() -> Meant:
        hub = meant_hub(settings)
        return Meant(hub=hub, baseline_file=baseline_file_of(settings, hub.build))

    return ReleaseDesk(
        settings.releases_folder, meant=meant, rules=settings.release, clock=base.clock
    )


def release_pages(desk: ReleaseDesk) -> MakePages:
    """Return the page."""
    return lambda frame: ReleasePages(frame, desk)


def release_router(desk: ReleaseDesk) -> APIRouter:
    """Return the endpoints."""
    return ReleaseApi(desk).endpoints.router
