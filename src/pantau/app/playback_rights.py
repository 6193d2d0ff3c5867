"""Who may replay what: the memory of a web process, tokens, pages, and the worker's shadows."""

from dataclasses import dataclass

from fastapi import APIRouter

from pantau.admin.pages import MakePages
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Supervisor
from pantau.recordings.rights.rules import PlaybackRules
from pantau.recordings.rights.service import ReplayRights
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import Counters
from pantau.web.csrf import CsrfTokens
from pantau.web.principal import Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a web process knows of who may replay what."""

    replay: ReplayRights
    rules: PlaybackRules

    def routers(self) -> tuple[APIRouter, ...]:
        """Return the endpoints: `/api/recordings/tokens…` and `/api/playback/{activate,leave,me}`.

        Before those of recordings: `tokens` would be read as a camera's number otherwise.
        """
        raise NotImplementedError

    def link_page(self, pages: Pages, csrf: CsrfTokens) -> APIRouter:
        """Return the page `/putar`, where a link to a token leads."""
        raise NotImplementedError

    def pages(self) -> tuple[MakePages, ...]:
        """Return the pages of operators, for `Services.further`."""
        raise NotImplementedError


async def open_rights(
    base: Foundation,
    catalogue: Catalogue,
    resolver: Resolver,
    *,
    counters: Counters,
    clients: ClientAddresses,
    supervisor: Supervisor,
) -> Rights:
    """Return it, known already and kept up to date by services (web process)."""
    raise NotImplementedError


def rights_of(
    base: Foundation,
    catalogue: Catalogue,
    resolver: Resolver,
    *,
    counters: Counters,
    clients: ClientAddresses,
) -> Rights:
    """Return it, knowing nothing yet; starts nothing."""
    raise NotImplementedError


async def start_shadows(base: Foundation, catalogue: Catalogue, supervisor: Supervisor) -> None:
    """Start noting when cameras cannot be seen (worker)."""
    raise NotImplementedError
