"""The parts of the web process, opened in the order in which they need each other."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from pantau.analytics.popular import Popular
from pantau.app.accounts import Accounts
from pantau.app.analytics import open_popular
from pantau.app.areas import open_area_board
from pantau.app.community import Community, open_community
from pantau.app.doors import Doors, build_doors
from pantau.app.edge import build_entrance
from pantau.app.footage import Replaying, open_footage
from pantau.app.foundation import Foundation
from pantau.app.lists import forgetting, open_cache
from pantau.app.machine import open_machine_watch
from pantau.app.managing import Managing, open_managing
from pantau.app.sights import Sights, open_sights
from pantau.app.sponsors import Sponsoring, open_sponsoring
from pantau.areas.board import AreaBoard
from pantau.core.supervisor import Supervisor
from pantau.operations.machine_watch import MachineWatch
from pantau.operations.processes import Processes
from pantau.web.response_cache import ResponseCache


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What there is to show and to change."""

    base: Foundation
    accounts: Accounts
    doors: Doors
    sights: Sights
    cache: ResponseCache
    managing: Managing
    replaying: Replaying
    community: Community
    sponsoring: Sponsoring
    areas: AreaBoard
    popular: Popular
    machine: MachineWatch
    processes: Processes


async def open_house(
    base: Foundation, accounts: Accounts, supervisor: Supervisor, closing: AsyncExitStack
) -> House:
    """Return the parts with their services under way; `closing` gets what must be closed."""
    doors = build_doors(base, accounts)
    entrance = build_entrance(base, accounts.signing_in.resolver, doors.origins)
    sights = await open_sights(base, entrance, supervisor, closing)
    cache = open_cache(base, supervisor)
    # Schedules and cut-offs end by the clock, which no change in the database tells of.
    sights.catalogue.on_cameras(forgetting(cache, "cameras"))
    managing = await open_managing(base, sights, supervisor, closing)
    replaying = await open_footage(
        base,
        sights.catalogue,
        accounts,
        managing.editing,
        doors.clients,
        supervisor=supervisor,
        closing=closing,
        touch=sights.streaming.presence.touch_replay,
    )
    community = await open_community(
        base,
        sights.catalogue,
        supervisor,
        counters=accounts.counters,
        clients=doors.clients,
    )
    return House(
        base=base,
        accounts=accounts,
        doors=doors,
        sights=sights,
        cache=cache,
        managing=managing,
        replaying=replaying,
        community=community,
        sponsoring=await open_sponsoring(base, sights.catalogue, supervisor),
        areas=await open_area_board(base, supervisor),
        popular=open_popular(base, supervisor),
        machine=open_machine_watch(base, sights.streaming.viewing.viewers, supervisor),
        processes=Processes(base.settings.sockets_dir, base.clock),
    )
