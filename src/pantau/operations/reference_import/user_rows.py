"""Users in and out of the database, as an import needs them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from pantau.accounts.models import PasswordHistoryRow, UserRow, fold
from pantau.db.database import Reading, Writing
from pantau.operations.reference_import.people import BroughtPassword, BroughtUser


async def numbers_by_name(reading: Reading) -> Mapping[str, int]:
    """Return the numbers of all users by their folded names."""
    found = await reading.session.execute(select(UserRow.name_key, UserRow.id))
    return {row.name_key: row.id for row in found}


async def add_people(
    writing: Writing, users: Iterable[BroughtUser], passwords: Iterable[BroughtPassword]
) -> None:
    """Add users and their earlier passwords."""
    rows: dict[int, UserRow] = {}
    for user in users:
        row = rows[user.number] = UserRow(
            username=user.username,
            name_key=fold(user.username),
            password_hash=user.password_hash,
            role=user.role,
            created_at=user.created_at,
            password_changed_at=user.password_changed_at,
            last_login_at=user.last_login_at,
            last_login_address=user.last_login_address,
        )
        writing.session.add(row)
    if not rows:
        return
    await writing.session.flush()
    for password in passwords:
        writing.session.add(
            PasswordHistoryRow(
                user_id=rows[password.user_number].id,
                password_hash=password.password_hash,
                created_at=password.created_at,
            )
        )
    writing.changed("accounts")
