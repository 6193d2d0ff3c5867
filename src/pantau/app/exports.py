"""Clips and time-lapses: what a web process offers, and the job in the worker."""

from fastapi import APIRouter

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Supervisor
from pantau.recordings.exports.links import ClipLinks
from pantau.recordings.exports.service import Exports
from pantau.web.client_address import ClientAddresses


def exports_of(base: Foundation, catalogue: Catalogue) -> tuple[Exports, ClipLinks]:
    """Return the services that endpoints and pages use; starts nothing."""
    raise NotImplementedError


def export_api(
    base: Foundation, exports: Exports, links: ClipLinks, clients: ClientAddresses
) -> tuple[APIRouter, ...]:
    """Return the endpoints."""
    raise NotImplementedError


def start_exporting(base: Foundation, supervisor: Supervisor) -> None:
    """Make what is queued, one at a time, in the worker."""
    raise NotImplementedError
