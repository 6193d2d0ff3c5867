"""Alerts, as a web process manages them."""

from fastapi import APIRouter

from pantau.admin.alert_rules import AlertRulePages
from pantau.admin.alert_targets import AlertTargetPages
from pantau.admin.alerts import AlertPages, AlertServices
from pantau.admin.pages import MakePages
from pantau.app.alerting import composer_of
from pantau.app.areas import area_service
from pantau.app.foundation import Foundation
from pantau.cameras.service import Catalogue
from pantau.notifications.alerts import Alerts
from pantau.notifications.api import AlertApi
from pantau.notifications.outbox_service import Outbox
from pantau.notifications.rule_service import Rules
from pantau.notifications.target_service import Targets
from pantau.notifications.telegram_api import TelegramApi
from pantau.notifications.telegram_config import TelegramConfig
from pantau.web.client_address import ClientAddresses


def alerts_of(base: Foundation, catalogue: Catalogue) -> Alerts:
    """Return what endpoints and pages use; starts nothing."""
    database, trail, clock = base.database, base.trail, base.clock
    targets = Targets(database, sealer=base.sealer, trail=trail, clock=clock)
    return Alerts(
        targets=targets,
        rules=Rules(database, catalogue=catalogue, trail=trail, clock=clock),
        outbox=Outbox(
            database, composer=composer_of(base), zone=base.site.zone, trail=trail, clock=clock
        ),
        telegram=TelegramConfig(
            database, targets=targets, sealer=base.sealer, trail=trail, clock=clock
        ),
    )


def alert_routers(alerts: Alerts, clients: ClientAddresses) -> tuple[APIRouter, ...]:
    """Return the endpoints."""
    own, telegram = AlertApi(alerts, clients), TelegramApi(alerts, clients)
    return (own.endpoints.router, telegram.endpoints.router)


def alert_pages(base: Foundation, alerts: Alerts, catalogue: Catalogue) -> tuple[MakePages, ...]:
    """Return the pages."""
    services = AlertServices(alerts=alerts, catalogue=catalogue, areas=area_service(base).public)
    return (
        lambda frame: AlertPages(frame, services),
        lambda frame: AlertTargetPages(frame, services),
        lambda frame: AlertRulePages(frame, services),
    )
