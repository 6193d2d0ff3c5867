"""Links to exports in and out of the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, or_, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.exports.models import ClipLink
from pantau.recordings.rights.rows import ClipLinkRow


async def add(writing: Writing, values: dict[str, Any]) -> ClipLink:
    """Store a link; return it with its number."""
    made = await writing.session.execute(
        insert(ClipLinkRow).values(values).returning(ClipLinkRow.__table__)
    )
    writing.changed("exports")
    return _link(made.mappings().one())


async def of_export(reading: Reading, export_id: str) -> list[ClipLink]:
    """Return the links of an export, the newest first."""
    query = select(ClipLinkRow.__table__).where(ClipLinkRow.export_id == export_id)
    found = await reading.session.execute(query.order_by(ClipLinkRow.id.desc()))
    return [_link(row) for row in found.mappings()]


async def by_hash(reading: Reading, token_hash: str) -> ClipLink | None:
    """Return the link with that token."""
    query = select(ClipLinkRow.__table__).where(ClipLinkRow.token_hash == token_hash)
    row = (await reading.session.execute(query)).mappings().one_or_none()
    return None if row is None else _link(row)


async def count_download(writing: Writing, link_id: int, *, now: datetime) -> bool:
    """Count a download, if there is one left; return whether there was."""
    row = ClipLinkRow
    done = await writing.session.execute(
        update(row)
        .where(
            row.id == link_id,
            row.revoked_at.is_(None),
            row.expires_at > now,
            or_(row.max_downloads.is_(None), row.downloads < row.max_downloads),
        )
        .values(downloads=row.downloads + 1)
        .returning(row.id)
    )
    return done.first() is not None


async def revoke(writing: Writing, export_id: str, link_id: int, *, at: datetime) -> bool:
    """End a link; return whether there was one that had not ended so."""
    row = ClipLinkRow
    done = await writing.session.execute(
        update(row)
        .where(row.id == link_id, row.export_id == export_id, row.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(row.id)
    )
    is_done = done.first() is not None
    if is_done:
        writing.changed("exports")
    return is_done


async def remove_of(writing: Writing, export_ids: Collection[str]) -> None:
    """Delete the links of exports."""
    await writing.session.execute(delete(ClipLinkRow).where(ClipLinkRow.export_id.in_(export_ids)))


def _link(row: RowMapping) -> ClipLink:
    return ClipLink(
        id=row["id"],
        export_id=row["export_id"],
        prefix=row["prefix"],
        expires_at=row["expires_at"],
        max_downloads=row["max_downloads"],
        downloads=row["downloads"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
