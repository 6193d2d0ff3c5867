"""Backups and restores of this installation, as a web process offers them."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final

from pantau.accounts.sessions.service import SignIns
from pantau.accounts.users.asker import Asker
from pantau.admin.backups import BackupPages, BackupServices
from pantau.admin.backups_restore import RestorePages
from pantau.admin.pages import MakePages
from pantau.app.backup_making import backups_of
from pantau.app.folder_use import is_serving
from pantau.app.foundation import Foundation
from pantau.app.restoring import hub_of
from pantau.audit.events import AdminAction
from pantau.backups.api import Brought, Mode, ReferenceBackupApi
from pantau.backups.desk import RestoreDesk
from pantau.backups.reference_export import reference_export
from pantau.backups.reference_json import HISTORY, ReferenceBackup, as_database
from pantau.backups.restoring import installation_id
from pantau.notifications.target_service import Targets
from pantau.notifications.values import Target as ChatTarget
from pantau.operations.reference_import.reference_rows import ReferenceFile
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.service import Target, import_reference
from pantau.web.client_address import ClientAddresses

_CHATS: Final = frozenset({"tgram"})
_OWN: Final = "It is this hub's own, and all of it is here."


def backup_pages(base: Foundation, sign_ins: SignIns, targets: Targets) -> tuple[MakePages, ...]:
    """Return the pages, in the order in which addresses are recognised."""

    async def chats() -> Sequence[ChatTarget]:
        return [each for each in await targets.all() if each.schema in _CHATS]

    services = BackupServices(
        backups=backups_of(base),
        desk=RestoreDesk(
            base.settings.data_dir,
            hub=lambda: hub_of(base.settings, base.clock),
            may_restart=lambda: is_serving(base.settings),
        ),
        sign_ins=sign_ins,
        chats=chats,
    )
    return (
        lambda frame: RestorePages(frame, services),
        lambda frame: BackupPages(frame, services),
    )


def reference_backup_api(base: Foundation, clients: ClientAddresses) -> ReferenceBackupApi:
    """Return the endpoints for JSON backups of reference servers."""
    own = installation_id(base.secret)

    async def bring(
        backup: ReferenceBackup, tables: tuple[str, ...], mode: Mode, by: Asker
    ) -> tuple[Brought, ...]:
        is_own = backup.installation == own
        wanted = tuple(each for each in tables if not (is_own and each in HISTORY))
        target = replace(_target(base, by), replaces=mode == "replace")
        with closing(as_database(backup, wanted)) as connection:
            report = await import_reference(ReferenceFile(connection), target, is_dry=False)
        told = [_brought(each) for each in report.tables if each.table in wanted]
        return (*told, *(Brought(each, 0, _OWN) for each in tables if each not in wanted))

    async def export(by: Asker) -> tuple[str, bytes]:
        now, values = base.clock.now(), base.site.now()
        donation = {
            "id": 1,
            "saweria_link": values.donation.link,
            "leaderboard_link": values.donation.leaderboard_link,
            "enabled": int(values.donation.enabled),
        }
        async with base.database.write() as work:
            told = await reference_export(
                work,
                sealer=base.sealer,
                now=now,
                zone=values.time.zone,
                installation=own,
                donation=donation,
            )
            await base.trail.record(work, by.actor, AdminAction.BACKUP_EXPORTED, target="backup")
        data = await asyncio.to_thread(_written, told)
        return f"pantau-backup-{now:%Y-%m-%d}.json", data

    return ReferenceBackupApi(bring, export, clients)


def _written(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _brought(table: TableReport) -> Brought:
    faults = (f"{rows}: {reason}" for reason, rows in sorted(table.skipped.items()))
    already = f"{table.already}: here already" if table.already else ""
    return Brought(table.table, table.brought, already, "; ".join(faults))


def _target(base: Foundation, by: Asker) -> Target:
    return Target(
        database=base.database,
        sealer=base.sealer,
        secret=base.secret,
        audit_key=base.audit_key,
        trail=base.trail,
        clock=base.clock,
        timezone=base.site.now().time.zone,
        audit_keep_days=base.settings.audit.keep_days,
        keeps_addresses=base.site.now().viewers.keep_addresses,
        by=by.actor,
    )
