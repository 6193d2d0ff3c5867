"""Endpoints of people: signing in, second factors, accounts, keys, the audit trail."""

from fastapi import APIRouter

from pantau.accounts.keys.api import KeyApi
from pantau.accounts.second_factor.api import SecondFactorApi
from pantau.accounts.sessions.api import AuthApi
from pantau.accounts.users.api import UserApi
from pantau.app.accounts import Accounts
from pantau.app.doors import Doors
from pantau.app.foundation import Foundation
from pantau.audit.api import AuditApi


def account_routers(base: Foundation, accounts: Accounts, doors: Doors) -> tuple[APIRouter, ...]:
    """Return the endpoints."""
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
