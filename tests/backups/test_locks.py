"""Locks and keys: what a file may make us spend, and whose keys an archive brings."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest

from pantau.backups import age_passphrase
from pantau.backups.age_passphrase import AgeError
from pantau.backups.making import make_archive, read_parts
from pantau.backups.protection import Unlock
from pantau.backups.restoring import SECRET_FILES
from pantau.backups.snapshot import snapshot_of
from pantau.backups.staging import Wanted
from pantau.core.errors import Conflict, Invalid
from pantau.db.place import Place
from tests.backups.hubs import CHEAP, LOCK, FullHub
from tests.backups.test_refusals import Forge

PASSPHRASE = "a long passphrase"


def locked(text: bytes) -> bytes:
    target = io.BytesIO()
    age_passphrase.lock(io.BytesIO(text), target, PASSPHRASE, work=CHEAP)
    return target.getvalue()


def opened(data: bytes) -> bytes:
    target = io.BytesIO()
    age_passphrase.unlock(io.BytesIO(data), target, PASSPHRASE)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_what_was_locked_is_opened(size: int) -> None:
    assert opened(locked(b"x" * size)) == b"x" * size


def test_a_file_cannot_make_us_spend_all_memory() -> None:
    costly = locked(b"text").replace(b" %d\n" % CHEAP, b" 40\n", 1)
    with pytest.raises(AgeError, match="too much memory"):
        opened(costly)


def test_a_changed_beginning_is_noticed() -> None:
    data = bytearray(locked(b"text"))
    at = data.index(b"--- ") + 4
    data[at] = ord("A") if data[at] != ord("A") else ord("B")
    with pytest.raises(AgeError, match="beginning was changed"):
        opened(bytes(data))


@pytest.mark.anyio
async def test_keys_of_another_than_it_says_are_refused(full_hub: FullHub, tmp_path: Path) -> None:
    hub = full_hub
    async with snapshot_of(hub.place, hub.hub.tables) as snapshot:
        made = await make_archive(
            snapshot,
            tmp_path / "two.tar.age",
            label=replace(hub.hub.label, installation="0" * 32),
            parts=lambda: read_parts(tmp_path, plain=(), secret=SECRET_FILES, with_secrets=True),
            lock=LOCK,
            now=hub.clock.now(),
        )
    with pytest.raises(Invalid, match="another's"):
        await hub.prepare(made.file)


@pytest.mark.anyio
async def test_only_what_was_looked_at_is_carried_out(full_hub: FullHub, tmp_path: Path) -> None:
    preview = await full_hub.prepare(tmp_path / "one.tar", Unlock())
    full_hub.decide(preview)
    wanted = full_hub.staging.wanted()
    assert wanted is not None
    full_hub.staging.put_wanted(Wanted(token="0" * 32, people="keep", actor=wanted.actor))
    before = await full_hub.contents()
    with pytest.raises(Conflict, match="no restore"):
        await full_hub.carry_out()
    assert await full_hub.contents() == before


@pytest.mark.anyio
async def test_a_row_that_the_server_refuses_leaves_all_of_it_as_it_was(
    postgresql_place: Place, full_hub: FullHub, sqlite_template: Path, tmp_path: Path
) -> None:
    forged = Forge(tmp_path / "one.tar")
    # SQLite takes a name of any length.
    forged.change_row("feedbacks", "name", "n" * 500)
    file = await asyncio.to_thread(forged.write, tmp_path / "long.tar")
    server = FullHub(postgresql_place, tmp_path, sqlite_template)
    before = await server.contents()
    result = await server.restore(file, Unlock(), people="backup")
    assert not result.ok
    assert "nothing was changed" in result.sentence
    assert await server.contents() == before
    assert not server.staging.folder.exists()
