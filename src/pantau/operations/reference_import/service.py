"""One run of the import: everything or nothing, told row by row; the same twice changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from pantau.accounts.models import fold
from pantau.areas.repository import all_areas, insert_areas, update_areas
from pantau.audit.actors import CONSOLE, Actor
from pantau.audit.appending import append
from pantau.audit.chain import ChainKey, Draft
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.cameras.repository import insert_cameras, stored_cameras, update_cameras
from pantau.core.clock import Clock
from pantau.core.ids import AreaId
from pantau.core.sealing import Sealer
from pantau.core.signing import derive_uuid
from pantau.db.database import Database, Reading, Writing
from pantau.db.numbers import highest_number
from pantau.feedback.repository import add_all
from pantau.operations.reference_import.history import (
    logged_actions,
    logged_events,
    origin_of,
    past_views,
)
from pantau.operations.reference_import.left_behind import LEFT_BEHIND, LEFT_BEHIND_OTHERWISE
from pantau.operations.reference_import.mark_rows import marks_of, put_mark
from pantau.operations.reference_import.messages import past_messages
from pantau.operations.reference_import.people import bring_passwords, bring_users
from pantau.operations.reference_import.places import CameraBringing, Numbering, bring_areas
from pantau.operations.reference_import.reference_rows import ReferenceFile
from pantau.operations.reference_import.report import Report
from pantau.operations.reference_import.sponsors import bring_sponsors
from pantau.operations.reference_import.texts import SiteBringing, installation_times
from pantau.operations.reference_import.times import zone_named
from pantau.operations.reference_import.user_rows import add_people, numbers_by_name
from pantau.site.repository import StoredValue, put_values, stored_values
from pantau.sponsors import repository as sponsors
from pantau.viewers.repository import add_past_views

_HISTORY: Final = ("audit_logs", "feedbacks", "security_logs", "viewer_session_history")
_AT_A_TIME: Final = 1000
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it goes, and what stands in the settings there."""

    database: Database
    sealer: Sealer
    secret: bytes
    """Of the installation; stream keys that are missing are derived from it."""
    audit_key: bytes
    trail: AuditTrail
    clock: Clock
    timezone: str
    audit_keep_days: int
    keeps_addresses: bool = False
    """Whether the operator keeps the addresses of whoever watches."""
    by: Actor = CONSOLE
    """On whose behalf."""
    replaces: bool = False
    """Whether areas, cameras and texts that are here become those of the source; nothing goes."""


async def import_reference(source: ReferenceFile, target: Target, *, is_dry: bool) -> Report:
    """Bring what is new in `source` and return what that was.

    A dry run reads the same and writes nothing.  Otherwise everything is one transaction: for as
    long as it takes, nobody else can write.
    """
    report = Report(is_dry=is_dry)
    if is_dry:
        async with target.database.read() as reading:
            await _Run(source, target, report, reading).everything()
    else:
        async with target.database.write() as writing:
            await _Run(source, target, report, writing, writing).everything()
    return report


