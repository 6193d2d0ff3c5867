"""Puts what lies ready in the place of what is here: all or nothing, whenever the power fails.

Nobody else uses the hub meanwhile.  Up to the mark `committed` nothing of the hub was touched;
from there on every start goes on until it is done (`carry_on`), and doing it twice does no harm.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pantau.audit import repository as trail_rows
from pantau.audit.actors import Actor
from pantau.audit.appending import append
from pantau.audit.chain import ChainKey, Draft, Head
from pantau.audit.details import details_text
from pantau.audit.events import Action, kind_of
from pantau.audit.witness import FILE_NAME as WITNESS
from pantau.audit.witness import Witness
from pantau.backups import scratch
from pantau.backups.filling import REFUSED, fill_server, remake_server
from pantau.backups.making import make_archive, read_parts
from pantau.backups.people import Accounts, People, accounts_of, settle_people
from pantau.backups.protection import Lock
from pantau.backups.repository import forget_open_runs
from pantau.backups.restoring import KEYS, SECRET, SECRET_FILES, Hub, secret_in
from pantau.backups.snapshot import snapshot_of
from pantau.backups.staging import Prepared, Result, Staging, Wanted, sync_folder
from pantau.core.errors import Conflict, Problem, Unavailable
from pantau.core.key_file import write_joined
from pantau.core.signing import derive_key
from pantau.db.database import open_database
from pantau.db.place import Place, sqlite_place

log = structlog.get_logger()

SAFETY_FOLDER: Final = "backups"
SAFETY_PREFIX: Final = "pantau-before-restore-"
_MOST_SAFETY: Final = 3


async def carry_out(hub: Hub, staging: Staging) -> Result:
    """Do what was decided, and say what came of it; the hub is the old or the new one then.

    `hub.place` must have today's tables.  Raises nothing that a person could mend: it is in the
    result, which is kept in the data folder.
    """
    prepared, wanted = staging.prepared(), staging.wanted()
    if prepared is None or wanted is None or prepared.token != wanted.token:
        raise Conflict("backup.not_ready", "There is no restore to carry out. Begin anew.")
    safety = ""
    try:
        safety_file = await _safety(hub)
        safety = safety_file.name if safety_file else ""
        await _complete(hub, staging, prepared, wanted, safety)
        await asyncio.to_thread(staging.commit)
    except Problem as problem:
        await asyncio.to_thread(staging.drop)
        return await ended(hub, staging, wanted, problem.sentence, safety)
    return await carry_to_the_end(hub, staging, wanted, safety)


async def carry_on(hub: Hub, staging: Staging) -> None:
    """End a restore that was interrupted after its mark; nothing where there is none.

    Raises Unavailable while its database is away: what is half done must not be used.
    """
    if staging.is_committed:
        await carry_to_the_end(hub, staging, staging.wanted(), "")


async def carry_to_the_end(
    hub: Hub, staging: Staging, wanted: Wanted | None, safety: str
) -> Result:
    """Put in place what was marked, and say what came of it.

    Raises Unavailable while the database is away; the mark stays then, and so does what lies ready.
    """
    try:
        await _put_in_place(hub.place, hub, staging)
    except Unavailable as problem:
        if problem.code != REFUSED:
            raise
        # All is old still: the database comes first, and takes everything or nothing.
        await asyncio.to_thread(staging.drop)
        return await ended(hub, staging, wanted, problem.sentence, safety)
    return await ended(hub, staging, wanted, "", safety)


async def ended(
    hub: Hub, staging: Staging, wanted: Wanted | None, problem: str, safety: str
) -> Result:
    """Keep what came of it, where whoever waits finds it."""
    result = _result(hub, wanted, problem, safety)
    await asyncio.to_thread(staging.put_result, result)
    if result.ok:
        log.info("restored", safety=safety)
    else:
        log.warning("restore_failed", cause=problem)
    return result


def told_of(actor: Actor) -> dict[str, Any]:
    """Return an actor as it is written down."""
    return asdict(actor)


def _result(hub: Hub, wanted: Wanted | None, problem: str, safety: str) -> Result:
    return Result(
        token="" if wanted is None else wanted.token,
        ok=not problem,
        sentence=problem or _done(wanted),
        finished_at=hub.clock.now(),
        safety=safety,
    )


def _done(wanted: Wanted | None) -> str:
    if wanted is None or wanted.roll_back is None:
        return "The backup was restored."
    back = wanted.roll_back
    return (
        f"The tables are those of {back.snapshot} again, at step {back.step}; what was recorded "
        "and changed since then is in them."
    )


async def _safety(hub: Hub) -> Path | None:
    """Keep what is here, with its keys: it never leaves the folder in which both lie anyway."""
    if hub.place.file is not None and not hub.place.file.exists():
        return None
    now = hub.clock.now()
    folder = hub.data_dir / SAFETY_FOLDER
    target = folder / f"{SAFETY_PREFIX}{now:%Y%m%dT%H%M%SZ}.tar"
    async with snapshot_of(hub.place, hub.tables, newest=hub.newest) as snapshot:
        made = await make_archive(
            snapshot,
            target,
            label=hub.label,
            parts=lambda: read_parts(
                hub.data_dir, plain=hub.plain_files, secret=SECRET_FILES, with_secrets=True
            ),
            lock=Lock(),
            now=now,
        )
    await asyncio.to_thread(_keep_newest_in_thread, folder, made.file)
    return made.file


def _keep_newest_in_thread(folder: Path, made: Path) -> None:
    for old in sorted(folder.glob(f"{SAFETY_PREFIX}*.tar"))[:-_MOST_SAFETY]:
        # Not this one, also where somebody has set the clock back.
        if old != made:
            old.unlink(missing_ok=True)


async def _complete(
    hub: Hub, staging: Staging, prepared: Prepared, wanted: Wanted, safety: str
) -> None:
    here, head = await _before(hub)
    key = ChainKey(derive_key(await asyncio.to_thread(secret_in, staging, hub.data_dir), "audit"))
    database = open_database(sqlite_place(staging.database), clock=hub.clock, readers=1)
    try:
        async with database.write() as work:
            await settle_people(work, here, wanted.people, hub.clock)
            draft = _draft(hub, prepared, wanted, safety, head)
            await append(work, key, [draft])
            await forget_open_runs(work)
        async with database.read() as work:
            grown = await trail_rows.read_head(work)
    finally:
        await database.close()
    assert grown is not None
    await asyncio.to_thread(_settle_files_in_thread, hub, staging, key, grown)
    await asyncio.to_thread(scratch.settle, staging.database)


async def _before(hub: Hub) -> tuple[Accounts, Head]:
    if hub.place.file is not None and not hub.place.file.exists():
        return Accounts((), ()), Head()
    database = open_database(hub.place, clock=hub.clock, readers=1)
    try:
        async with database.read() as work:
            return await accounts_of(work), await trail_rows.read_head(work) or Head()
    finally:
        await database.close()


def _draft(hub: Hub, prepared: Prepared, wanted: Wanted, safety: str, head: Head) -> Draft:
    manifest = prepared.manifest
    people: People = wanted.people
    details = {
        "made_at": manifest.created_at.isoformat(timespec="seconds"),
        "rows": manifest.rows,
        "people": people,
        "safety": safety,
        "trail_before": f"{head.last_id} {head.last_hash[:16]}",
    }
    return draft_of(hub, wanted, Action.RESTORE_BACKUP, f"backup {prepared.source}", details)


def draft_of(
    hub: Hub, wanted: Wanted, action: Action, target: str, details: Mapping[str, Any]
) -> Draft:
    """Return what the trail will say of `action`, by whoever wanted it."""
    actor = Actor(**wanted.actor)
    return Draft(
        at=hub.clock.now(),
        kind=kind_of(action),
        name=action,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        username=actor.name,
        address=actor.address,
        user_agent=actor.user_agent,
        endpoint=actor.endpoint,
        target=target[:200],
        details=details_text(details),
    )


def _settle_files_in_thread(hub: Hub, staging: Staging, key: ChainKey, head: Head) -> None:
    Witness(staging.files / WITNESS, key).write(head, hub.clock.now())
    brought, own = staging.files / KEYS, hub.data_dir / KEYS
    if brought.exists() and own.exists():
        # Accounts that stay have secrets of their own, sealed with the keys that are here.
        is_same = _same(staging.files / SECRET, hub.data_dir / SECRET)
        first, second = (own, brought) if is_same else (brought, own)
        write_joined(brought, first, second)
    for path in staging.files.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.read_bytes() == other.read_bytes()


async def _put_in_place(place: Place, hub: Hub, staging: Staging) -> None:
    if staging.database.exists():
        if place.file is None:
            await _fill(place, hub, staging)
            await asyncio.to_thread(staging.database.unlink)
        else:
            await asyncio.to_thread(_swap_in_thread, staging.database, place.file)
    await asyncio.to_thread(_move_files_in_thread, staging, hub.data_dir)
    await asyncio.to_thread(staging.drop)


async def _fill(place: Place, hub: Hub, staging: Staging) -> None:
    wanted = await asyncio.to_thread(staging.wanted)
    if wanted is None or wanted.roll_back is None:
        await fill_server(place, hub.tables, staging.database)
        return
    step = wanted.roll_back.step

    async def make(connection: AsyncConnection) -> None:
        await hub.schema.make_on_server(connection, step)

    await remake_server(place, staging.database, make)


def _swap_in_thread(fresh: Path, file: Path) -> None:
    # What the old file had not taken in yet must not be taken in by the new one.
    for companion in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + companion).unlink(missing_ok=True)
    fresh.replace(file)
    sync_folder(file.parent)


def _move_files_in_thread(staging: Staging, data_dir: Path) -> None:
    if not staging.files.exists():
        return
    for path in sorted(staging.files.iterdir()):
        path.replace(data_dir / path.name)
    sync_folder(data_dir)
