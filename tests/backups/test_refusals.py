"""Archives that are damaged, foreign or hostile: nothing changes, and somebody is told why."""

import asyncio
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pantau.backups.protection import Lock, Unlock
from pantau.core.errors import Exhausted, Invalid
from pantau.db.place import Place
from tests.backups.hubs import LOCK, FullHub

pytestmark = pytest.mark.anyio
NOTHING = Unlock()


class Forge:
    """Takes an archive that is not locked apart, and puts together another one."""

    def __init__(self, file: Path) -> None:
        self.members: list[tuple[str, bytes]] = []
        with tarfile.open(file) as tar:
            for info in tar:
                held = tar.extractfile(info)
                assert held is not None
                self.members.append((info.name, held.read()))

    @property
    def manifest(self) -> Any:
        return json.loads(self.members[0][1])

    def put_manifest(self, told: Any) -> None:
        self.members[0] = ("manifest.json", json.dumps(told).encode())

    def put_lines(self, name: str, lines: bytes, **more: Any) -> None:
        """Replace a table, with sums that fit."""
        told = self.manifest
        entry = next(each for each in told["tables"] if each["name"] == name)
        entry |= {
            "bytes": len(lines),
            "rows": lines.count(b"\n"),
            "sha256": hashlib.sha256(lines).hexdigest(),
            **more,
        }
        self.put_manifest(told)
        at = [member for member, _ in self.members].index(f"tables/{name}.jsonl.gz")
        self.members[at] = (self.members[at][0], gzip.compress(lines))

    def change_row(self, name: str, column: str, value: Any) -> None:
        """Put `value` into the first row."""
        entry = next(each for each in self.manifest["tables"] if each["name"] == name)
        data = dict(self.members)[f"tables/{name}.jsonl.gz"]
        rows = [json.loads(line) for line in gzip.decompress(data).splitlines()]
        rows[0][[each["name"] for each in entry["columns"]].index(column)] = value
        self.put_lines(name, b"".join(json.dumps(row).encode() + b"\n" for row in rows))

    def write(self, file: Path, *, with_sums: bool = True) -> Path:
        if with_sums:
            lines = (
                f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in self.members[:-1]
            )
            self.members[-1] = ("SHA256SUMS", "".join(lines).encode())
        with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in self.members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return file


def _table(told: Any, name: str) -> Any:
    return next(each for each in told["tables"] if each["name"] == name)


def _manifest(change: Callable[[Any], None]) -> Callable[[Forge], None]:
    def forge(forged: Forge) -> None:
        told = forged.manifest
        change(told)
        forged.put_manifest(told)

    return forge


def _row(name: str, column: str, value: Any) -> Callable[[Forge], None]:
    return lambda forged: forged.change_row(name, column, value)


def _bomb(forged: Forge) -> None:
    forged.put_lines("areas", b"[" + b" " * 50_000_000 + b"]\n", bytes=100)


def _renamed(forged: Forge) -> None:
    told = forged.manifest
    _table(told, "areas")["name"] = "guests"
    forged.put_manifest(told)
    at = [member for member, _ in forged.members].index("tables/areas.jsonl.gz")
    forged.members[at] = ("tables/guests.jsonl.gz", forged.members[at][1])


def _fewer(forged: Forge) -> None:
    told = forged.manifest
    name = told["tables"].pop(3)["name"]
    forged.put_manifest(told)
    forged.members = [each for each in forged.members if each[0] != f"tables/{name}.jsonl.gz"]


def _doubled(told: Any) -> None:
    columns = _table(told, "areas")["columns"]
    columns.append(columns[0])


