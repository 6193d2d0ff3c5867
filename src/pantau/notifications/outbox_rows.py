"""What is to be told and the messages it becomes, in and out of the database."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from pantau.db.database import Reading, Writing
from pantau.notifications.kinds import Edge, Kind
from pantau.notifications.rows import ItemRow, MessageRow
from pantau.notifications.values import Item, Message, MessageState, Subject

MOST_WAITING: Final = 2_000
"""Of one target; whoever is away for so long hears no more of single cameras."""
MOST_IN_MESSAGE: Final = 1_000
_MOST_EXPIRED: Final = 5_000


async def add_items(writing: Writing, items: Sequence[Item], *, at: datetime) -> int:
    """Put things into the outbox, each once for each target; return how many had no room."""
    if not items:
        return 0
    known = await _known_keys(writing, items)
    waiting = await _waiting(writing)
    values, refused = [], 0
    for item in items:
        if (item.target_id, item.key) in known:
            continue
        known.add((item.target_id, item.key))
        if waiting[item.target_id] >= MOST_WAITING:
            refused += 1
            continue
        waiting[item.target_id] += 1
        values.append(_item_values(item, at))
    if values:
        await writing.session.execute(insert(ItemRow), values)
    writing.changed("notifications")
    return refused


async def waiting_items(reading: Reading, target_id: int) -> list[Item]:
    """Return what no message of a target tells yet, in its order."""
    row = ItemRow
    query = (
        select(row.__table__)
        .where(row.target_id == target_id, row.message_id.is_(None))
        .order_by(row.id)
        .limit(MOST_IN_MESSAGE)
    )
    found = await reading.session.execute(query)
    return [_item(dict(each)) for each in found.mappings() if each["kind"] in set(Kind)]


async def targets_with_items(reading: Reading, *, due_at: datetime) -> set[int]:
    """Return the targets for which something is due that no message tells yet."""
    row = ItemRow
    query = select(row.target_id).where(row.message_id.is_(None), row.due_at <= due_at).distinct()
    return set(await reading.session.scalars(query))


async def items_of(reading: Reading, message_id: int) -> list[Item]:
    """Return what a message tells."""
    query = select(ItemRow.__table__).where(ItemRow.message_id == message_id).order_by(ItemRow.id)
    found = await reading.session.execute(query)
    return [_item(dict(each)) for each in found.mappings() if each["kind"] in set(Kind)]


async def add_message(
    writing: Writing, values: dict[str, Any], item_ids: Sequence[int] = ()
) -> int:
    """Add a message and have it tell these things; return its number."""
    done = await writing.session.execute(
        insert(MessageRow).values(**values).returning(MessageRow.id)
    )
    number = int(done.scalar_one())
    if item_ids:
        row = ItemRow
        await writing.session.execute(
            update(row).where(row.id.in_(item_ids)).values(message_id=number)
        )
    writing.changed("notifications")
    return number


async def next_messages(reading: Reading) -> dict[int, Message]:
    """Return the first waiting message of every target; drills go before all others."""
    row = MessageRow
    waiting = MessageState.WAITING.value
    first = (
        select(func.min(row.id)).where(row.state == waiting).group_by(row.target_id, row.is_drill)
    )
    query = select(row.__table__).where(row.id.in_(first)).order_by(row.is_drill, row.id)
    found = await reading.session.execute(query)
    # Drills come last here, and so stand in front of what the target waits for.
    return {each["target_id"]: _message(dict(each)) for each in found.mappings()}


async def one_message(reading: Reading, number: int) -> Message | None:
    """Return a message."""
    query = select(MessageRow.__table__).where(MessageRow.id == number)
    found = (await reading.session.execute(query)).mappings().first()
    return None if found is None else _message(dict(found))


async def newest_messages(
    reading: Reading, *, limit: int, state: MessageState | None = None
) -> list[Message]:
    """Return messages, the newest first."""
    query = select(MessageRow.__table__).order_by(MessageRow.id.desc()).limit(limit)
    if state is not None:
        query = query.where(MessageRow.state == state.value)
    found = await reading.session.execute(query)
    return [_message(dict(each)) for each in found.mappings()]


async def counts(reading: Reading) -> Counter[str]:
    """Return how many messages are in each state, and under `items` what waits for one."""
    row = MessageRow
    found = await reading.session.execute(select(row.state, func.count()).group_by(row.state))
    counted = Counter({str(state): int(count) for state, count in found})
    waiting = select(func.count()).select_from(ItemRow).where(ItemRow.message_id.is_(None))
    counted["items"] = int((await reading.session.scalar(waiting)) or 0)
    return counted


async def change_message(writing: Writing, number: int, values: dict[str, Any]) -> None:
    """Set some columns of a message."""
    await writing.session.execute(
        update(MessageRow).where(MessageRow.id == number).values(**values)
    )
    writing.changed("notifications")


async def forget_target(writing: Writing, target_id: int) -> None:
    """Delete what waits for a target and what was sent to it."""
    await writing.session.execute(delete(ItemRow).where(ItemRow.target_id == target_id))
    await writing.session.execute(delete(MessageRow).where(MessageRow.target_id == target_id))


async def expire(writing: Writing, *, before_at: datetime) -> int:
    """Delete some of what is old, however far it got; return how many rows, 0: nothing is left."""
    old_messages = select(MessageRow.id).where(MessageRow.created_at < before_at)
    old_items = select(ItemRow.id).where(ItemRow.created_at < before_at)
    gone = 0
    for statement in (
        delete(ItemRow).where(ItemRow.id.in_(old_items.limit(_MOST_EXPIRED))).returning(ItemRow.id),
        delete(MessageRow)
        .where(MessageRow.id.in_(old_messages.limit(_MOST_EXPIRED)))
        .returning(MessageRow.id),
    ):
        gone += len((await writing.session.execute(statement)).all())
    return gone


async def _known_keys(reading: Reading, items: Sequence[Item]) -> set[tuple[int, str]]:
    keys = sorted({item.key for item in items})
    known: set[tuple[int, str]] = set()
    for begin in range(0, len(keys), 500):
        query = select(ItemRow.target_id, ItemRow.key).where(
            ItemRow.key.in_(keys[begin : begin + 500])
        )
        known |= {(target_id, key) for target_id, key in await reading.session.execute(query)}
    return known


async def _waiting(reading: Reading) -> Counter[int]:
    row = ItemRow
    query = (
        select(row.target_id, func.count()).where(row.message_id.is_(None)).group_by(row.target_id)
    )
    return Counter({target: int(count) for target, count in await reading.session.execute(query)})


def _item_values(item: Item, at: datetime) -> dict[str, Any]:
    return {
        "target_id": item.target_id,
        "key": item.key,
        "rule_id": item.rule_id,
        "kind": item.subject.kind.value,
        "name": item.subject.name[:64],
        "edge": item.edge.value,
        "at": item.at,
        "began_at": item.began_at,
        "cause": item.cause[:64],
        "facts": dict(item.facts),
        "due_at": item.due_at,
        "is_held": item.is_held,
        "is_after_maintenance": item.is_after_maintenance,
        "created_at": at,
    }


def _item(row: dict[str, Any]) -> Item:
    subject = Subject(Kind(row.pop("kind")), row.pop("name"))
    left_out = {"key", "created_at", "message_id", "edge"}
    rest = {name: value for name, value in row.items() if name not in left_out}
    return Item(subject=subject, edge=Edge(row["edge"]), **rest)


def _message(row: dict[str, Any]) -> Message:
    return Message(**{**row, "state": MessageState(row["state"])})
