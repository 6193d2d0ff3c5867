"""Alerts: the watcher and the deliverer in the worker, and what a web process manages."""

from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import Final

from fastapi import APIRouter

from pantau.admin.alert_rules import AlertRulePages
from pantau.admin.alert_targets import AlertTargetPages
from pantau.admin.alerts import AlertPages, AlertServices
from pantau.admin.pages import MakePages
from pantau.app.areas import area_service
from pantau.app.foundation import Foundation
from pantau.app.release_news import release_news
from pantau.backups import repository, schedule
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Reading
from pantau.notifications.api import AlertApi, Alerts
from pantau.notifications.backup_source import BackupNews, BackupSource, Ended
from pantau.notifications.channel import AppriseChannel
from pantau.notifications.composing import Composer
from pantau.notifications.delivering import Around, Deliverer
from pantau.notifications.outbox_service import Outbox
from pantau.notifications.release_source import ReleaseSource
from pantau.notifications.rule_service import Rules
from pantau.notifications.sending import FileSender
from pantau.notifications.sources import (
    AlarmSource,
    CameraSource,
    FeedbackSource,
    PresenceSource,
    RecorderSource,
    Source,
    StorageSource,
    TrailSource,
)
from pantau.notifications.target_service import Targets
from pantau.notifications.telegram_api import TelegramApi
from pantau.notifications.telegram_config import TelegramConfig
from pantau.notifications.watching import Watcher
from pantau.ui.i18n import Texts, languages
from pantau.web.client_address import ClientAddresses

_BACKUPS: Final = 20


def alerts_of(base: Foundation, catalogue: Catalogue) -> Alerts:
    """Return what endpoints and pages use; starts nothing."""
    database, trail, clock = base.database, base.trail, base.clock
    targets = Targets(database, sealer=base.sealer, trail=trail, clock=clock)
    return Alerts(
        targets=targets,
        rules=Rules(database, catalogue=catalogue, trail=trail, clock=clock),
        outbox=Outbox(
            database, composer=_composer(base), zone=base.site.zone, trail=trail, clock=clock
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


def start_alerts(
    base: Foundation, catalogue: Catalogue, *, supervisor: Supervisor, closing: AsyncExitStack
) -> None:
    """Watch and deliver, in the worker."""
    channel = _channel(base)
    closing.push_async_callback(channel.close)
    watcher = Watcher(
        base.database,
        catalogue=catalogue,
        sources=_sources(base, catalogue),
        zone=base.site.zone,
        clock=base.clock,
    )
    deliverer = Deliverer(
        base.database,
        Around(
            sealer=base.sealer,
            channel=channel,
            composer=_composer(base),
            zone=base.site.zone,
            clock=base.clock,
        ),
    )
    supervisor.add(Service("alerts.watch", watcher.run))
    supervisor.add(Service("alerts.deliver", deliverer.run))
    supervisor.add(Service("alerts.tidy", watcher.keep_tidy))


def file_sender(base: Foundation) -> FileSender:
    """Return what sends a file to a target: `send_file(target_id, path, caption)`."""
    return FileSender(base.database, sealer=base.sealer, channel=_channel(base))


def _sources(base: Foundation, catalogue: Catalogue) -> tuple[Source, ...]:
    return (
        CameraSource(catalogue),
        AlarmSource(),
        RecorderSource(catalogue),
        StorageSource(base.clock),
        TrailSource(),
        FeedbackSource(),
        BackupSource(_backup_news, base.clock),
        PresenceSource(base.clock),
        ReleaseSource(partial(release_news, base.settings.releases_folder), base.clock),
    )


async def _backup_news(reading: Reading, now: datetime) -> BackupNews:
    runs = await repository.runs(reading, limit=_BACKUPS)
    plan, last = await repository.stored_plan(reading), await repository.last_run(reading, "done")
    since = await repository.first_plan_at(reading) or now
    due_at = schedule.next_due_at(plan, None if last is None else last.finished_at, since=since)
    return BackupNews(
        ended=[
            Ended(
                id=run.id,
                is_good=run.state == "done",
                at=run.finished_at or run.asked_at,
                name=run.file_name,
                reason=run.problem,
            )
            for run in reversed(runs)
            if run.is_over
        ],
        is_overdue=schedule.is_overdue(due_at, now),
    )


def _channel(base: Foundation) -> AppriseChannel:
    return AppriseChannel(telegram_api_url=base.settings.alerts.telegram_api_url)


def _composer(base: Foundation) -> Composer:
    return Composer(
        hub=lambda: base.site.now().branding.company_name or base.settings.site.name,
        texts={language: Texts(language) for language in languages()},
    )