def _more_files(name: str, data: bytes) -> Callable[[Forge], None]:
    def forge(forged: Forge) -> None:
        told = forged.manifest
        entry = {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        told["files"].append(entry)
        forged.put_manifest(told)
        forged.members.insert(len(told["files"]), (f"files/{name}", data))

    return forge


def _swapped_file(forged: Forge) -> None:
    _more_files("other", b"a")(forged)
    at = [member for member, _ in forged.members].index("files/other")
    forged.members[at] = ("files/other", b"b")


def _other_sum(told: Any) -> None:
    _table(told, "areas")["sha256"] = "0" * 64


def _moved(name: str) -> Callable[[Forge], None]:
    def forge(forged: Forge) -> None:
        forged.members[1] = (name, forged.members[1][1])

    return forge


def _twice(forged: Forge) -> None:
    forged.members.insert(2, forged.members[1])


def _all_rows_wrong(forged: Forge) -> None:
    forged.put_lines("areas", b"not json\n")


HOSTILE: dict[str, tuple[Callable[[Forge], None], str]] = {
    "another step": (_manifest(lambda told: told.update(revision="9999")), "newer Pantau"),
    "another format": (_manifest(lambda told: told.update(version=2)), "format 2"),
    "a step that never was": (_manifest(lambda told: told.update(revision="0000")), "never was"),
    "an unknown key": (_manifest(lambda told: told.update(more=1)), "not in order at more"),
    "SQL as a table": (
        _manifest(lambda told: _table(told, "areas").update(name='a"; DROP TABLE users; --')),
        "not in order at tables",
    ),
    "a table of nobody": (
        _manifest(lambda told: _table(told, "areas").update(name="sqlite_master")),
        "sqlite_master",
    ),
    "SQL as a column": (
        _manifest(lambda told: _table(told, "areas")["columns"][1].update(name="x) --")),
        "not in order at tables",
    ),
    "a column of nobody": (
        _manifest(lambda told: _table(told, "users")["columns"][1].update(name="is_god")),
        "users has .* is_god",
    ),
    "a column twice": (
        _manifest(lambda told: _table(told, "users")["columns"][1].update(name="id")),
        "users has",
    ),
    "a column of another kind": (
        _manifest(lambda told: _table(told, "users")["columns"][1].update(kind="bytes")),
        "other kinds",
    ),
    "a table less": (_manifest(lambda told: told["tables"].pop(3)), "holds tables/"),
    "a table of nobody, and its rows": (_renamed, "does not have: guests|lacks a table: areas"),
    "a table less, and its rows": (_fewer, "lacks a table"),
    "a column that is there twice": (_manifest(_doubled), "areas has a column twice"),
    "another sum of rows": (_manifest(_other_sum), "areas.* is not what the manifest says"),
    "a file that was swapped": (_swapped_file, "the sum of files/other"),
    "a file of nobody": (_more_files("crontab", b"* * * * *"), "does not know: crontab"),
    "keys it does not speak of": (_more_files("secret.key", b"k" * 32), "keys it does not speak"),
    "a huge count": (
        _manifest(lambda told: _table(told, "areas").update(rows=10**30)),
        "not in order at tables",
    ),
    "a path out of the folder": (_moved("../../../etc/passwd"), "passwd where"),
    "an absolute path": (_moved("/etc/passwd"), "/etc/passwd where"),
    "a member twice": (_twice, "where tables/"),
    "a number too large": (_row("areas", "id", 2**63), "too large"),
    "no number": (_row("areas", "id", "1; DROP TABLE users"), "is no whole number"),
    "a zero byte": (_row("areas", "name", "a\0b"), "zero byte"),
    "half a character": (_row("areas", "name", "\ud800"), "half a character"),
    "infinity": (_row("areas", "latitude", float("inf")), "not JSON|Infinity"),
    "no moment": (_row("users", "created_at", "yesterday"), "is no moment"),
    "a flag that is a number": (_row("users", "has_all_areas", 2), "neither true nor false"),
    "somebody else's row": (_row("cameras", "area_id", 999), "belongs to a row of areas"),
    "an impossible value": (_row("cameras", "status", "burning"), "CHECK"),
    "a bomb": (_bomb, "not what the manifest says"),
    "rows that are no rows": (_all_rows_wrong, "not JSON"),
}


@pytest.fixture
def hub(full_hub: FullHub) -> FullHub:
    return full_hub


@pytest.fixture
def plain(hub: FullHub) -> Path:
    """A backup of it that is not locked."""
    return hub.data_dir / "one.tar"


async def test_what_is_hostile_changes_nothing_and_is_told(
    hub: FullHub, plain: Path, tmp_path: Path
) -> None:
    before = await hub.contents()
    told = {}
    for name, (forge, said) in HOSTILE.items():
        forged = Forge(plain)
        forge(forged)
        file = forged.write(tmp_path / "forged.tar")
        with pytest.raises(Invalid, match=said) as refusal:
            await hub.prepare(file, NOTHING)
        told[name] = refusal.value
        assert not hub.staging.folder.exists(), name
    assert await hub.contents() == before
    assert all(problem.field == "file" for problem in told.values())


async def test_links_devices_and_folders_are_no_members(
    hub: FullHub, plain: Path, tmp_path: Path
) -> None:
    kinds = {
        tarfile.SYMTYPE: "a link",
        tarfile.LNKTYPE: "a link",
        tarfile.CHRTYPE: "a device",
        tarfile.DIRTYPE: "a folder",
        tarfile.XHDTYPE: "something",
    }
    whole = await asyncio.to_thread(plain.read_bytes)
    for kind, said in kinds.items():
        data = bytearray(whole)
        info = tarfile.TarInfo("manifest.json")
        info.type, info.linkname = kind, "/etc/passwd"
        data[:512] = info.tobuf(tarfile.USTAR_FORMAT)
        file = tmp_path / "forged.tar"
        file.write_bytes(data)
        with pytest.raises(Invalid, match=said):
            await hub.prepare(file, NOTHING)


@pytest.mark.parametrize("lock", [Lock(), LOCK], ids=["plain", "locked"])
async def test_what_was_changed_or_cut_off_is_noticed(
    lock: Lock, hub: FullHub, tmp_path: Path
) -> None:
    made = await hub.back_up(tmp_path / "one.tar", lock)
    whole = made.file.read_bytes()
    file, unlock = tmp_path / "spoilt", Unlock(passphrase=lock.passphrase)
    for length in (0, 1, 40, 600, len(whole) // 2, len(whole) - 10_240):
        file.write_bytes(whole[:length])
        with pytest.raises(Invalid, match=r"This backup|This is no backup"):
            await hub.prepare(file, unlock)
    for at in _bytes_that_count(made.file) if lock.kind == "none" else (100, 300, len(whole) // 2):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x11
        file.write_bytes(spoilt)
        with pytest.raises(Invalid, match=r"This backup|This is no backup|passphrase"):
            await hub.prepare(file, unlock)


def _bytes_that_count(file: Path) -> list[int]:
    with tarfile.open(file) as tar:
        infos = [info for info in tar if info.size > 10]
    some = (infos[0], infos[1], infos[len(infos) // 2], infos[-1])
    return [info.offset_data + info.size // 2 for info in some] + [infos[2].offset + 3]


async def test_a_wrong_passphrase_is_told_apart_from_damage(hub: FullHub, tmp_path: Path) -> None:
    made = await hub.back_up(tmp_path / "one.tar.age")
    with pytest.raises(Invalid, match="not the one") as refusal:
        await hub.prepare(made.file, Unlock(passphrase="another passphrase"))
    assert refusal.value.field == "passphrase"
    with pytest.raises(Invalid, match="locked with a passphrase"):
        await hub.prepare(made.file, NOTHING)


async def test_a_small_file_that_claims_to_be_huge_needs_room(
    hub: FullHub, plain: Path, tmp_path: Path
) -> None:
    forged = Forge(plain)
    told = forged.manifest
    _table(told, "areas")["bytes"] = 2**52
    forged.put_manifest(told)
    with pytest.raises(Exhausted, match="of room"):
        await hub.prepare(forged.write(tmp_path / "forged.tar"), NOTHING)


async def test_without_its_keys_another_hubs_backup_is_refused(
    hub: FullHub, plain: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    file = tmp_path / "b" / "pantau.db"
    other = FullHub(Place(hub.place.url.set(database=str(file)), file=file), file.parent, file)
    other.template = sqlite_template
    with pytest.raises(Invalid, match="holds no keys"):
        await other.prepare(plain, NOTHING)


async def test_an_archive_holds_no_keys_unless_it_is_locked(hub: FullHub, plain: Path) -> None:
    assert [name for name, _ in Forge(plain).members if "key" in name.rpartition("/")[2]] == [
        "tables/api_keys.jsonl.gz"
    ]
    assert hub.secret not in await asyncio.to_thread(plain.read_bytes)
