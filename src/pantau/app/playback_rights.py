"""Who may replay what: the memory of a web process, and tokens."""

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from pantau.app.areas import area_service
from pantau.app.foundation import Foundation
from pantau.cameras.event_rows import decided_since
from pantau.cameras.service import Catalogue
from pantau.core.signing import derive_key
from pantau.core.supervisor import Service, Supervisor
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rights.activation import Activations
from pantau.recordings.rights.book import RightsBook
from pantau.recordings.rights.guessing import GuessGate
from pantau.recordings.rights.nightfall import Nightfall
from pantau.recordings.rights.reach import Policy
from pantau.recordings.rights.service import Hub, ReplayRights
from pantau.recordings.rights.token_texts import TokenTexts
from pantau.recordings.rights.tokens import PlaybackTokens
from pantau.settings import Settings
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import Counters
from pantau.web.principal import Resolver

_KEY: Final = "playback-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a web process knows of who may replay what."""

    replay: ReplayRights
    book: RightsBook
    tokens: PlaybackTokens
    activations: Activations


async def open_rights(
    base: Foundation,
    catalogue: Catalogue,
    resolver: Resolver,
    *,
    counters: Counters,
    clients: ClientAddresses,
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> Rights:
    """Return it, known already and kept up to date by services (web process).

    Raises Unavailable where the database is away: nobody is let in on a guess.
    """
    rights = rights_of(base, catalogue, resolver, counters=counters, clients=clients)
    await rights.book.refresh()
    supervisor.add(Service("playback.rights", rights.book.follow))
    supervisor.add(Service("playback.night", rights.book.watch))
    supervisor.add(Service("playback.seen", rights.book.run))
    closing.push_async_callback(rights.book.close)
    return rights


def rights_of(
    base: Foundation,
    catalogue: Catalogue,
    resolver: Resolver,
    *,
    counters: Counters,
    clients: ClientAddresses,
) -> Rights:
    """Return it, knowing nothing yet and so letting nobody replay with a token; starts nothing."""
    clock, zone = base.clock, base.site.zone
    texts = TokenTexts(derive_key(base.secret, _KEY))
    gate = GuessGate(counters, clock)
    book = RightsBook(
        base.database,
        catalogue,
        decided_since=decided_since,
        night=Nightfall(zone),
        clock=clock,
    )
    areas = area_service(base)

    async def area_ids() -> Collection[int]:
        return frozenset(area.id for area in await areas.public())

    return Rights(
        replay=ReplayRights(
            book,
            catalogue,
            resolver=resolver,
            texts=texts,
            gate=gate,
            clients=clients,
            hub=Hub(default=default_policy(base.settings), clock=clock, zone=zone),
        ),
        book=book,
        tokens=PlaybackTokens(
            base.database,
            book,
            catalogue,
            texts=texts,
            area_ids=area_ids,
            trail=base.trail,
            clock=clock,
        ),
        activations=Activations(
            base.database, book, texts=texts, gate=gate, trail=base.trail, clock=clock
        ),
    )


def default_policy(settings: Settings) -> Policy:
    """Return what holds for cameras about which nothing was decided."""
    recordings = settings.recordings
    return Policy(
        mode=PlaybackMode(recordings.playback), preview_minutes=recordings.preview_minutes
    )
