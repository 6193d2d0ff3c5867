"""Defects 1 to 24 of the reference's accounts and access: each has a test named after it here."""

import re
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from pantau.core.signing import installation_secret
from tests.architecture.tree import SOURCE
from tests.safety.house import House, open_house
from tests.safety.outsider import add_cameras, page

pytestmark = pytest.mark.anyio

TESTS: Final = Path(__file__).parents[1]
WAYS_OUT: Final = (
    *("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "....//"),
)
_NAMED: Final = re.compile(r"def test_defect_((?:\d+_and_)*\d+)_")
_SHELLS: Final = re.compile(r"shell\s*=|os\.(?:system|popen)|subprocess_shell|getoutput|pty\.spawn")
_SECRETS: Final = re.compile(
    r"""(?ix) (?:secret|password|token|api_?key) \s* (?::[^=\n]+)? = \s*"""
    r"""b?["'](?=[^"']*\d)[^"'\s/]{12,}["']"""
    r"""| \b\d{8,10}:[\w-]{35}\b | -----BEGIN"""
)


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as house:
        yield house


def test_every_defect_has_its_test() -> None:
    named = {
        int(number)
        for file in TESTS.rglob("test_*.py")
        for numbers in _NAMED.findall(file.read_text("utf-8"))
        for number in numbers.split("_and_")
    }
    assert set(range(1, 25)) - named == set()


async def test_defect_03_a_backup_file_names_no_table_no_column_and_makes_nobody(
    house: House,
) -> None:
    await house.add_user("boss", "admin")
    bearer = (await house.sign_in("boss")).access_token
    somebody = {"id": 77, "username": "evil", "password_hash": "$2b$10$x", "role": "admin"}
    cameras = {"id": 5, "name": "Gate", 'name") VALUES (1); DROP TABLE users; --': 1}
    files = (
        {"users": [somebody]},
        {"cameras": [cameras]},
        {"audit_logs; DROP TABLE users": [{"id": 1}]},
        {"sqlite_master": [{"name": "x"}], "users": [{**somebody, "id": 1}]},
    )
    for mode, data in product(("merge", "replace"), files):
        backup = {"version": "1.0", "exported_at": "2026-02-19T00:00:00Z", "data": data}
        answer = await house.ask(
            "POST",
            "/api/admin/backup/import",
            json={"backup": backup, "mode": mode},
            bearer=bearer,
        )
        assert answer.status < 500, answer.text
        names = [user.username for user in await house.accounts.users.all()]
        assert names == ["boss"], (mode, data)


def test_defect_04_nothing_is_ever_given_to_a_shell() -> None:
    found = [
        f"{file.name}: {match[0]}"
        for file in SOURCE.rglob("*.py")
        for match in _SHELLS.finditer(file.read_text("utf-8"))
    ]
    assert found == []


async def test_defect_05_no_address_leads_out_of_its_folder(house: House) -> None:
    await add_cameras(house)
    wanted = house.base.settings.data_dir / "secret.txt"
    wanted.write_text("the-content-of-a-file")
    targets = (str(wanted).lstrip("/"), "etc/passwd", "secret.txt", "secret.key")
    prefixes = ("/assets/", "/api/thumbnails/", "/hls/", "/k/", "/kamera/", "/")
    async with page(house) as visitor:
        for way, prefix, target in product(WAYS_OUT, prefixes, targets):
            for start in (way * 12, f"/{way}"):
                answer = await visitor.ask("GET", f"{prefix}{start}{target}")
                assert answer.status in {400, 404}, (prefix, start, answer.status)
                assert "the-content" not in answer.text
                assert "root:" not in answer.text


async def test_defect_06_a_new_installation_knows_nobody_and_tells_nobody(house: House) -> None:
    """Tests may only talk to this machine: whatever called elsewhere would fail here."""
    async with page(house) as visitor:
        for name in ("admin", "root", "pantau"):
            for password in ("admin", "admin123", "password", "Admin123!Admin", name):
                house.clock.ahead_s += 3_601
                assert (await visitor.sign_in(name, password)).status in {401, 429}
    assert list(await house.accounts.users.all()) == []
    called = re.compile(r"telegram\.org|bot\d|hooks\.", re.IGNORECASE)
    assert [file for file in SOURCE.rglob("*.py") if called.search(file.read_text("utf-8"))] == []


def test_defect_15_no_secret_comes_with_the_program() -> None:
    found = [
        f"{file}: {match[0]}"
        for file in SOURCE.rglob("*")
        if file.suffix in {".py", ".toml", ".json", ".html", ".js"}
        for match in _SECRETS.finditer(file.read_text("utf-8"))
    ]
    assert found == []


def test_defect_15_every_installation_makes_a_strong_secret_and_starts_with_no_weak_one(
    tmp_path: Path,
) -> None:
    secrets = {installation_secret(tmp_path / name) for name in ("a", "b", "c")}
    assert len(secrets) == 3
    assert {len(secret) for secret in secrets} == {32}
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "b", "c")} == {0o600}
    for weak in (b"", b"secret", b"your-secret-key-change-in-production"):
        (tmp_path / "weak").write_bytes(weak)
        with pytest.raises((ValueError, OSError)):
            installation_secret(tmp_path / "weak")
