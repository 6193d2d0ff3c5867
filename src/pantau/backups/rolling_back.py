"""Goes back to the tables of a snapshot; what was recorded and changed since then comes along.

As a restore it builds aside and swaps (`carrying_out`): up to the mark nothing of the hub is
touched, and from there on every start carries it to its end.
"""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pantau.audit import repository as trail_rows
from pantau.audit.appending import append
from pantau.audit.chain import ChainKey, Draft
from pantau.audit.events import Action
from pantau.backups import scratch, snapshots
from pantau.backups.carrying_out import carry_to_the_end, draft_of, ended
from pantau.backups.now_rows import exported
from pantau.backups.protection import Unlock
from pantau.backups.reading import check_room, open_archive
from pantau.backups.restoring import SECRET, Hub
from pantau.backups.row_merging import Keep, merge_rows
from pantau.backups.snapshots import TakenSnapshot
from pantau.backups.staging import Result, Staging, Wanted, WantedStep
from pantau.core.errors import Conflict, Exhausted, NotFound, Problem
from pantau.core.signing import derive_key
from pantau.db.database import open_database
from pantau.db.place import sqlite_place

KEPT_SNAPSHOTS: Final = 5
_NOW: Final = "now.db"
_AFTER: Final = "after.db"
_TIMES: Final = 3
"""What is built, what the steps make of it, and room for the largest table set aside."""
_SPARE_BYTES: Final = 8 * 2**20


async def carry_out_roll_back(
    hub: Hub, staging: Staging, decisions: Mapping[str, Keep], *, stored: str
) -> Result:
    """Do what was decided, and say what came of it; the hub is the old or the new one then.

    Nobody else uses the hub, whose tables are at the step `stored`.
    """
    wanted = staging.wanted()
    if wanted is None or wanted.roll_back is None:
        raise Conflict("database.not_wanted", "Nobody asked for going back. Begin anew.")
    safety = ""
    try:
        taken = await asyncio.to_thread(snapshots.find, hub.data_dir, wanted.roll_back.snapshot)
        kept = await snapshots.take(hub, build="", version="")
        safety = kept.name
        await _build(hub, staging, taken, decisions, stored=stored)
        await _complete(hub, staging, wanted, wanted.roll_back, safety=safety, stored=stored)
        await asyncio.to_thread(staging.commit)
    except Problem as problem:
        await asyncio.to_thread(staging.drop)
        return await ended(hub, staging, wanted, problem.sentence, safety)
    return await carry_to_the_end(hub, staging, wanted, safety)


async def _build(
    hub: Hub, staging: Staging, taken: TakenSnapshot, decisions: Mapping[str, Keep], *, stored: str
) -> None:
    await asyncio.to_thread(_check_room_in_thread, hub, staging, taken)
    if taken.kind == "sqlite":
        await asyncio.to_thread(shutil.copyfile, taken.file, staging.database)
        await asyncio.to_thread(staging.database.chmod, 0o600)
    else:
        await _unpack(hub, staging, taken)
    after = await _after_steps(hub, staging, taken, stored)
    if hub.place.file is not None:
        now, highest = hub.place.file, None
    else:
        now = staging.folder / _NOW
        highest = await exported(hub, now)
    try:
        await asyncio.to_thread(
            merge_rows,
            staging.database,
            now,
            after_steps=after,
            decisions=decisions,
            highest=highest,
        )
    finally:
        for path in (staging.folder / _NOW, staging.folder / _AFTER):
            await asyncio.to_thread(_remove_in_thread, path)


async def _unpack(hub: Hub, staging: Staging, taken: TakenSnapshot) -> None:
    archive = await asyncio.to_thread(open_archive, taken.file, Unlock(), work=staging.folder)
    free_bytes = (await asyncio.to_thread(shutil.disk_usage, staging.folder)).free
    check_room(archive, free_bytes)
    await hub.schema.make(staging.database, taken.step)
    await asyncio.to_thread(scratch.load, archive, staging.database)


async def _after_steps(
    hub: Hub, staging: Staging, taken: TakenSnapshot, stored: str
) -> Path | None:
    """Return the snapshot as the steps since made it, where this release knows exactly those."""
    if stored != hub.newest or stored <= taken.step:
        return None
    after = staging.folder / _AFTER
    await asyncio.to_thread(shutil.copyfile, staging.database, after)
    await hub.schema.upgrade(after)
    return after


def _check_room_in_thread(hub: Hub, staging: Staging, taken: TakenSnapshot) -> None:
    size_bytes = taken.size_bytes
    if hub.place.file is not None:
        size_bytes = max(size_bytes, hub.place.file.stat().st_size)
    needed_bytes = _TIMES * size_bytes + _SPARE_BYTES
    free_bytes = shutil.disk_usage(staging.folder).free
    if free_bytes < needed_bytes:
        raise Exhausted(
            "database.no_room",
            f"Going back needs {needed_bytes / 2**20:.0f} MiB in {staging.data_dir}, and "
            f"{free_bytes / 2**20:.0f} MiB are free. Make room there.",
        )


def _remove_in_thread(path: Path) -> None:
    for companion in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + companion).unlink(missing_ok=True)


async def _complete(
    hub: Hub, staging: Staging, wanted: Wanted, back: WantedStep, *, safety: str, stored: str
) -> None:
    """Have it on record, in the chain as it is now: the witness outside goes on fitting it."""
    secret = await asyncio.to_thread((hub.data_dir / SECRET).read_bytes)
    database = open_database(sqlite_place(staging.database), clock=hub.clock, readers=1)
    try:
        async with database.read() as work:
            if await trail_rows.read_head(work) is None:
                raise NotFound("audit.head_missing", "The audit trail has lost its head.")
        async with database.write() as work:
            key = ChainKey(derive_key(secret, "audit"))
            await append(work, key, [_draft(hub, wanted, back, safety=safety, stored=stored)])
    finally:
        await database.close()
    await asyncio.to_thread(scratch.settle, staging.database)


def _draft(hub: Hub, wanted: Wanted, back: WantedStep, *, safety: str, stored: str) -> Draft:
    details = {"from_step": stored, "to_step": back.step, "safety": safety}
    action = Action.ROLL_BACK_DATABASE
    return draft_of(hub, wanted, action, f"snapshot {back.snapshot}", details)
