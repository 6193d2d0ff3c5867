"""Second factors in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from pantau.accounts.models import RecoveryCodeRow, UserRow
from pantau.db.database import Reading, Writing


@dataclass(frozen=True, slots=True)
class Factor:
    """How somebody's second factor stands."""

    username: str
    secret_sealed: str | None
    enabled_at: datetime | None


async def factor_of(work: Reading, user_id: int) -> Factor | None:
    """Return the second factor of a user, or nothing where there is no such user."""
    row = await work.session.get(UserRow, user_id)
    if row is None:
        return None
    return Factor(row.username, row.totp_secret_sealed, row.totp_enabled_at)


async def offer(work: Writing, user_id: int, secret_sealed: str) -> bool:
    """Keep a secret that is not confirmed; false where one is enabled already."""
    done = await work.session.execute(
        update(UserRow)
        .where(UserRow.id == user_id, UserRow.totp_enabled_at.is_(None))
        .values(totp_secret_sealed=secret_sealed, totp_last_step=None)
        .returning(UserRow.id)
    )
    return done.first() is not None


async def enable(
    work: Writing, user_id: int, secret_sealed: str, *, step: int, at: datetime
) -> bool:
    """Make the secret count; false where another one was offered meanwhile or one is enabled."""
    done = await work.session.execute(
        update(UserRow)
        .where(
            UserRow.id == user_id,
            UserRow.totp_enabled_at.is_(None),
            UserRow.totp_secret_sealed == secret_sealed,
        )
        .values(totp_enabled_at=at, totp_last_step=step)
        .returning(UserRow.id)
    )
    return done.first() is not None


async def disable(work: Writing, user_id: int) -> bool:
    """Remove the secret and the codes; false where none was enabled."""
    done = await work.session.execute(
        update(UserRow)
        .where(UserRow.id == user_id, UserRow.totp_enabled_at.is_not(None))
        .values(totp_secret_sealed=None, totp_enabled_at=None, totp_last_step=None)
        .returning(UserRow.id)
    )
    was_enabled = done.first() is not None
    await work.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    return was_enabled


async def replace_codes(work: Writing, user_id: int, hashes: Iterable[str]) -> None:
    """Make these the recovery codes of a user; earlier ones are void."""
    await work.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    work.session.add_all(
        RecoveryCodeRow(user_id=user_id, code_hash=code_hash) for code_hash in hashes
    )


async def use_code(work: Writing, user_id: int, code_hash: str, *, at: datetime) -> bool:
    """Use up a recovery code; false unless it is an unused one of this user."""
    done = await work.session.execute(
        update(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.code_hash == code_hash,
            RecoveryCodeRow.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCodeRow.id)
    )
    return done.first() is not None


async def codes_left(work: Reading, user_id: int) -> int:
    """Return how many recovery codes a user has left."""
    left = await work.session.scalar(
        select(func.count())
        .select_from(RecoveryCodeRow)
        .where(RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
    )
    return left or 0
