"""Sponsors of the reference as they are here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from pantau.core.links import checked_link
from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.values import SourceRow
from pantau.sponsors.inputs import MOST_PRICE
from pantau.sponsors.rows import (
    CONTACT_LENGTH,
    LINK_LENGTH,
    NAME_LENGTH,
    NOTES_LENGTH,
    PHONE_LENGTH,
)
from pantau.sponsors.values import PACKAGES, SponsorDraft


def bring_sponsors(
    rows: Iterable[Mapping[str, Any]],
    names_here: Collection[str],
    report: TableReport,
    *,
    now: datetime,
) -> Iterator[tuple[SponsorDraft, datetime]]:
    """Yield the sponsors that are not here by name, with the moment at which they were added.

    The cameras that they pay for carry their names, and come with the cameras.
    """
    here = {name.casefold() for name in names_here}
    for values in rows:
        row = SourceRow(values, report)
        report.found += 1
        name = " ".join(row.text("name", most=NAME_LENGTH).split())
        if not name:
            report.skip("it has no name")
            continue
        if name.casefold() in here:
            report.already += 1
            continue
        here.add(name.casefold())
        report.brought += 1
        yield _draft(row, name, report), row.moment("created_at", otherwise=now) or now


def _draft(row: SourceRow, name: str, report: TableReport) -> SponsorDraft:
    start_on, end_on = (_day(row, column, report) for column in ("start_date", "end_date"))
    if start_on and end_on and start_on > end_on:
        report.adjust("start_date: after the end, left empty")
        start_on = None
    return SponsorDraft(
        name=name,
        logo=_link(row, "logo", report),
        url=_link(row, "url", report),
        package=row.choice("package", PACKAGES, "bronze"),
        price=_price(row, report),
        active=row.flag("active", default=True),
        start_on=start_on,
        end_on=end_on,
        contact_name=row.text("contact_name", most=CONTACT_LENGTH),
        contact_email=row.text("contact_email", most=CONTACT_LENGTH),
        contact_phone=row.text("contact_phone", most=PHONE_LENGTH),
        notes=row.text("notes", most=NOTES_LENGTH),
    )


def _link(row: SourceRow, column: str, report: TableReport) -> str:
    written = row.text(column, most=LINK_LENGTH)
    try:
        return checked_link(written)
    except ValueError:
        report.adjust(f"{column}: not an https address, left empty")
        return ""


def _day(row: SourceRow, column: str, report: TableReport) -> date | None:
    written = row.text(column)
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        report.adjust(f"{column}: unreadable day, left empty")
        return None


def _price(row: SourceRow, report: TableReport) -> float | None:
    written = row.raw("price")
    if written is None or written == "":
        return None
    try:
        amount = float(str(written))
    except ValueError:
        amount = -1.0
    if isfinite(amount) and 0 <= amount <= MOST_PRICE:
        return round(amount, 2)
    report.adjust("price: not an amount, left empty")
    return None
