"""Playback tokens and their devices in the database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update

from pantau.db.database import Reading, Writing
from pantau.recordings.rights.rows import DeviceRow, TokenRow
from pantau.recordings.rights.values import Device, PlaybackToken, TokenScope


async def all_tokens(work: Reading) -> list[PlaybackToken]:
    """Return every token, revoked ones too, the newest first."""
    rows = await work.session.scalars(select(TokenRow).order_by(TokenRow.id.desc()))
    return [_token(row) for row in rows]


async def live_tokens(work: Reading) -> Mapping[str, PlaybackToken]:
    """Return those that are not revoked, by hash."""
    rows = await work.session.scalars(select(TokenRow).where(TokenRow.revoked_at.is_(None)))
    return {row.token_hash: _token(row) for row in rows}


async def token_by_id(work: Reading, token_id: int) -> PlaybackToken | None:
    """Return one token."""
    row = await work.session.get(TokenRow, token_id)
    return None if row is None else _token(row)


async def token_by_hash(work: Reading, hashes: Iterable[str]) -> PlaybackToken | None:
    """Return the token that one of `hashes` belongs to, revoked or not."""
    row = await work.session.scalar(
        select(TokenRow).where(TokenRow.token_hash.in_(tuple(hashes))).order_by(TokenRow.id)
    )
    return None if row is None else _token(row)


async def count_live(work: Reading) -> int:
    """Return how many are not revoked."""
    counted = select(func.count()).select_from(TokenRow).where(TokenRow.revoked_at.is_(None))
    return await work.session.scalar(counted) or 0


async def add_token(work: Writing, token: PlaybackToken, *, token_hash: str) -> PlaybackToken:
    """Keep a token; its number is given here."""
    row = TokenRow(token_hash=token_hash, **_columns(token))
    row.prefix, row.uses, row.revoked_by = token.prefix, 0, ""
    row.created_by, row.created_at = token.created_by, token.created_at
    work.session.add(row)
    await work.session.flush()
    return _token(row)


async def save_token(work: Writing, token: PlaybackToken) -> None:
    """Write what can be changed about a token."""
    await work.session.execute(
        update(TokenRow).where(TokenRow.id == token.id).values(**_columns(token))
    )


async def revoke_token(work: Writing, token_id: int, *, at: datetime, by: str) -> None:
    """End a token and its devices."""
    await work.session.execute(
        update(TokenRow).where(TokenRow.id == token_id).values(revoked_at=at, revoked_by=by)
    )
    await work.session.execute(
        update(DeviceRow)
        .where(DeviceRow.token_id == token_id, DeviceRow.ended_at.is_(None))
        .values(ended_at=at, end_reason="revoked")
    )


async def count_use(work: Writing, token_id: int, *, at: datetime) -> None:
    """Count an activation."""
    await work.session.execute(
        update(TokenRow)
        .where(TokenRow.id == token_id)
        .values(uses=TokenRow.uses + 1, last_used_at=at)
    )


async def live_devices(work: Reading, *, seen_from: datetime) -> Mapping[str, Device]:
    """Return devices that have not ended and were seen since, by the hash of their cookie."""
    rows = await work.session.scalars(
        select(DeviceRow).where(DeviceRow.ended_at.is_(None), DeviceRow.last_seen_at >= seen_from)
    )
    return {row.session_hash: _device(row) for row in rows}


async def devices_of(
    work: Reading, token_id: int, *, ended_from: datetime, most: int
) -> Sequence[Device]:
    """Return the devices of a token, those in use first; of ended ones the latest."""
    rows = await work.session.scalars(
        select(DeviceRow)
        .where(
            DeviceRow.token_id == token_id,
            or_(DeviceRow.ended_at.is_(None), DeviceRow.ended_at >= ended_from),
        )
        .order_by(DeviceRow.ended_at.is_not(None), DeviceRow.id.desc())
        .limit(most)
    )
    return [_device(row) for row in rows]


async def device_by_hash(work: Reading, session_hash: str) -> Device | None:
    """Return the device whose cookie has this hash, ended or not."""
    row = await work.session.scalar(select(DeviceRow).where(DeviceRow.session_hash == session_hash))
    return None if row is None else _device(row)


async def count_devices(work: Reading, token_id: int) -> int:
    """Return on how many devices a token is in use."""
    counted = (
        select(func.count())
        .select_from(DeviceRow)
        .where(DeviceRow.token_id == token_id, DeviceRow.ended_at.is_(None))
    )
    return await work.session.scalar(counted) or 0


async def count_devices_of_all(work: Reading) -> Mapping[int, int]:
    """Return on how many devices each token is in use."""
    rows = await work.session.execute(
        select(DeviceRow.token_id, func.count())
        .where(DeviceRow.ended_at.is_(None))
        .group_by(DeviceRow.token_id)
    )
    return {row[0]: row[1] for row in rows}


async def add_device(work: Writing, device: Device, *, session_hash: str) -> Device:
    """Keep a device; its number is given here."""
    row = DeviceRow(
        token_id=device.token_id,
        session_hash=session_hash,
        ip_address=device.ip_address,
        user_agent=device.user_agent,
        created_at=device.created_at,
        last_seen_at=device.last_seen_at,
        end_reason="",
    )
    work.session.add(row)
    await work.session.flush()
    return _device(row)


async def end_device(work: Writing, device_id: int, *, at: datetime, reason: str) -> bool:
    """End a device; return whether it was in use."""
    ended = await work.session.scalar(
        update(DeviceRow)
        .where(DeviceRow.id == device_id, DeviceRow.ended_at.is_(None))
        .values(ended_at=at, end_reason=reason)
        .returning(DeviceRow.id)
    )
    return ended is not None


async def end_idle(work: Writing, token_id: int, *, seen_before: datetime, at: datetime) -> None:
    """End the devices of a token that were not seen for long."""
    await work.session.execute(
        update(DeviceRow)
        .where(
            DeviceRow.token_id == token_id,
            DeviceRow.ended_at.is_(None),
            DeviceRow.last_seen_at < seen_before,
        )
        .values(ended_at=at, end_reason="idle")
    )


async def write_seen(
    work: Writing, devices: Mapping[int, datetime], tokens: Mapping[int, datetime]
) -> None:
    """Keep when devices and tokens were last seen; never moves back what others wrote."""
    connection = await work.session.connection()
    if devices:
        await connection.execute(
            update(DeviceRow)
            .where(DeviceRow.id == bindparam("one"), DeviceRow.last_seen_at < bindparam("at"))
            .values(last_seen_at=bindparam("at")),
            [{"one": device_id, "at": at} for device_id, at in devices.items()],
        )
    if tokens:
        await connection.execute(
            update(TokenRow)
            .where(
                TokenRow.id == bindparam("one"),
                func.coalesce(TokenRow.last_used_at < bindparam("at"), True),
            )
            .values(last_used_at=bindparam("at")),
            [{"one": token_id, "at": at} for token_id, at in tokens.items()],
        )


def _columns(token: PlaybackToken) -> dict[str, object]:
    return {
        "label": token.label,
        "scope": "" if token.scope is None else str(token.scope),
        "camera_ids": json.dumps(sorted(token.camera_ids)),
        "area_ids": json.dumps(sorted(token.area_ids)),
        "window_hours": token.window_hours,
        "expires_at": token.expires_at,
        "max_devices": token.max_devices,
        "note": token.note,
    }


def _token(row: TokenRow) -> PlaybackToken:
    return PlaybackToken(
        id=row.id,
        label=row.label,
        prefix=row.prefix,
        scope=TokenScope(row.scope) if row.scope in set(TokenScope) else None,
        camera_ids=_numbers(row.camera_ids),
        area_ids=_numbers(row.area_ids),
        window_hours=row.window_hours,
        expires_at=row.expires_at,
        max_devices=row.max_devices,
        note=row.note,
        uses=row.uses,
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in json.loads(text))


def _device(row: DeviceRow) -> Device:
    return Device(
        id=row.id,
        token_id=row.token_id,
        ip_address=row.ip_address,
        user_agent=row.user_agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )
