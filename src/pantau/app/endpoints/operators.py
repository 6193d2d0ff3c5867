"""The pages of operators, with the services behind them."""

from pantau.admin.pages import AdminPages, Around, Services
from pantau.app.areas import area_service
from pantau.app.endpoints.backups import backup_pages
from pantau.app.endpoints.cameras import managing_pages
from pantau.app.endpoints.community import community_pages
from pantau.app.endpoints.footage import footage_pages
from pantau.app.endpoints.overlooking import Overlooking
from pantau.app.endpoints.releases import release_pages
from pantau.app.endpoints.site import settings_pages, sponsor_pages
from pantau.app.house import House
from pantau.audit.reading import AuditReader
from pantau.notifications.alerts import Alerts
from pantau.operations.release.desk import ReleaseDesk
from pantau.ui.render import Pages


def operators_pages(
    house: House, pages: Pages, *, alerts: Alerts, overlooking: Overlooking, releases: ReleaseDesk
) -> AdminPages:
    """Return them; include `endpoints.router`."""
    base, accounts, parts = house.base, house.accounts, house.accounts.signing_in
    footage = house.replaying.footage
    services = Services(
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
        measures=overlooking.measures(),
        further=(
            *community_pages(house.community),
            *sponsor_pages(house.sponsoring),
            *overlooking.pages(),
            *footage_pages(footage, house.doors.clients),
            settings_pages(base),
            release_pages(releases),
            *backup_pages(base, parts.sign_ins, alerts.targets),
            *managing_pages(
                house.managing,
                alerts,
                house.sights.streaming.presence,
                footage.recording,
                house.community.votes,
            ),
        ),
    )
    return AdminPages(services, _around(house, pages))


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
