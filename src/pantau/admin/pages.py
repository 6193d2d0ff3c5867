"""The admin as a whole: its pages, joined with the services behind them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from pantau.accounts.first_run import FirstRun
from pantau.accounts.keys.service import ApiKeys
from pantau.accounts.second_factor.service import SecondFactors
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.sessions.resolver import SessionResolver
from pantau.accounts.sessions.service import SignIns
from pantau.accounts.users.service import Users
from pantau.admin.api_keys import KeyPages
from pantau.admin.audit import AuditPages
from pantau.admin.flashes import Flashes
from pantau.admin.frame import Frame
from pantau.admin.new_password import NewPasswordPages
from pantau.admin.overview import Measures, OverviewPages
from pantau.admin.profile import ProfilePages
from pantau.admin.refusals import AdminRefusals
from pantau.admin.second_factor import SecondFactorPages
from pantau.admin.sessions import SessionPages
from pantau.admin.sign_in import SignInPages
from pantau.admin.user import UserPages
from pantau.admin.users import ListAreas, UserListPages
from pantau.admin.welcome import WelcomePages
from pantau.audit.reading import AuditReader
from pantau.audit.verification import Verifier
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.signing import derive_key
from pantau.ui.render import Pages
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.endpoints import Endpoints
from pantau.web.problems import ErrorPage


class PageSet(Protocol):
    """Pages about one noun."""

    def declare(self, add: Endpoints) -> None:
        """Declare them; paths begin below /admin."""
        ...


MakePages: TypeAlias = Callable[[Frame], PageSet]
"""Gives a set of pages the frame that they are drawn in; their services it brings along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the pages show and change."""

    sign_ins: SignIns
    resolver: SessionResolver
    second_factors: SecondFactors
    first_run: FirstRun
    users: Users
    keys: ApiKeys
    audit: AuditReader
    verifier: Verifier
    catalogue: Catalogue
    areas: ListAreas
    measures: Measures = field(default_factory=Measures)
    further: tuple[MakePages, ...] = ()
    """Pages of the domains, such as `lambda frame: AreaPages(frame, areas=areas)`.

    Declared in this order: `/cameras/import` before `/cameras/{camera_id}`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What drawing them needs of the rest of the house."""

    pages: Pages
    csrf: CsrfTokens
    clients: ClientAddresses
    cookies: SessionCookies
    secret: bytes
    """The installation's."""
    clock: Clock
    access_s: float


class AdminPages:
    """Everything below /admin; include `endpoints.router`."""

    def __init__(self, services: Services, around: Around) -> None:
        flashes = Flashes(derive_key(around.secret, "what pages say"), around.clock)
        self._frame = Frame(
            pages=around.pages,
            csrf=around.csrf,
            clients=around.clients,
            flashes=flashes,
            access_s=around.access_s,
        )
        self.endpoints: Final = Endpoints("/admin", tag="pages")
        self._declare_own(services, around)
        self._declare_managed(services, around)
        for make in services.further:
            make(self._frame).declare(self.endpoints)

    def refusals(self, elsewhere: ErrorPage) -> ErrorPage:
        """Return what draws refusals: ours below /admin, those of `elsewhere` everywhere else."""
        return AdminRefusals(self._frame, elsewhere)

    def _declare_own(self, services: Services, around: Around) -> None:
        frame, add = self._frame, self.endpoints
        SignInPages(
            frame,
            sign_ins=services.sign_ins,
            resolver=services.resolver,
            cookies=around.cookies,
        ).declare(add)
        WelcomePages(frame, first_run=services.first_run, cookies=around.cookies).declare(add)
        NewPasswordPages(frame, users=services.users).declare(add)
        ProfilePages(
            frame,
            users=services.users,
            sign_ins=services.sign_ins,
            second_factors=services.second_factors,
            cookies=around.cookies,
        ).declare(add)
        SecondFactorPages(frame, second_factors=services.second_factors).declare(add)
        OverviewPages(
            frame,
            catalogue=services.catalogue,
            sign_ins=services.sign_ins,
            reader=services.audit,
            measures=services.measures,
        ).declare(add)

    def _declare_managed(self, services: Services, around: Around) -> None:
        frame, add = self._frame, self.endpoints
        # The list first: its `new` would be read as a number otherwise.
        UserListPages(frame, users=services.users, areas=services.areas).declare(add)
        UserPages(
            frame, users=services.users, sign_ins=services.sign_ins, areas=services.areas
        ).declare(add)
        SessionPages(frame, sign_ins=services.sign_ins).declare(add)
        KeyPages(frame, keys=services.keys, clock=around.clock).declare(add)
        AuditPages(frame, reader=services.audit, verifier=services.verifier).declare(add)
