"""The doors of the web process: who may come in, and the endpoints of those who did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter

from pantau.accounts.client import client_of
from pantau.accounts.keys.api import KeyApi
from pantau.accounts.second_factor.api import SecondFactorApi
from pantau.accounts.sessions.api import AuthApi
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.accounts.users.api import UserApi
from pantau.admin.announcements import LARGER_BODIES as PICTURE_BODIES
from pantau.admin.pages import SIGN_IN_PAGES
from pantau.admin.settings import LARGER_BODIES as LOGO_BODIES
from pantau.admin.sponsor import LARGER_BODIES as SPONSORED
from pantau.app.accounts import Accounts
from pantau.app.backups import BACKUP_BODIES
from pantau.app.community import Community
from pantau.app.footage import Footage
from pantau.app.foundation import Foundation
from pantau.app.managing import Managing
from pantau.app.site import site_routers
from pantau.audit.api import AuditApi
from pantau.audit.events import SecurityEvent
from pantau.audit.trail import AuditTrail
from pantau.cameras.importing.api import LARGER_BODIES
from pantau.core.metrics import Exposition
from pantau.core.signing import derive_key
from pantau.operations.api import cache_endpoints, statistics_endpoints
from pantau.operations.cache_control import CacheControl
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.events import OnEvent
from pantau.web.exchange import Scope
from pantau.web.guard import Guard
from pantau.web.origins import Origins
from pantau.web.response_cache import ResponseCache
from pantau.web.slow_lane import BodyLimit
from pantau.web.throttle import Throttle

LARGER: Final[Mapping[str, int]] = {
    **LARGER_BODIES,
    **PICTURE_BODIES,
    **LOGO_BODIES,
    **SPONSORED,
    **BACKUP_BODIES,
}
"""Where bodies may be larger than elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What stands between visitors and the application."""

    clients: ClientAddresses
    origins: Origins
    csrf: CsrfTokens
    cookies: SessionCookies
    guard: Guard
    on_event: OnEvent


def build_doors(base: Foundation, accounts: Accounts) -> Doors:
    """Return the doors; starts nothing."""
    settings, clock = base.settings, base.clock
    clients = ClientAddresses(settings.trusted_proxies, header=settings.client_address_header)
    origins = Origins(settings.allowed_origins, clients, public_url=settings.public_url)
    csrf = CsrfTokens(derive_key(base.secret, "csrf"), clock)
    on_event = events_into(base.trail, clients)
    return Doors(
        clients=clients,
        origins=origins,
        csrf=csrf,
        cookies=SessionCookies(
            clients,
            allowed_origins=settings.allowed_origins,
            access_s=settings.accounts.access_s,
        ),
        guard=Guard(
            throttle=Throttle(
                settings.limits, accounts.counters, clients, clock, sign_in_pages=SIGN_IN_PAGES
            ),
            origins=origins,
            tokens=csrf,
            resolver=accounts.signing_in.resolver,
            on_event=on_event,
            bodies=BodyLimit(larger=LARGER),
        ),
        on_event=on_event,
    )


def api_routers(
    base: Foundation,
    accounts: Accounts,
    doors: Doors,
    *,
    cache: ResponseCache,
    exposition: Exposition,
    managing: Managing,
    footage: Footage,
    community: Community,
) -> tuple[APIRouter, ...]:
    """Return every endpoint of the API."""
    control = CacheControl(cache, base.database, base.trail)
    return (
        *_account_routers(base, accounts, doors),
        *site_routers(base, accounts, doors.clients),
        *managing.routers(doors.clients),
        *footage.routers(doors.clients),
        *community.routers(doors.clients),
        *cache_endpoints(control, doors.clients),
        *statistics_endpoints(base.database.stats, exposition),
    )


def _account_routers(base: Foundation, accounts: Accounts, doors: Doors) -> tuple[APIRouter, ...]:
    parts, clients, clock = accounts.signing_in, doors.clients, base.clock
    apis = (
        AuthApi(
            parts.sign_ins,
            parts.resolver,
            cookies=doors.cookies,
            csrf=doors.csrf,
            clients=clients,
        ),
        SecondFactorApi(parts.second_factors, clients),
        UserApi(accounts.users, clients),
        KeyApi(accounts.keys, clients, clock=clock),
        AuditApi(
            base.database,
            trail=base.trail,
            verifier=base.verifier(),
            clients=clients,
            clock=clock,
        ),
    )
    return tuple(api.endpoints.router for api in apis)


def events_into(trail: AuditTrail, clients: ClientAddresses) -> OnEvent:
    """Return a listener that notes in the trail what the doors refused."""

    def note(event_type: str, scope: Scope, **facts: Any) -> None:
        client = client_of(scope, clients)
        trail.note(
            SecurityEvent(event_type),
            address=client.address,
            endpoint=client.endpoint,
            user_agent=client.user_agent,
            details=facts,
        )

    return note
