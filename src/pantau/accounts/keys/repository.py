"""API keys in the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from pantau.accounts.keys.models import ApiKeyRow
from pantau.accounts.keys.values import ApiKey, NewKey
from pantau.db.database import Reading


class KeyRepository:
    """What may be asked about keys inside one unit of work."""

    def __init__(self, work: Reading) -> None:
        self._session = work.session

    async def live(self) -> dict[str, ApiKey]:
        """Return every key that is not revoked, by its hash."""
        rows = await self._session.scalars(
            select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None)).order_by(ApiKeyRow.id)
        )
        return {row.key_hash: _value(row) for row in rows}

    async def count_live(self) -> int:
        """Return how many keys are not revoked."""
        counted = select(func.count()).select_from(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None))
        return await self._session.scalar(counted) or 0

    async def add(
        self,
        new: NewKey,
        *,
        key_hash: str,
        prefix: str,
        created_at: datetime,
        expires_at: datetime,
    ) -> ApiKey:
        """Keep a key."""
        row = ApiKeyRow(
            key_hash=key_hash,
            prefix=prefix,
            client_name=new.client_name,
            description=new.description,
            scopes=" ".join(sorted(new.scopes)),
            created_at=created_at,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()
        return _value(row)

    async def revoke(self, key_id: int, *, at: datetime) -> ApiKey | None:
        """End a live key and return it; nothing when there is none."""
        row = await self._session.scalar(
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(ApiKeyRow)
        )
        return None if row is None else _value(row)

    async def write_uses(self, used_at: Mapping[int, datetime]) -> None:
        """Keep when keys were used; never moves back what another process wrote."""
        connection = await self._session.connection()
        await connection.execute(
            update(ApiKeyRow)
            .where(
                ApiKeyRow.id == bindparam("key"),
                func.coalesce(ApiKeyRow.last_used_at < bindparam("at"), True),
            )
            .values(last_used_at=bindparam("at")),
            [{"key": key_id, "at": at} for key_id, at in used_at.items()],
        )


def _value(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        prefix=row.prefix,
        client_name=row.client_name,
        description=row.description,
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
