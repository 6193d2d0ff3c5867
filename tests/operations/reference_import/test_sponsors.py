"""Sponsors of the reference: every column is kept, made fit, or told."""

from datetime import UTC, date, datetime
from typing import Any

from pantau.operations.reference_import.report import TableReport
from pantau.operations.reference_import.sponsors import bring_sponsors
from pantau.sponsors.values import SponsorDraft

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": 1,
    "name": " Toko Maju ",
    "logo": "https://toko.example/l.png",
    "url": "https://toko.example",
    "package": "gold",
    "price": 3000000.0,
    "active": 1,
    "start_date": "2026-01-01",
    "end_date": "2026-12-31 00:00:00",
    "contact_name": "Sari",
    "contact_email": "sari@toko.example",
    "contact_phone": "0812",
    "notes": "x",
    "created_at": "2026-01-02 03:04:05",
}


def test_a_whole_sponsor_comes_along_once() -> None:
    report = TableReport("sponsors")
    ((draft, added_at),) = bring_sponsors([ROW, ROW], (), report, now=NOW)
    assert draft == SponsorDraft(
        name="Toko Maju",
        logo="https://toko.example/l.png",
        url="https://toko.example",
        package="gold",
        price=3_000_000,
        active=True,
        start_on=date(2026, 1, 1),
        end_on=date(2026, 12, 31),
        contact_name="Sari",
        contact_email="sari@toko.example",
        contact_phone="0812",
        notes="x",
    )
    assert added_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (report.found, report.brought, report.already) == (2, 1, 1)
    assert list(bring_sponsors([ROW], ["TOKO MAJU"], TableReport("sponsors"), now=NOW)) == []


def test_odd_values_are_made_fit_and_told() -> None:
    report = TableReport("sponsors")
    odd = {
        **ROW,
        "url": "javascript:alert(1)",
        "logo": "http://toko.example/l.png",
        "package": None,
        "price": "inf",
        "active": 0,
        "start_date": "2026-02-30",
        "end_date": "",
        "created_at": None,
    }
    ((draft, added_at),) = bring_sponsors([odd, {**ROW, "name": " "}], (), report, now=NOW)
    assert (draft.url, draft.logo, draft.package, draft.price) == ("", "", "bronze", None)
    assert (draft.active, draft.start_on, draft.end_on, added_at) == (False, None, None, NOW)
    assert set(report.adjusted) == {
        "url: not an https address, left empty",
        "logo: not an https address, left empty",
        "price: not an amount, left empty",
        "start_date: unreadable day, left empty",
    }
    assert report.skipped == {"it has no name": 1}
