"""Keeping footage: the one who deletes, in the worker, and what a web process offers."""

from fastapi import APIRouter

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Supervisor
from pantau.health.monitor import Part
from pantau.recordings.keeping_service import Keeping
from pantau.recordings.storage.places import Places
from pantau.web.client_address import ClientAddresses


def start_keeping(base: Foundation, places: Places, supervisor: Supervisor) -> None:
    """Delete what must go and watch the disks, in the worker."""
    raise NotImplementedError


def keeping_of(base: Foundation, catalogue: Catalogue) -> Keeping:
    """Return what endpoints and pages use; starts nothing."""
    raise NotImplementedError


def keeping_api(keeping: Keeping, clients: ClientAddresses) -> APIRouter:
    """Return the endpoints."""
    raise NotImplementedError


def storage_part(keeping: Keeping) -> Part:
    """Return the room for footage as a part of `/health`."""
    raise NotImplementedError
