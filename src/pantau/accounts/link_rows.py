"""Links that make an admin, in the database."""

from datetime import datetime

from sqlalchemy import delete, select, update

from pantau.accounts.models import FirstRunLinkRow
from pantau.db.database import Reading, Writing


async def add(
    work: Writing, token_hash: str, *, is_recovery: bool, at: datetime, expires_at: datetime
) -> None:
    """Keep a link; others of its kind, used and expired ones too, are void."""
    await remove(work, is_recovery=is_recovery)
    work.session.add(
        FirstRunLinkRow(
            token_hash=token_hash, is_recovery=is_recovery, created_at=at, expires_at=expires_at
        )
    )


async def remove(work: Writing, *, is_recovery: bool) -> None:
    """Void all links of a kind."""
    await work.session.execute(
        delete(FirstRunLinkRow).where(FirstRunLinkRow.is_recovery.is_(is_recovery))
    )


async def exist(work: Reading, *, is_recovery: bool) -> bool:
    """Tell whether there are links of a kind, whatever their state."""
    found = await work.session.scalar(
        select(FirstRunLinkRow.id).where(FirstRunLinkRow.is_recovery.is_(is_recovery)).limit(1)
    )
    return found is not None


async def kind_of(work: Reading, token_hash: str, *, now: datetime) -> bool | None:
    """Return whether a live link is for recovery; nothing when it is not live."""
    found: bool | None = await work.session.scalar(
        select(FirstRunLinkRow.is_recovery).where(
            FirstRunLinkRow.token_hash == token_hash,
            FirstRunLinkRow.used_at.is_(None),
            FirstRunLinkRow.expires_at > now,
        )
    )
    return found


async def use(work: Writing, token_hash: str, *, now: datetime) -> bool | None:
    """Use up a live link; return whether it is for recovery, nothing when it is not live."""
    done = await work.session.execute(
        update(FirstRunLinkRow)
        .where(
            FirstRunLinkRow.token_hash == token_hash,
            FirstRunLinkRow.used_at.is_(None),
            FirstRunLinkRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(FirstRunLinkRow.is_recovery)
    )
    found: bool | None = done.scalar()
    return found