@dataclass(slots=True)
class _Run:
    source: ReferenceFile
    target: Target
    report: Report
    reading: Reading
    writing: Writing | None = None
    """None in a dry run."""
    _cameras: dict[int, int] = field(default_factory=dict)
    """Numbers of cameras in the reference, and here."""

    async def everything(self) -> None:
        await self._people()
        await self._places()
        await self._sponsors()
        await self._site()
        await self._history()
        self._left_behind()
        if self.writing is not None and self.report.brought:
            brought = {table.table: table.brought for table in self.report.tables if table.brought}
            mode: dict[str, object] = {"replaced": True} if self.target.replaces else {}
            await self.target.trail.record(
                self.writing,
                self.target.by,
                AdminAction.REFERENCE_IMPORTED,
                details={**brought, **mode},
            )

    async def _people(self) -> None:
        source, now = self.source, self.target.clock.now()
        here = await numbers_by_name(self.reading)
        users = bring_users(source.rows("users"), set(here), self.report.table("users"), now=now)
        known = {
            row["id"] for row in source.rows("users") if fold(str(row.get("username"))) in here
        }
        passwords = bring_passwords(
            source.rows("password_history"),
            {user.number for user in users},
            known,
            self.report.table("password_history"),
            now=now,
        )
        if self.writing is not None:
            await add_people(self.writing, users, passwords)

    async def _places(self) -> None:
        source, now = self.source, self.target.clock.now()
        areas_here = await all_areas(self.reading)
        areas = bring_areas(
            source.rows("areas"),
            areas_here,
            self.report.table("areas"),
            highest=await highest_number(self.reading, "areas"),
            now=now,
            replaces=self.target.replaces,
        )
        sealer = self.target.sealer if self.target.replaces else None
        cameras_here = await stored_cameras(self.reading, sealer)
        by_number = {area.id: area for area in (*areas_here, *areas.areas, *areas.changed_areas)}
        cameras = CameraBringing(
            areas={there: by_number[AreaId(here)] for there, here in areas.numbers.items()},
            made_key=self._made_key,
            numbering=Numbering(
                {int(stored.camera.id) for stored in cameras_here},
                await highest_number(self.reading, "cameras"),
            ),
            keys={stored.camera.stream_key: int(stored.camera.id) for stored in cameras_here},
            slugs={stored.camera.slug for stored in cameras_here},
            report=self.report.table("cameras"),
            now=now,
            present={int(each.camera.id): each for each in cameras_here}
            if self.target.replaces
            else {},
        ).bring(source.rows("cameras"))
        self._cameras = cameras.numbers
        if self.writing is not None:
            await insert_areas(self.writing, areas.areas)
            await insert_cameras(self.writing, cameras.cameras, sealer=self.target.sealer)
            await update_areas(self.writing, areas.changed_areas)
            await update_cameras(self.writing, cameras.changed_cameras, sealer=self.target.sealer)

    def _made_key(self, number: int) -> str:
        purpose = f"stream-key/reference/{self._installation()}/{number}"
        return str(derive_uuid(self.target.secret, purpose))

    async def _sponsors(self) -> None:
        here = [each.name for each in await sponsors.every(self.reading)]
        report, now = self.report.table("sponsors"), self.target.clock.now()
        rows = self.source.rows("sponsors")
        for draft, added_at in bring_sponsors(rows, here, report, now=now):
            if self.writing is not None:
                await sponsors.add(self.writing, draft, at=added_at)

    async def _site(self) -> None:
        source, now = self.source, self.target.clock.now()
        site = SiteBringing(
            set() if self.target.replaces else set(await stored_values(self.reading)),
            installation_times(
                source.rows("users"),
                source.rows("branding_settings"),
                source.rows("system_settings"),
            ),
        )
        site.branding(source.rows("branding_settings"), self.report.table("branding_settings"))
        site.settings(source.rows("settings"), self.report.table("settings"))
        site.donation(source.rows("saweria_settings"), self.report.table("saweria_settings"))
        site.system(
            source.rows("system_settings"),
            self.report.table("system_settings"),
            our_zone=self.target.timezone,
            zone=str(self._zone()),
        )
        if self.writing is not None and site.values:
            stored = {
                key: StoredValue(value=value, updated_at=now) for key, value in site.values.items()
            }
            await put_values(self.writing, stored)

    async def _history(self) -> None:
        source, target, now = self.source, self.target, self.target.clock.now()
        installation = self._installation()
        origins = {
            table: origin_of(table, installation, next(source.rows(table), None))
            for table in _HISTORY
        }
        marks = await marks_of(self.reading, origins)
        since = now - timedelta(days=target.audit_keep_days)
        reports = {table: self.report.table(table) for table in _HISTORY}
        actions = logged_actions(
            source.rows("audit_logs", after_id=marks["audit_logs"]),
            reports["audit_logs"],
            people=await self._people_by_number(),
            since=since,
        )
        await self._append(actions)
        events = logged_events(
            source.rows("security_logs", after_id=marks["security_logs"]),
            reports["security_logs"],
            since=since,
        )
        await self._append(events)
        views = past_views(
            source.rows("viewer_session_history", after_id=marks["viewer_session_history"]),
            reports["viewer_session_history"],
            zone=self._zone(),
            cameras=self._cameras,
            keeps_addresses=self.target.keeps_addresses,
        )
        for batch in _batches(views):
            if self.writing is not None:
                await add_past_views(self.writing, batch)
        written = source.rows("feedbacks", after_id=marks["feedbacks"])
        for messages in _batches(past_messages(written, reports["feedbacks"], now=now)):
            if self.writing is not None:
                await add_all(self.writing, messages)
        for table in _HISTORY:
            before = source.count(table, up_to_id=marks[table])
            reports[table].found += before
            reports[table].already += before
            last = source.last_id(table)
            if self.writing is not None and last > marks[table]:
                await put_mark(
                    self.writing, origin=origins[table], table=table, up_to_id=last, marked_at=now
                )

    async def _append(self, drafts: Iterator[Draft]) -> None:
        chain = ChainKey(self.target.audit_key)
        for batch in _batches(drafts):
            if self.writing is not None:
                await append(self.writing, chain, batch)

    async def _people_by_number(self) -> dict[int, tuple[int | None, str]]:
        here = await numbers_by_name(self.reading)
        told = {}
        for row in self.source.rows("users"):
            name = str(row.get("username"))
            told[row["id"]] = (here.get(fold(name)), name)
        return told

    def _left_behind(self) -> None:
        read = {table.table for table in self.report.tables}
        for table in sorted(self.source.tables - read):
            count = self.source.count(table)
            report = self.report.table(table, found=count)
            if count:
                report.skip(LEFT_BEHIND.get(table, LEFT_BEHIND_OTHERWISE), rows=count)

    def _zone(self) -> ZoneInfo:
        named = zone_named(self._system("timezone"))
        return named or ZoneInfo(self.target.timezone)

    def _installation(self) -> str:
        return self._system("installation_id")

    def _system(self, key: str) -> str:
        for row in self.source.rows("system_settings"):
            if row.get("setting_key") == key:
                return str(row.get("setting_value") or "").strip()
        return ""


def _batches(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, _AT_A_TIME)):
        yield batch
