"""Wiring of stills: what web processes show of them, and how the worker comes by them."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from pantau.app.foundation import Foundation
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.cameras.visitors import Visitors
from pantau.core.ids import CameraId
from pantau.core.supervisor import Service, Supervisor
from pantau.mediaserver.sockets import HLS_SOCKET
from pantau.thumbnails.owners import OwnersStills
from pantau.thumbnails.service import Thumbnails
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import StillClient
from pantau.thumbnails.warming import Warmer, nobody_is_dead

SHELF_FOLDER: Final = "thumbnails"
_ANSWER_S: Final = 2.0
"""What the engine may take beyond the time that a camera has to start."""


def shown_stills(
    base: Foundation,
    catalogue: Catalogue,
    visitors: Visitors,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Thumbnails:
    """Return what answers `/api/thumbnails/`, with what is on the shelf already."""
    settings = base.settings
    client = StillClient(str(settings.sockets_dir / HLS_SOCKET))
    closing.push_async_callback(client.close)
    thumbnails = Thumbnails(
        catalogue,
        client,
        visitors=visitors,
        clock=base.clock,
        spawn=supervisor.spawn,
        fresh_s=settings.thumbnails.fresh_s,
    )
    thumbnails.load(Shelf(settings.data_dir / SHELF_FOLDER))
    return thumbnails


def keep_stills(
    base: Foundation,
    catalogue: Catalogue,
    supervisor: Supervisor,
    closing: AsyncExitStack,
    *,
    is_dead: Callable[[CameraId], bool] = nobody_is_dead,
) -> None:
    """Have the worker put a still of every camera on the shelf again and again.

    `is_dead`: whether health calls a camera dead or offline; it is left alone then.
    """
    settings = base.settings
    shelf = Shelf(settings.data_dir / SHELF_FOLDER)
    shelf.keep_only({camera.id for camera in catalogue.all()})
    origin = None
    if not settings.media.api_url:
        origin = StillClient(str(settings.sockets_dir / HLS_SOCKET))
        closing.push_async_callback(origin.close)
    warmer = Warmer(
        origin=origin,
        catalogue=catalogue,
        shelf=shelf,
        clock=base.clock,
        warm_every_s=settings.thumbnails.warm_every_s,
        start_timeout_s=settings.media.start_timeout_s + _ANSWER_S,
        owner=OwnersStills(
            clock=base.clock,
            allowed_networks=settings.media.allowed_networks,
            stream_url=_at_their_media_server(settings.media.hls_url),
        ),
        is_dead=is_dead,
    )
    supervisor.add(Service("thumbnails.warmer", warmer.run))


def _at_their_media_server(hls_url: str) -> Callable[[Camera], str] | None:
    if not hls_url:
        return None
    base_url = hls_url.rstrip("/")
    return lambda camera: f"{base_url}/{camera.stream_key}/index.m3u8"
