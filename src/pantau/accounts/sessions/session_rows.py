"""Sessions in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from pantau.accounts.account_rows import Account, areas_of, role_of
from pantau.accounts.client import Client
from pantau.accounts.models import SessionRow, UserRow
from pantau.db.base import Base
from pantau.db.database import Reading, Writing
from pantau.web.principal import Role

_SESSIONS: Final = Base.metadata.tables[SessionRow.__tablename__]
_BEGIN: Final = insert(_SESSIONS).returning(_SESSIONS.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in and whose it is."""

    id: int
    user_id: int
    username: str
    role: Role
    area_ids: frozenset[int] | None
    password_since: datetime
    family_hash: str
    generation: int
    renewed_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    user_agent: str


async def find(work: Reading, family_hash: str) -> Session | None:
    """Return the session that tokens of this family belong to, ended ones too."""
    found = (
        await work.session.execute(
            select(SessionRow, UserRow)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.family_hash == family_hash)
        )
    ).first()
    if found is None:
        return None
    row: SessionRow = found[0]
    user: UserRow = found[1]
    return Session(
        id=row.id,
        user_id=user.id,
        username=user.username,
        role=role_of(user.role),
        area_ids=await areas_of(work, user),
        password_since=user.password_changed_at or user.created_at,
        family_hash=row.family_hash,
        generation=row.generation,
        renewed_at=row.renewed_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at or user.disabled_at,
        user_agent=row.user_agent,
    )


async def begin(
    work: Writing,
    account: Account,
    *,
    family_hash: str,
    at: datetime,
    ends_at: datetime,
    client: Client,
) -> Session:
    """Insert a session of `account`."""
    begun = {
        "user_id": account.id,
        "family_hash": family_hash,
        "generation": 0,
        "created_at": at,
        "renewed_at": at,
        "ends_at": ends_at,
        "last_seen_at": at,
        "address": client.address,
        "user_agent": client.user_agent,
    }
    session_id: int = (await work.session.execute(_BEGIN, begun)).scalar_one()
    return Session(
        id=session_id,
        user_id=account.id,
        username=account.username,
        role=account.role,
        area_ids=account.area_ids,
        password_since=account.password_since,
        family_hash=family_hash,
        generation=0,
        renewed_at=at,
        ends_at=ends_at,
        ended_at=None,
        user_agent=client.user_agent,
    )


async def renew(
    work: Writing, session_id: int, *, generation: int, at: datetime, user_agent: str
) -> bool:
    """Make the pair after `generation` the current one; false where that was done or it ended."""
    done = await work.session.execute(
        update(SessionRow)
        .where(
            SessionRow.id == session_id,
            SessionRow.generation == generation,
            SessionRow.ended_at.is_(None),
        )
        .values(generation=generation + 1, renewed_at=at, last_seen_at=at, user_agent=user_agent)
        .returning(SessionRow.id)
    )
    return done.first() is not None


async def end(
    work: Writing, session_id: int, *, at: datetime, user_id: int | None = None
) -> int | None:
    """End a live session, of `user_id` only if given; return whose it was."""
    statement = update(SessionRow).where(
        SessionRow.id == session_id, SessionRow.ended_at.is_(None), SessionRow.ends_at > at
    )
    if user_id is not None:
        statement = statement.where(SessionRow.user_id == user_id)
    done = await work.session.execute(statement.values(ended_at=at).returning(SessionRow.user_id))
    found: int | None = done.scalar()
    return found


async def end_all(
    work: Writing, user_id: int, *, at: datetime, keep_session_id: int | None = None
) -> int:
    """End the live sessions of a user; return how many."""
    statement = update(SessionRow).where(
        SessionRow.user_id == user_id, SessionRow.ended_at.is_(None), SessionRow.ends_at > at
    )
    if keep_session_id is not None:
        statement = statement.where(SessionRow.id != keep_session_id)
    done = await work.session.execute(statement.values(ended_at=at).returning(SessionRow.id))
    return len(done.all())


async def live(work: Reading, user_id: int, *, now: datetime) -> Sequence[SessionRow]:
    """Return the live sessions of a user, the newest first."""
    found = await work.session.scalars(
        select(SessionRow)
        .where(
            SessionRow.user_id == user_id, SessionRow.ended_at.is_(None), SessionRow.ends_at > now
        )
        .order_by(SessionRow.created_at.desc(), SessionRow.id.desc())
    )
    return found.all()


async def live_of_everybody(
    work: Reading, *, now: datetime, most: int
) -> Sequence[tuple[SessionRow, UserRow]]:
    """Return the newest live sessions and whose they are."""
    found = await work.session.execute(
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(
            SessionRow.ended_at.is_(None), SessionRow.ends_at > now, UserRow.disabled_at.is_(None)
        )
        .order_by(SessionRow.created_at.desc(), SessionRow.id.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in found]


async def end_others(work: Writing, *, at: datetime, keep_session_id: int) -> int:
    """End the live sessions of everybody but one; return how many."""
    done = await work.session.execute(
        update(SessionRow)
        .where(
            SessionRow.ended_at.is_(None), SessionRow.ends_at > at, SessionRow.id != keep_session_id
        )
        .values(ended_at=at)
        .returning(SessionRow.id)
    )
    return len(done.all())


async def note_seen(work: Writing, seen: Mapping[int, datetime]) -> None:
    """Remember when sessions were used last."""
    if not seen:
        return
    statement = (
        update(SessionRow)
        .where(SessionRow.id == bindparam("number"), SessionRow.last_seen_at < bindparam("at"))
        .values(last_seen_at=bindparam("at"))
    )
    # On the connection: one statement for all of them, which the session would not send.
    connection = await work.session.connection()
    await connection.execute(
        statement, [{"number": number, "at": at} for number, at in seen.items()]
    )


async def purge(work: Writing, *, before: datetime) -> None:
    """Forget the sessions whose absolute end was before `before`."""
    await work.session.execute(delete(SessionRow).where(SessionRow.ends_at < before))


async def end_surplus(work: Writing, *, at: datetime, most: int) -> int:
    """End the oldest live sessions of everybody who has more than `most`; return how many."""
    place = func.row_number().over(
        partition_by=SessionRow.user_id,
        order_by=(SessionRow.created_at.desc(), SessionRow.id.desc()),
    )
    ranked = (
        select(SessionRow.id, place.label("place"))
        .where(SessionRow.ended_at.is_(None), SessionRow.ends_at > at)
        .subquery()
    )
    done = await work.session.execute(
        update(SessionRow)
        .where(SessionRow.id.in_(select(ranked.c.id).where(ranked.c.place > most)))
        .values(ended_at=at)
        .returning(SessionRow.id)
    )
    return len(done.all())
