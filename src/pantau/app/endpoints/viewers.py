"""Who watches and watched, as operators read it."""

from fastapi import APIRouter

from pantau.app.viewing import Viewing, names_of
from pantau.viewers.api import ViewerApi


def viewer_router(viewing: Viewing) -> APIRouter:
    """Return the endpoints."""
    api = ViewerApi(viewing.viewers, camera_name=names_of(viewing.catalogue))
    return api.endpoints.router
