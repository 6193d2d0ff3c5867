"""Views and log entries of the reference as they are here."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from pantau.audit.chain import Draft
from pantau.audit.details import details_text, written
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.times import utc_time
from pantau.operations.reference_import.values import SourceRow
from pantau.viewers.agents import agent_of
from pantau.viewers.views import PastView
from pantau.viewers.visitors import PastVisitors

_LONGEST: Final = timedelta(days=31)
"""Longer than anybody watches: such a view was never ended."""
_MOST_NAME: Final = 64


def past_views(
    rows: Iterable[Mapping[str, Any]],
    report: TableReport,
    *,
    zone: tzinfo,
    cameras: Mapping[int, int],
    keeps_addresses: bool = False,
) -> Iterator[PastView]:
    """Yield views that are over.  Their times were written in the zone of the old hub.

    Addresses and browsers become numbers of one day, and are kept only where the operator says so.

    How long they took is computed anew: the reference mixed two zones, so that what it stored was
    hours off, or below zero (its defect 58).
    """
    visitors = PastVisitors()
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        try:
            started_at = utc_time(row.raw("started_at"), otherwise=zone)
            ended_at = utc_time(row.raw("ended_at"), otherwise=zone)
        except ValueError:
            report.skip("its times cannot be read")
            continue
        if ended_at < started_at or ended_at - started_at > _LONGEST:
            ended_at = started_at + _told_duration(row)
            report.adjust("ended_at: before the begin or long after it, set by the duration")
        duration_s = int((ended_at - started_at).total_seconds())
        if row.raw("duration_seconds") != duration_s:
            report.adjust("duration_seconds: computed anew from begin and end")
        camera = row.raw("camera_id")
        address = row.address("ip_address")
        browser = row.text_or_none("user_agent", most=500)
        agent = agent_of((browser or "").encode("latin-1", "replace"))
        report.brought += 1
        yield PastView(
            camera_id=cameras.get(camera) if isinstance(camera, int) else None,
            camera_name=row.text_or_none("camera_name", most=100),
            ip_address=address if keeps_addresses else "",
            user_agent=browser if keeps_addresses else None,
            device_type=row.text_or_none("device_type", most=32),
            started_at=started_at,
            ended_at=ended_at,
            duration_s=duration_s,
            created_at=row.moment("created_at", otherwise=ended_at) or ended_at,
            visitor=visitors.of(f"{started_at.astimezone(zone):%Y-%m-%d}", address, browser or ""),
            browser=agent.browser,
            is_bot=agent.is_bot,
        )


def logged_actions(
    rows: Iterable[Mapping[str, Any]],
    report: TableReport,
    *,
    people: Mapping[int, tuple[int | None, str]],
    since: datetime,
) -> Iterator[Draft]:
    """Yield what people did at the old hub; `people` by number there: number here and name."""
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        at = _kept_moment(row, "created_at", report, since)
        name = row.text("action", most=_MOST_NAME)
        if at is None or not name:
            if at is not None:
                report.skip("it names no action")
            continue
        who = row.raw("user_id")
        number, username = people.get(who, (None, "")) if isinstance(who, int) else (None, "")
        report.brought += 1
        yield Draft(
            at=at,
            kind="action",
            name=name,
            actor_kind="session" if who is not None else "system",
            user_id=number,
            username=written("username", username),
            address=written("address", row.address("ip_address")),
            details=_details(row, "audit_logs"),
        )


def logged_events(
    rows: Iterable[Mapping[str, Any]], report: TableReport, *, since: datetime
) -> Iterator[Draft]:
    """Yield what touched the safety of the old hub."""
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        at = _kept_moment(row, "timestamp", report, since)
        name = row.text("event_type", most=_MOST_NAME)
        if at is None or not name:
            if at is not None:
                report.skip("it names no event")
            continue
        report.brought += 1
        yield Draft(
            at=at,
            kind="security",
            name=name,
            actor_kind="anonymous",
            username=written("username", row.text("username")),
            address=written("address", row.address("ip_address")),
            user_agent=written("user_agent", row.text("user_agent")),
            endpoint=written("endpoint", row.text("endpoint")),
            details=_details(row, "security_logs"),
        )


def _told_duration(row: SourceRow) -> timedelta:
    told_s = row.raw("duration_seconds")
    told = timedelta(seconds=told_s if isinstance(told_s, int) and abs(told_s) < 10**8 else 0)
    return told if timedelta() <= told <= _LONGEST else timedelta()


def origin_of(table: str, installation: str, first_row: Mapping[str, Any] | None) -> str:
    """Return what tells the `table` of one reference database from that of another.

    Its installation has a name since the setup; in one without, the first row of a table that only
    grows says as much.
    """
    told = installation or json.dumps(first_row or {}, default=str, sort_keys=True)
    return hashlib.sha256(f"{table}\n{told}".encode("utf-8", "replace")).hexdigest()


def _kept_moment(
    row: SourceRow, column: str, report: TableReport, since: datetime
) -> datetime | None:
    try:
        at = utc_time(row.raw(column) or row.raw("created_at"))
    except ValueError:
        report.skip("its time cannot be read")
        return None
    if at < since:
        report.skip("older than the audit trail keeps entries")
        return None
    return at


def _details(row: SourceRow, table: str) -> str:
    told: object = row.text("details")
    try:
        told = json.loads(str(told))
    except ValueError:
        # Plain text, which is what most of the old entries have.
        told = told or None
    facts: dict[str, object] = {"imported_from": f"{table} {row.number}"}
    if told is not None:
        facts["details"] = told
    return details_text(facts)
