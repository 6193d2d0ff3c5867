"""Endpoints and operators' pages of footage: recorders, rights, keeping, clips."""

from fastapi import APIRouter

from pantau.admin.pages import MakePages
from pantau.admin.playback_tokens import TokenPages, TokenServices
from pantau.app.areas import area_service
from pantau.app.doors import Doors
from pantau.app.endpoints.recording_pages import recording_pages
from pantau.app.footage import Footage
from pantau.portal.playback.link import LinkPages
from pantau.recordings.api import RecordingApi
from pantau.recordings.exports.api import ExportApi
from pantau.recordings.exports.sending import ExportSender
from pantau.recordings.keeping_api import KeepingApi
from pantau.recordings.rights.replay_api import ReplayApi
from pantau.recordings.rights.token_api import TokenApi
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses


def footage_routers(footage: Footage, clients: ClientAddresses) -> tuple[APIRouter, ...]:
    """Return the endpoints; those of one camera last, which take whatever is a number."""
    rights, exporting, clock = footage.rights, footage.exporting, footage.base.clock
    sender = ExportSender(footage.files, clients)
    exports = ExportApi(exporting.exports, exporting.links, sender, clients)
    return (
        TokenApi(rights.tokens, clients, clock=clock).endpoints.router,
        ReplayApi(rights.replay, rights.activations, footage.catalogue, clients).endpoints.router,
        KeepingApi(footage.keeping, clients, clock).endpoints.router,
        exports.endpoints.router,
        exports.making.router,
        exports.clips.router,
        RecordingApi(footage.recording.service, clients).endpoints.router,
    )


def link_router(footage: Footage, pages: Pages, doors: Doors) -> APIRouter:
    """Return the page `/putar`, where a link to a token leads."""
    return LinkPages(
        footage.rights.replay,
        footage.rights.activations,
        pages=pages,
        csrf=doors.csrf,
        clients=doors.clients,
    ).endpoints.router


def footage_pages(footage: Footage, clients: ClientAddresses) -> tuple[MakePages, ...]:
    """Return the pages of operators, in the order in which addresses are recognised."""
    tokens = TokenServices(
        tokens=footage.rights.tokens,
        catalogue=footage.catalogue,
        areas=area_service(footage.base).public,
        clients=clients,
        clock=footage.base.clock,
        public_url=footage.base.settings.public_url,
    )
    return (lambda frame: TokenPages(frame, tokens), recording_pages(footage))
