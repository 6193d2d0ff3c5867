"""What was seen and what was told, in and out of the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.notifications.kinds import Kind
from pantau.notifications.rows import SightRow, ToldRow, WatermarkRow
from pantau.notifications.values import Sight, Subject, Told


async def sights(reading: Reading) -> dict[Subject, Sight]:
    """Return what was seen last."""
    found = await reading.session.execute(select(SightRow.__table__))
    known = (_sight(dict(row)) for row in found.mappings() if row["kind"] in set(Kind))
    return {sight.subject: sight for sight in known}


async def put_sights(
    writing: Writing, changed: Collection[Sight], gone: Collection[Subject]
) -> None:
    """Replace some and let go of others."""
    row = SightRow
    leaving = [*gone, *(sight.subject for sight in changed)]
    if leaving:
        await (await writing.session.connection()).execute(
            delete(row).where(row.kind == bindparam("of_kind"), row.name == bindparam("of_name")),
            [{"of_kind": kind.value, "of_name": name} for kind, name in leaving],
        )
    if changed:
        await writing.session.execute(insert(row), [_sight_values(sight) for sight in changed])


async def told(reading: Reading) -> dict[tuple[int, Subject], Told]:
    """Return what rules have said and not taken back."""
    found = await reading.session.execute(select(ToldRow.__table__))
    known = (_told(dict(row)) for row in found.mappings() if row["kind"] in set(Kind))
    return {(each.rule_id, each.subject): each for each in known}


async def put_told(
    writing: Writing, put: Collection[Told], gone: Collection[tuple[int, Subject]]
) -> None:
    """Replace some and let go of others."""
    row = ToldRow
    leaving = [*gone, *((each.rule_id, each.subject) for each in put)]
    if leaving:
        await (await writing.session.connection()).execute(
            delete(row).where(
                row.rule_id == bindparam("of_rule"),
                row.kind == bindparam("of_kind"),
                row.name == bindparam("of_name"),
            ),
            [
                {"of_rule": rule_id, "of_kind": subject.kind.value, "of_name": subject.name}
                for rule_id, subject in leaving
            ],
        )
    if put:
        await writing.session.execute(insert(row), [_told_values(each) for each in put])


async def note_announced(
    writing: Writing, keys: Iterable[tuple[int, Subject]], *, at: datetime
) -> None:
    """Note that the first message about these was delivered."""
    row = ToldRow
    values = [
        {"of_rule": rule_id, "of_kind": subject.kind.value, "of_name": subject.name, "at": at}
        for rule_id, subject in keys
    ]
    if values:
        await (await writing.session.connection()).execute(
            update(row)
            .where(
                row.rule_id == bindparam("of_rule"),
                row.kind == bindparam("of_kind"),
                row.name == bindparam("of_name"),
                row.announced_at.is_(None),
            )
            .values(announced_at=bindparam("at")),
            values,
        )


async def watermarks(reading: Reading) -> dict[str, str]:
    """Return how far each source was read."""
    found = await reading.session.execute(select(WatermarkRow.name, WatermarkRow.text))
    return {row.name: row.text for row in found}


async def put_watermark(writing: Writing, name: str, text: str) -> None:
    """Note how far a source was read."""
    row = WatermarkRow
    await writing.session.execute(delete(row).where(row.name == name))
    await writing.session.execute(insert(row).values(name=name, text=text))


def _sight(row: dict[str, Any]) -> Sight:
    subject = Subject(Kind(row.pop("kind")), row.pop("name"))
    return Sight(subject=subject, **row)


def _sight_values(sight: Sight) -> dict[str, Any]:
    return {
        "kind": sight.subject.kind.value,
        "name": sight.subject.name,
        "is_bad": sight.is_bad,
        "since_at": sight.since_at,
        "cause": sight.cause[:64],
        "facts": dict(sight.facts),
    }


def _told(row: dict[str, Any]) -> Told:
    subject = Subject(Kind(row.pop("kind")), row.pop("name"))
    return Told(subject=subject, **row)


def _told_values(told: Told) -> dict[str, Any]:
    return {
        "rule_id": told.rule_id,
        "kind": told.subject.kind.value,
        "name": told.subject.name,
        "began_at": told.began_at,
        "is_silent": told.is_silent,
        "cause": told.cause[:64],
        "facts": dict(told.facts),
        "decided_at": told.decided_at,
        "reminded_at": told.reminded_at,
        "announced_at": told.announced_at,
    }
