"""The doors of the web process: who may come in."""

from dataclasses import dataclass
from typing import Any

from pantau.accounts.client import client_of
from pantau.accounts.sessions.cookies import SessionCookies
from pantau.admin.own_paths import SIGN_IN_PAGES
from pantau.app.accounts import Accounts
from pantau.app.bodies import LARGER_BODIES
from pantau.app.foundation import Foundation
from pantau.audit.events import SecurityEvent
from pantau.audit.trail import AuditTrail
from pantau.core.signing import derive_key
from pantau.web.client_address import ClientAddresses
from pantau.web.csrf import CsrfTokens
from pantau.web.events import OnEvent
from pantau.web.exchange import Scope
from pantau.web.guard import Guard
from pantau.web.origins import Origins
from pantau.web.slow_lane import BodyLimit
from pantau.web.throttle import Throttle


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
            bodies=BodyLimit(larger=LARGER_BODIES),
        ),
        on_event=on_event,
    )


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
