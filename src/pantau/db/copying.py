"""A copy of a SQLite database while it is in use."""

import os
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def copy_file(connection: AsyncConnection, target: Path) -> None:
    """Write one consistent state to `target`, readable by its owner alone.

    The copy has its name only when it is whole.  `connection` must be in no transaction.
    """
    draft = target.with_name(target.name + ".partial")
    draft.unlink(missing_ok=True)
    # SQLite accepts an empty file, which keeps the permissions that it was made with.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        await connection.execute(text("VACUUM INTO :file"), {"file": str(draft)})
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
