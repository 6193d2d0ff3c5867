"""The pages of the web process: those of everybody, and those of operators."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from pantau.admin.pages import AdminPages, Around, Services
from pantau.app.app_shell import app_shell_of
from pantau.app.areas import area_service
from pantau.app.backups import backup_pages
from pantau.app.house import House
from pantau.app.releases import release_pages
from pantau.app.site import settings_pages, shown_site
from pantau.audit.reading import AuditReader
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
from pantau.web.problems import Problems

_OLD_ASSETS: Final = "old-assets"
_DATA_PREFIXES: Final = ("/api/", "/hls/", "/health", "/metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Everything that browsers show."""

    assets: Assets
    portal: Portal
    app: AppShell
    text_list: TextList
    lite: LiteMode
    sharing: SharePages
    status: StatusPage
    playback: PlaybackPages
    films: RecordingsList
    links: tuple[APIRouter, ...]
    admin: AdminPages
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
    admin = AdminPages(_services(house), _around(house, pages))
    problems = Problems(
        admin.refusals(portal.problem_page),
        data_prefixes=_DATA_PREFIXES,
        on_event=house.doors.on_event,
    )
    return Papers(
        assets=assets,
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
        links=(
            house.replaying.footage.rights.link_page(pages, house.doors.csrf),
            *house.community.public_pages(pages, house.doors.csrf, house.doors.clients),
        ),
        admin=admin,
        problems=problems,
    )


def _services(house: House) -> Services:
    base, accounts, parts = house.base, house.accounts, house.accounts.signing_in
    return Services(
        sign_ins=parts.sign_ins,
        resolver=parts.resolver,
        second_factors=parts.second_factors,
        first_run=parts.first_run,
        users=accounts.users,
        keys=accounts.keys,
        audit=AuditReader(base.database),
        verifier=base.verifier(),
        catalogue=house.sights.catalogue,
        areas=area_service(base).public,
        measures=house.overlooking.measures(house.numbers.analytics),
        further=(
            *house.community.pages(),
            *house.sponsoring.pages(),
            *house.overlooking.pages(house.numbers.analytics),
            *house.replaying.footage.pages(),
            settings_pages(base),
            release_pages(house.releases),
            *backup_pages(base, parts.sign_ins, house.managing.alerts.targets),
            *house.managing.pages(
                house.sights.streaming.presence,
                house.replaying.footage.recording,
                house.community.votes,
            ),
        ),
    )


def _around(house: House, pages: Pages) -> Around:
    base, doors = house.base, house.doors
    return Around(
        pages=pages,
        csrf=doors.csrf,
        clients=doors.clients,
        cookies=doors.cookies,
        secret=base.secret,
        clock=base.clock,
        access_s=base.settings.accounts.access_s,
    )
