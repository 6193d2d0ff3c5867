"""Who watches: counted in every web process, shared where there is a Valkey, written down."""

import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.viewers.beacons import Beacons, delivery_of
from pantau.viewers.following import Following
from pantau.viewers.giving_cookies import CookieGiver
from pantau.viewers.keeping import ViewKeeper
from pantau.viewers.presence import Around, Presence
from pantau.viewers.quality import ReportLimit
from pantau.viewers.salt_rows import DailySalts
from pantau.viewers.service import Viewers
from pantau.viewers.telling import Telling
from pantau.viewers.visitors import Salted
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Choice, Route
from pantau.web.writing import Writing

if TYPE_CHECKING:
    from pantau.viewers.sharing import SharedPresence


WATCH_PAGES: Final = ("/kamera/", "/k/", "/multi", "/rekaman/")
_MOST_NAME: Final = 64
_Some = TypeVar("_Some", Route, Route | Choice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """The parts of one web process; everybody who counts viewers asks `viewers`."""

    base: Foundation
    catalogue: Catalogue
    presence: Presence
    keeper: ViewKeeper
    viewers: Viewers

    def writings(self) -> dict[str, Writing]:
        """Return what players tell, for the fast lane."""
        beacons = Beacons(
            self.presence,
            self.catalogue,
            reports=self.keeper,
            limit=ReportLimit(self.base.clock),
        )
        return Telling(beacons).writings()


def viewing_of(base: Foundation, catalogue: Catalogue) -> Viewing:
    """Return the parts; starts nothing.  Nobody may watch before the salt of the day is there."""
    presence = Presence(
        base.clock,
        salted=Salted(b"", ""),
        around=Around(
            node=secrets.token_hex(8),
            keep_addresses=lambda: base.site.now().viewers.keep_addresses,
            delivery_of=lambda camera_id: delivery_of(catalogue.by_id(camera_id)),
        ),
    )
    keeper = ViewKeeper(
        presence,
        base.database,
        salts=DailySalts(base.database, base.sealer, base.clock),
        zone=base.site.zone,
        camera_name=names_of(catalogue),
        clock=base.clock,
        machine=socket.gethostname()[:_MOST_NAME],
    )
    viewers = Viewers(presence, base.database, clock=base.clock, zone=base.site.zone)
    return Viewing(
        base=base, catalogue=catalogue, presence=presence, keeper=keeper, viewers=viewers
    )


async def open_viewing(
    base: Foundation, catalogue: Catalogue, supervisor: Supervisor, closing: AsyncExitStack
) -> Viewing:
    """Return the parts with their services under way; `closing` writes down what is open."""
    viewing = viewing_of(base, catalogue)
    await viewing.keeper.begin()
    supervisor.add(Service("viewers.keeper", viewing.keeper.run))
    shared = _open_sharing(base, viewing.presence, supervisor, closing)
    following = Following(viewing.presence, base.clock, base.settings.sockets_dir)
    await following.begin()

    async def end() -> None:
        hands_over = shared is not None and await shared.leave()
        hands_over = await following.end() or hands_over
        await viewing.keeper.close(hands_over=hands_over)

    closing.push_async_callback(end)
    return viewing


def giving_cookies(routes: Mapping[str, _Some], clients: ClientAddresses) -> dict[str, _Some]:
    """Return `routes`; pages on which people watch give each browser a number of its own."""
    return CookieGiver(clients).wrapped(routes, WATCH_PAGES)


def _open_sharing(
    base: Foundation, presence: Presence, supervisor: Supervisor, closing: AsyncExitStack
) -> "SharedPresence | None":
    if not base.settings.shared_state_url:
        return None
    # Only now: its driver takes a tenth of a second to load, and few installations have one.
    from pantau.viewers.sharing import SharedPresence  # noqa: PLC0415

    shared = SharedPresence(base.settings.shared_state_url, presence, base.clock)
    closing.push_async_callback(shared.close)
    supervisor.add(Service("viewers.sharing", shared.run))
    return shared


def names_of(catalogue: Catalogue) -> Callable[[int], str | None]:
    """Return what knows the names of cameras by number."""

    def name_of(camera_id: int) -> str | None:
        camera = catalogue.by_id(camera_id)
        return None if camera is None else camera.name

    return name_of
