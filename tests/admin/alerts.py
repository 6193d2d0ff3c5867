"""The pages about alerts on the admin of a test."""

from zoneinfo import ZoneInfo

from pantau.admin.alert_rules import AlertRulePages
from pantau.admin.alert_targets import AlertTargetPages
from pantau.admin.alerts import AlertPages, AlertServices
from pantau.admin.pages import MakePages
from pantau.areas.service import AreaService
from pantau.core.clock import always
from pantau.core.ids import AreaId
from pantau.db.database import Reading
from pantau.notifications.alerts import Alerts
from pantau.notifications.composing import Composer
from pantau.notifications.outbox_service import Outbox
from pantau.notifications.rule_service import Rules
from pantau.notifications.target_service import Targets
from pantau.notifications.telegram_config import TelegramConfig
from pantau.ui.i18n import Texts, languages
from tests.admin.house import SEALER, AdminHouse

ZONE = always(ZoneInfo("Asia/Jakarta"))


def alerts_on(house: AdminHouse) -> Alerts:
    targets = Targets(house.database, sealer=SEALER, trail=house.trail, clock=house.clock)
    outbox = Outbox(
        house.database, composer=composer(), zone=ZONE, trail=house.trail, clock=house.clock
    )
    return Alerts(
        targets=targets,
        rules=Rules(
            house.database, catalogue=house.catalogue, trail=house.trail, clock=house.clock
        ),
        outbox=outbox,
        telegram=TelegramConfig(
            house.database, targets=targets, sealer=SEALER, trail=house.trail, clock=house.clock
        ),
    )


def composer() -> Composer:
    return Composer(hub=lambda: "Hub", texts={each: Texts(each) for each in languages()})


def alert_pages(house: AdminHouse) -> tuple[MakePages, ...]:
    async def no_cameras(_: Reading) -> dict[AreaId, int]:
        return {}

    services = AlertServices(
        alerts=alerts_on(house),
        catalogue=house.catalogue,
        areas=AreaService(house.database, count_cameras=no_cameras).public,
    )
    return (
        lambda frame: AlertPages(frame, services),
        lambda frame: AlertTargetPages(frame, services),
        lambda frame: AlertRulePages(frame, services),
    )
