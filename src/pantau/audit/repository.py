"""SQL of the audit trail."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, or_, select, update

from pantau.audit.chain import Draft, Entry, Head
from pantau.audit.models import AuditEntryRow, AuditHeadRow
from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.db.paging import Key, Keyset, Page

_HEAD_ROW: Final = 1
_HEAD_COLUMNS: Final = (
    AuditHeadRow.last_id,
    AuditHeadRow.last_hash,
    AuditHeadRow.anchor_id,
    AuditHeadRow.anchor_hash,
    AuditHeadRow.signature,
)
# Written over tables, not over rows: every action in the house pays for these, and the session's
# own bookkeeping would cost more than the database.
_HEADS: Final = Base.metadata.tables[AuditHeadRow.__tablename__]
_ENTRIES: Final = Base.metadata.tables[AuditEntryRow.__tablename__]
# An update that changes nothing locks the row on both databases; FOR UPDATE only on one.
_LOCK_HEAD: Final = (
    update(_HEADS)
    .where(_HEADS.c.id == _HEAD_ROW)
    .values(last_id=_HEADS.c.last_id)
    .returning(*(_HEADS.c[column.key] for column in _HEAD_COLUMNS))
)
_PUT_HEAD: Final = (
    update(_HEADS)
    .where(_HEADS.c.id == _HEAD_ROW)
    .values({column.key: bindparam(column.key) for column in _HEAD_COLUMNS})
)
_ADD_ENTRIES: Final = insert(_ENTRIES)
_NEWEST_FIRST: Final = Keyset[AuditEntryRow](Key(AuditEntryRow.id, int, descending=True))
_DRAFT_FIELDS: Final = tuple(Draft.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What entries are wanted; an empty field asks for nothing."""

    kind: str = ""
    names: Sequence[str] = ()
    actor: str = ""
    """A name, whatever its case, or the number of an account."""
    address: str = ""
    target: str = ""
    """Part of it."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    text: str = ""
    """Part of any text of the entry."""


async def lock_head(work: Writing) -> Head | None:
    """Return the head, and keep every other writer waiting until this transaction ends."""
    found = (await work.session.execute(_LOCK_HEAD)).one_or_none()
    return None if found is None else Head(*found)


async def read_head(work: Reading) -> Head | None:
    """Return the head."""
    found = (await work.session.execute(select(*_HEAD_COLUMNS))).one_or_none()
    return None if found is None else Head(*found)


async def put_head(work: Writing, head: Head) -> None:
    """Replace the head; it must be locked."""
    await work.session.execute(_PUT_HEAD, asdict(head))


async def add_entries(work: Writing, entries: Iterable[Entry]) -> None:
    """Insert entries in their places, which the head must include already."""
    rows = [{"id": entry.id, "hash": entry.hash, **asdict(entry.draft)} for entry in entries]
    await work.session.execute(_ADD_ENTRIES, rows)


async def entries_after(work: Reading, entry_id: int, *, limit: int) -> list[Entry]:
    """Return the next entries in the order of the chain."""
    statement = select(AuditEntryRow).where(AuditEntryRow.id > entry_id)
    return await _entries(work, statement.order_by(AuditEntryRow.id).limit(limit))


async def page_of(
    work: Reading, search: Search, *, limit: int, cursor: str | None = None
) -> Page[Entry]:
    """Return what `search` finds, the newest first."""
    query = select(AuditEntryRow).where(*_conditions(search))
    page = await _NEWEST_FIRST.page(work, query, limit=limit, cursor=cursor)
    return Page(tuple(_entry_of(row) for row in page.rows), page.next_cursor)


async def first_id_since(work: Reading, moment: datetime) -> int | None:
    """Return the lowest id among the entries at `moment` or later."""
    statement = select(AuditEntryRow.id).where(AuditEntryRow.at >= moment)
    first = statement.order_by(AuditEntryRow.id).limit(1)
    return (await work.session.execute(first)).scalar_one_or_none()


async def hash_at(work: Reading, entry_id: int) -> str | None:
    """Return the hash of one entry."""
    statement = select(AuditEntryRow.hash).where(AuditEntryRow.id == entry_id)
    return (await work.session.execute(statement)).scalar_one_or_none()


async def outer_ids(work: Reading) -> tuple[int | None, int | None]:
    """Return the lowest and the highest id."""
    statement = select(func.min(AuditEntryRow.id), func.max(AuditEntryRow.id))
    lowest, highest = (await work.session.execute(statement)).one()
    return lowest, highest


async def delete_up_to(work: Writing, entry_id: int) -> None:
    """Delete the oldest entries; the anchor must have passed them."""
    statement = delete(AuditEntryRow).where(AuditEntryRow.id <= entry_id)
    await work.session.execute(statement.execution_options(synchronize_session=False))


async def _entries(work: Reading, statement: Select[AuditEntryRow]) -> list[Entry]:
    rows = (await work.session.execute(statement)).scalars().all()
    # Thousands of them pass when the chain is verified.
    work.session.expunge_all()
    return [_entry_of(row) for row in rows]


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    row = AuditEntryRow
    found: list[ColumnElement[bool]] = []
    if search.kind:
        found.append(row.kind == search.kind)
    if search.names:
        found.append(row.name.in_(search.names))
    if search.actor:
        found.append(_by(search.actor))
    if search.address:
        found.append(row.address == search.address)
    if search.target:
        found.append(row.target.icontains(search.target, autoescape=True))
    if search.since is not None:
        found.append(row.at >= search.since)
    if search.until is not None:
        found.append(row.at < search.until)
    if search.text:
        texts = (row.name, row.username, row.address, row.user_agent, row.endpoint, row.target)
        every = (*texts, row.details)
        found.append(or_(*(column.icontains(search.text, autoescape=True) for column in every)))
    return found


def _by(actor: str) -> ColumnElement[bool]:
    named = func.lower(AuditEntryRow.username) == actor.lower()
    if actor.isascii() and actor.isdigit() and len(actor) < 19:
        return or_(named, AuditEntryRow.user_id == int(actor))
    return named


def _entry_of(row: AuditEntryRow) -> Entry:
    draft = Draft(**{field: getattr(row, field) for field in _DRAFT_FIELDS})
    return Entry(row.id, draft, row.hash)
