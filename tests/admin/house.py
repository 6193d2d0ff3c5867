"""The admin on a database of the test: real services, the real guard, real HTTP in front."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from pantau.accounts.area_rows import RowsOfAreaRights
from pantau.accounts.assembly import Around as SignInAround
from pantau.accounts.assembly import SigningIn, join
from pantau.accounts.client import Client
from pantau.accounts.keys.service import ApiKeys
from pantau.accounts.second_factor.api import SecondFactorApi
from pantau.accounts.sessions.api import AuthApi
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.sessions.values import Credentials, SignedIn
from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import NewUser, User
from pantau.admin.areas import AreaPages
from pantau.admin.camera_pages import CameraSection
from pantau.admin.cameras import CameraServices
from pantau.admin.health import HealthPages
from pantau.admin.media_server import MediaServerPages
from pantau.admin.overview import Measures
from pantau.admin.own_paths import SIGN_IN_PAGES
from pantau.admin.pages import AdminPages, Around, MakePages, Services
from pantau.areas.editing import AreaEditing
from pantau.areas.models import AreaRow
from pantau.areas.service import AreaService
from pantau.audit.api import AuditApi
from pantau.audit.reading import AuditReader
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import Verifier
from pantau.cameras.access import CameraAccess
from pantau.cameras.area_rows import CamerasInAreas
from pantau.cameras.conditions import CatalogueConditions
from pantau.cameras.editing import CameraEditor
from pantau.cameras.listing import CameraList
from pantau.cameras.models import Camera, CameraSource, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.clock import always
from pantau.core.ids import AreaId, CameraId
from pantau.core.key_file import Key, KeyRing
from pantau.core.networks import AddressPolicy
from pantau.core.sealing import Sealer
from pantau.core.slugs import slug_of
from pantau.db.database import Database, Reading
from pantau.feedback.values import VoteTotals
from pantau.health.figures import FigureBook
from pantau.health.monitor import Finding, Report
from pantau.health.service import HealthBook
from pantau.portal.pages import Portal
from pantau.settings.model import AccountSettings, LimitSettings
from pantau.streaming.media_asking import MediaServerDesk
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.counters import MemoryCounters
from pantau.web.csrf import CsrfTokens
from pantau.web.fast_lane import FastLane
from pantau.web.framework_problems import install
from pantau.web.guard import Guard
from pantau.web.headers import PageSources, SecurityHeaders
from pantau.web.origins import Origins
from pantau.web.principal import Role
from pantau.web.problems import Problems
from pantau.web.throttle import Throttle
from tests.accounts.house import PASSWORD, SECRET, HurriedClock, Unsealed
from tests.admin.looks import ScriptedLooks
from tests.audit.trails import KEY
from tests.support.clock import HandWoundClock
from tests.support.templates import compiled_once
from tests.web.http_peer import serving_lane

SEALER = Sealer(KeyRing(Path("/no/such/keys"), (Key("0123abcd", bytes(32)),)))
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
_STATES = {
    1: LiveState.LIVE,
    2: LiveState.LIVE,
    3: LiveState.OFFLINE,
    4: LiveState.OFFLINE,
    5: LiveState.CONNECTING,
}
CAMERAS = (
    ("Simpang Lima Tirtasari", "Wanasari", "Jl. Pahlawan"),
    ("Alun-Alun Barat", "Wanasari", "Jl. Alun-Alun"),
    ("Simpang Empat Jalan Raya Pangeran Kusumadilaga–Terminal Lama", "Margaluyu", "Jl. Raya"),
    ("Bendung Margaluyu", "Margaluyu", "Jl. Irigasi"),
    ("Pasar Wetan, pintu utama", "Kali Bening", "Jl. Pasar Wetan"),
    ("Puskesmas", "Kali Bening", "Jl. Sehat"),
)


@dataclass
class AdminHouse:
    """`lane` answers; the services are there for what a test prepares and proves."""

    database: Database
    clock: HandWoundClock
    parts: SigningIn
    users: Users
    keys: ApiKeys
    trail: AuditTrail
    catalogue: Catalogue
    report: Report
    lane: FastLane
    editor: CameraEditor
    health: HealthBook
    areas: AreaEditing
    desk: MediaServerDesk
    looks: ScriptedLooks = field(default_factory=ScriptedLooks)
    viewers: dict[int, int] = field(default_factory=dict)
    votes: dict[int, VoteTotals] | None = None
    measures: Measures = field(default_factory=Measures)
    """What the overview has beside the report and the pool."""
    routers: tuple[APIRouter, ...] = ()
    """Endpoints that pages of a test ask."""
    port: int = 0
    routes: Sequence[APIRoute] = ()
    """Of the pages alone."""

    async def add(
        self, name: str, role: Role = "viewer", password: str = PASSWORD, **more: Any
    ) -> User:
        """Add a user as the console does."""
        new = NewUser(username=name, password=password, role=role, **more)
        return await self.users.add(new, by=AT_THE_CONSOLE)

    async def area(self, name: str) -> int:
        """Add an area."""
        async with self.database.write() as work:
            row = AreaRow(
                name=name, slug=slug_of(name), managed_by="operator", created_at=self.clock.now()
            )
            work.session.add(row)
            await work.session.flush()
            return row.id

    async def tokens(
        self, name: str, *, address: str = "192.0.2.7", agent: str = AGENT
    ) -> SignedIn:
        """Sign somebody in from somewhere."""
        credentials = Credentials(username=name, password=PASSWORD)
        client = Client(address=address, user_agent=agent)
        begun = await self.parts.sign_ins.sign_in(credentials, client)
        assert isinstance(begun, SignedIn)
        return begun


MorePages: TypeAlias = Callable[[AdminHouse], tuple[MakePages, ...]]
"""Makes pages, and may set what is read when the house is built, such as `measures`."""


@asynccontextmanager
async def admin_house(
    database: Database,
    *,
    clock: HandWoundClock | None = None,
    limits: LimitSettings | None = None,
    more: MorePages = lambda _: (),
) -> AsyncIterator[AdminHouse]:
    """Serve the admin until the block ends; `more` makes pages that stand before its own."""
    house = house_on(database, clock or HurriedClock(), limits or LimitSettings(), more)
    await house.keys.load()
    async with serving_lane(house.lane) as port:
        house.port = port
        yield house


def house_on(
    database: Database,
    clock: HandWoundClock,
    limits: LimitSettings,
    more: MorePages = lambda _: (),
) -> AdminHouse:
    clients = ClientAddresses(("127.0.0.1",))
    trail = AuditTrail(database, key=KEY, clock=clock)
    keys = ApiKeys(database, trail, clock=clock)
    counters = MemoryCounters(clock)
    around = SignInAround(
        database=database,
        secret=SECRET,
        seals=Unsealed(),
        counters=counters,
        trail=trail,
        clock=clock,
    )
    parts = join(around, settings=AccountSettings(), limits=limits, find_key=keys.find)
    users = Users(
        database,
        sign_ins=parts.sign_ins,
        hasher=parts.hasher,
        expiry=parts.expiry,
        trail=trail,
        clock=clock,
    )
    catalogue = catalogue_at(clock)
    house = AdminHouse(
        database=database,
        clock=clock,
        parts=parts,
        users=users,
        keys=keys,
        trail=trail,
        catalogue=catalogue,
        report=report(),
        lane=FastLane(_never, exact={}, prefixes={}, clients=clients),
        editor=CameraEditor(
            database, sealer=SEALER, trail=trail, clock=clock, policy=AddressPolicy(())
        ),
        health=HealthBook(
            database,
            catalogue=catalogue,
            figures=FigureBook(database, clock=clock, zone=always(ZoneInfo("Asia/Jakarta"))),
            trail=trail,
            clock=clock,
        ),
        areas=AreaEditing(
            database,
            cameras=CamerasInAreas(clock, always(ZoneInfo("Asia/Jakarta"))),
            rights=RowsOfAreaRights(),
            trail=trail,
            clock=clock,
        ),
        desk=MediaServerDesk(database, trail=trail, clock=clock),
    )
    throttle = Throttle(limits, counters, clients, clock, sign_in_pages=SIGN_IN_PAGES)
    house.lane = _lane(house, clients, throttle, more(house))
    return house


def _lane(
    house: AdminHouse,
    clients: ClientAddresses,
    throttle: Throttle,
    more: tuple[MakePages, ...],
) -> FastLane:
    csrf = CsrfTokens(SECRET, house.clock)
    cookies = SessionCookies(clients, allowed_origins=(), access_s=3600)
    assets = _assets()
    site = Site(place="Kota Tirtasari", zone=ZoneInfo("Asia/Jakarta"))
    pages = compiled_once(Pages(assets=assets, site=lambda: site, now=house.clock.now))
    portal = Portal(catalogue=house.catalogue, pages=pages, assets=assets)
    admin = AdminPages(
        services_of(house, more),
        Around(
            pages=pages,
            csrf=csrf,
            clients=clients,
            cookies=cookies,
            secret=SECRET,
            clock=house.clock,
            access_s=3600,
        ),
    )
    house.routes = [each for each in admin.endpoints.router.routes if isinstance(each, APIRoute)]
    problems = Problems(admin.refusals(portal.problem_page), data_prefixes=("/api/",))
    api = FastAPI(openapi_url=None)
    parts = house.parts
    audit_api = AuditApi(
        house.database,
        trail=house.trail,
        verifier=Verifier(house.database, key=KEY),
        clients=clients,
        clock=house.clock,
    )
    for endpoints in (
        admin.endpoints,
        AuthApi(
            parts.sign_ins, parts.resolver, cookies=cookies, csrf=csrf, clients=clients
        ).endpoints,
        SecondFactorApi(parts.second_factors, clients).endpoints,
        audit_api.endpoints,
    ):
        api.include_router(endpoints.router)
    for router in house.routers:
        api.include_router(router)
    install(problems, api)
    guard = Guard(
        throttle=throttle, origins=Origins((), clients), tokens=csrf, resolver=parts.resolver
    )
    return FastLane(
        api,
        exact=portal.exact(),
        prefixes=portal.prefixes(),
        clients=clients,
        headers=SecurityHeaders(clients, PageSources(scripts=(assets.import_map_source,))),
        problems=problems,
        guard=guard,
    )


def services_of(house: AdminHouse, more: tuple[MakePages, ...] = ()) -> Services:
    async def no_cameras(_: Reading) -> dict[AreaId, int]:
        return {}

    areas = AreaService(house.database, count_cameras=no_cameras)
    return Services(
        sign_ins=house.parts.sign_ins,
        resolver=house.parts.resolver,
        second_factors=house.parts.second_factors,
        first_run=house.parts.first_run,
        users=house.users,
        keys=house.keys,
        audit=AuditReader(house.database),
        verifier=Verifier(house.database, key=KEY),
        catalogue=house.catalogue,
        areas=areas.public,
        further=(
            *more,
            lambda frame: CameraSection(frame, camera_services(house, areas)),
            lambda frame: HealthPages(frame, book=house.health, catalogue=house.catalogue),
            lambda frame: AreaPages(frame, areas=house.areas),
            lambda frame: MediaServerPages(
                frame, desk=house.desk, catalogue=house.catalogue, clock=house.clock
            ),
        ),
        measures=replace(house.measures, health=lambda: house.report, pool=house.database.stats),
    )


def camera_services(house: AdminHouse, areas: AreaService) -> CameraServices:
    return CameraServices(
        cameras=CameraList(
            house.database,
            SEALER,
            conditions=CatalogueConditions(house.catalogue),
            clock=house.clock,
        ),
        editor=house.editor,
        prober=house.looks,
        access=CameraAccess(house.clock, always(ZoneInfo("Asia/Jakarta"))),
        areas=areas.public,
        viewers=lambda camera_id: house.viewers.get(camera_id, 0),
        votes=lambda: house.votes,
    )


def catalogue_at(clock: HandWoundClock) -> Catalogue:
    """Return six cameras: two fine, two offline, one connecting, one that nobody looked at."""
    cameras = [
        Camera(
            id=CameraId(number),
            slug=f"kamera-{number}",
            stream_key=f"key-{number}",
            name=name,
            source=CameraSource("testcard:"),
            location=location,
            area_id=AreaId(sum(area.encode())),
            area_name=area,
        )
        for number, (name, area, location) in enumerate(CAMERAS, 1)
    ]
    catalogue = Catalogue(cameras, clock=clock)
    now = clock.now()
    catalogue.observe(
        {
            CameraId(number): Observation(state, now - timedelta(hours=number), now, "h264")
            for number, state in _STATES.items()
        }
    )
    return catalogue


def report(*, disk_ok: bool = True) -> Report:
    """Return what the last look found."""
    disk = Finding(ok=disk_ok, message="" if disk_ok else "The disk of the data folder is full.")
    return Report(
        findings={"media_server": Finding(ok=True), "worker": Finding(ok=True), "disk": disk},
        essential_down=(),
        others_down=() if disk_ok else ("disk",),
        age_s=1.0,
        loop_lag_s=0.0,
    )


@cache
def _assets() -> Assets:
    """Compressing every file takes a tenth of a second, for every test the same."""
    return read_assets()


async def _never(*_: object) -> None:
    raise AssertionError("the lane was replaced before anybody asked")
