"""The worker watches for what alerts are about, and delivers them."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from pantau.app.foundation import Foundation
from pantau.backups import repository, schedule
from pantau.cameras.service import Catalogue
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Reading
from pantau.notifications.backup_source import BackupNews, BackupSource, Ended
from pantau.notifications.channel import AppriseChannel
from pantau.notifications.composing import Composer
from pantau.notifications.delivering import Around, Deliverer
from pantau.notifications.release_source import ReleaseNews, ReleaseSource
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
from pantau.notifications.watching import Watcher
from pantau.ui.i18n import Language, Texts, languages

_BACKUPS: Final = 20


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
            composer=composer_of(base),
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
        ReleaseSource(partial(_release_news, base.settings.releases_folder), base.clock),
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


async def _release_news(releases_dir: Path) -> ReleaseNews:
    if not await asyncio.to_thread(releases_dir.exists):
        return ReleaseNews()
    # A hub that was never deployed to should not hold in memory what judges releases.
    from pantau.app.release_news import release_news  # noqa: PLC0415

    return await release_news(releases_dir)


def _channel(base: Foundation) -> AppriseChannel:
    return AppriseChannel(telegram_api_url=base.settings.alerts.telegram_api_url)


class _LateTexts(Mapping[Language, Texts]):
    """The texts of every language, read when a message needs them: most starts send none."""

    def __getitem__(self, language: Language) -> Texts:
        if language not in languages():
            raise KeyError(language)
        return Texts(language)

    def __iter__(self) -> Iterator[Language]:
        return iter(languages())

    def __len__(self) -> int:
        return len(languages())


def composer_of(base: Foundation) -> Composer:
    """Return what writes messages, in every language that there is."""
    return Composer(
        hub=lambda: base.site.now().branding.company_name or base.settings.site.name,
        texts=_LateTexts(),
    )
