"""The media server, as web processes know it and ask about it."""

from pantau.admin.media_server import MediaServerPages
from pantau.admin.pages import MakePages
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.streaming.media_api import MediaServerApi
from pantau.streaming.media_asking import MediaServerDesk
from pantau.streaming.media_server import MediaServerClient
from pantau.web.client_address import ClientAddresses


def media_server_desk(base: Foundation) -> MediaServerDesk:
    """Return what reads the worker's report and asks it to compare; for web processes."""
    return MediaServerDesk(base.database, trail=base.trail, clock=base.clock)


def media_server_api(
    base: Foundation, catalogue: Catalogue, server: MediaServerClient, clients: ClientAddresses
) -> MediaServerApi:
    """Return the endpoints; include `endpoints.router`."""
    return MediaServerApi(
        media_server_desk(base), server=server, catalogue=catalogue, clients=clients
    )


def media_server_pages(base: Foundation, catalogue: Catalogue) -> MakePages:
    """Return the pages, for `Services.further`."""
    desk = media_server_desk(base)
    return lambda frame: MediaServerPages(frame, desk=desk, catalogue=catalogue, clock=base.clock)
