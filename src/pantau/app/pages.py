"""The pages that everybody sees, and what draws refusals."""

from dataclasses import dataclass
from typing import Final

from pantau.app.app_shell import app_shell_of
from pantau.app.house import House
from pantau.app.site import shown_site
from pantau.portal.app.lite import LiteMode
from pantau.portal.app.shell import AppShell
from pantau.portal.audience import Audience
from pantau.portal.pages import Portal
from pantau.portal.playback.page import PlaybackPages
from pantau.portal.playback.recordings_list import RecordingsList
from pantau.portal.sharing.routes import SharePages
from pantau.portal.status.page import StatusPage
from pantau.portal.wall.text_list import TextList
from pantau.portal.watch.routes import Told
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.web.assets import Assets
from pantau.web.exchange import Scope
from pantau.web.problems import Drawn, ErrorPage, Problems, Refusal

_OLD_ASSETS: Final = "old-assets"
_DATA_PREFIXES: Final = ("/api/", "/hls/", "/health", "/metrics")


@dataclass(slots=True)
class Refusals:
    """Draws refusals; `draw` is replaced when the pages of operators are loaded.

    Has the shape of web.problems.ErrorPage.
    """

    draw: ErrorPage

    def __call__(self, scope: Scope, refusal: Refusal) -> Drawn | bytes | None:
        return self.draw(scope, refusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Everything that browsers show."""

    assets: Assets
    pages: Pages
    portal: Portal
    app: AppShell
    text_list: TextList
    lite: LiteMode
    sharing: SharePages
    status: StatusPage
    playback: PlaybackPages
    films: RecordingsList
    refusals: Refusals
    problems: Problems


def build_pages(house: House) -> Papers:
    """Return the pages; starts nothing."""
    settings = house.base.settings
    assets = read_assets(settings.data_dir / _OLD_ASSETS)
    pages = Pages(assets=assets, site=shown_site(house.base), now=house.base.clock.now)
    portal = Portal(
        catalogue=house.sights.catalogue,
        pages=pages,
        assets=assets,
        clients=house.doors.clients,
        public_url=settings.public_url,
        beside=house.community.beside(house.sponsoring.board),
        audience=Audience(
            house.sights.streaming.viewing.viewers.counts,
            pages.now,
            lately=house.popular.visitors,
        ),
        told=Told(
            sharing=lambda: house.base.site.now().sharing,
            uptime_of=house.managing.health.status.uptime_of,
            area_of=house.areas.of,
        ),
    )
    refusals = Refusals(portal.problem_page)
    problems = Problems(
        refusals,
        data_prefixes=_DATA_PREFIXES,
        on_event=house.doors.on_event,
    )
    return Papers(
        assets=assets,
        pages=pages,
        portal=portal,
        app=app_shell_of(house.base, pages, assets),
        text_list=TextList(portal.kept, pages),
        lite=LiteMode(),
        sharing=SharePages(
            house.sights.catalogue,
            pages,
            portal.kept,
            rules=house.base.site.now,
            stills=house.sights.thumbnails,
            clock=house.base.clock,
            clients=house.doors.clients,
            public_url=settings.public_url,
        ),
        status=StatusPage(
            house.managing.health.status,
            pages,
            clients=house.doors.clients,
            public_url=settings.public_url,
        ),
        playback=house.replaying.page(pages, house.doors.csrf, house.doors.clients),
        films=house.replaying.list_of(pages),
        refusals=refusals,
        problems=problems,
    )
