"""Faults of a real installation, caused for real: the doctor finds each and says what to do."""

import json
import os
import shutil
import signal
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pantau.app.checks import examine
from pantau.cli.commands import app
from pantau.core.key_file import read_keys
from pantau.core.sealing import Sealer
from pantau.operations.doctor import Finding
from pantau.operations.doctor.folders import check_disk, check_owners, check_recordings_folder
from pantau.operations.machine_limits import listening_sockets
from pantau.settings import load_settings
from tests.boot.installation import free_port, run
from tests.support.servers import Server
from tests.support.small_disk import small_disk

CAMERAS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 901)
INSERT INTO cameras
    (slug, stream_key, name, source_sealed, source_transport, source_encode, source_tls_fingerprint,
     description, location, enabled, status, on_demand, low_latency, is_tunnel, enable_recording,
     recording_duration_hours, managed_by, removed_at, created_at, updated_at)
SELECT n, n, n, '', 'tcp', 0, '', '', '', 1, 'active', 1, 0, 0, 0,
       24, 'operator', iif(n = 901, '2026-01-01', NULL), '2026-01-01', '2026-01-01' FROM numbers;
"""
"""Nine hundred, and one that was removed."""
GUIDE = Path(__file__).resolve().parents[3] / "docs/guide/doctor.md"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Pantau was: database, keys, trail."""
    folder = tmp_path_factory.mktemp("used")
    made = run(folder, "admin-link", PANTAU_PORT=str(free_port()))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def hub(used: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "hub"
    shutil.copytree(used, folder, ignore=shutil.ignore_patterns("run"))
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PANTAU_PORT", str(free_port()))
    monkeypatch.chdir(folder)
    return folder


def found() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(load_settings())}


def test_sound_installation_has_nothing_to_repair_and_is_left_as_it_is(hub: Path) -> None:
    before = {file: file.read_bytes() for file in hub.rglob("*.key*")}
    findings = found()
    assert [each for each in findings.values() if not each.ok] == []
    assert {file: file.read_bytes() for file in hub.rglob("*.key*")} == before
    headings = [line.removeprefix("### ") for line in GUIDE.read_text("utf-8").splitlines()]
    assert set(findings) <= set(headings)


def test_many_faults_at_once_are_all_found(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = hub / "data"
    (data / "sealing.keys").chmod(0o644)
    (data / "releases").mkdir()
    (data / "releases/current").symlink_to(data / "releases/gone")
    (data / "languages").mkdir()
    (data / "languages/xx.po").write_bytes(b"\xff\xfe no catalogue")
    (hub / "pantau.toml").write_text(
        f'[recordings]\ndirs = ["{hub}/not-mounted"]\n[media]\napi_url = "http://127.0.0.1:9"\n'
        'hls_url = "http://127.0.0.1:9"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("PANTAU_SHARED_STATE_URL", f"unix://{hub}/nobody.sock")
    monkeypatch.setenv("PANTAU_PUBLIC_URL", f"http://127.0.0.1:{free_port()}")
    os.utime(data / "pantau.db", (4e9, 4e9))
    wrong = {name: each.grade for name, each in found().items() if not each.ok}
    assert wrong == {
        "clock": "wrong",
        "keys of secrets": "wrong",
        "keys": "wrong",
        "backup": "wrong",
        "recordings folder": "wrong",
        "languages": "wrong",
        "media server": "wrong",
        "shared state": "wrong",
        "release": "wrong",
        "public address": "wrong",
    }


def test_looking_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_PORT", str(free_port()))
    monkeypatch.chdir(tmp_path)
    findings = found()
    assert [each for each in findings.values() if not each.ok] == []
    assert findings["data folder"].message.endswith("is made by the first start")
    assert list(tmp_path.iterdir()) == []


def test_cameras_of_the_admin_pages_count(hub: Path) -> None:
    before = found()
    with sqlite3.connect(hub / "data/pantau.db") as database:
        database.executescript(CAMERAS)
    after = found()
    assert (before["cameras"].message[:1], after["cameras"].message) == ("0", "900")
    needed = [float(each["memory"].message.split()[-3]) for each in (before, after)]
    # Six MiB each.
    assert 5.0 < needed[1] - needed[0] < 5.6


def test_keys_of_another_installation_are_found(hub: Path) -> None:
    data = hub / "data"
    sealed = Sealer(read_keys(data / "sealing.keys")).seal("hush", "backup.passphrase")
    with sqlite3.connect(data / "pantau.db") as database:
        database.execute(
            "INSERT INTO backup_plan (id, enabled, every_hours, keep_daily, keep_weekly, "
            "keep_monthly, protection, passphrase_sealed, updated_at) "
            "VALUES (1, 0, 24, 7, 4, 6, 'passphrase', ?, '2026-01-01 00:00:00')",
            (sealed,),
        )
    assert found()["keys"].grade == "fine"
    (data / "sealing.keys").unlink()
    read_keys(data / "sealing.keys", may_make=True)
    assert found()["keys"].grade == "wrong"


def test_damaged_database_and_trail_are_found(hub: Path) -> None:
    with (hub / "data/pantau.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8 * 4096))
    findings = found()
    assert not findings["database"].ok
    assert not findings["audit trail"].ok
    assert not findings["keys"].ok


def test_foreign_program_on_the_port_is_found(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PANTAU_PORT", str(port))
        assert ("127.0.0.1", port) in {(each.host, each.port) for each in listening_sockets()}
        port_finding = found()["port"]
    assert port_finding.grade == "wrong"
    assert str(port) in port_finding.fix


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_file_of_another_account_is_found(hub: Path) -> None:
    data = hub / "data"
    assert check_owners(data, 0).ok
    os.chown(data / "pantau.db", 65_534, -1)
    finding = check_owners(data, 0)
    assert not finding.ok
    assert "chown -R 0" in finding.fix


def test_full_disk_and_disk_that_went_read_only_are_found(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=8 << 20) as disk:
        assert check_disk("disk", disk.folder, least_bytes=1 << 20).ok
        disk.fill(leave_bytes=4096)
        assert not check_disk("disk", disk.folder, least_bytes=1 << 20).ok
        disk.free()
        disk.remount("ro")
        finding = check_recordings_folder(disk.folder, must_exist=True)
        assert not finding.ok
        assert "Read-only" in finding.message
        disk.remount("rw")


@pytest.fixture
def forgetful() -> Iterator[str]:
    """A Valkey or Redis that forgets what it likes."""
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        pytest.skip("neither Valkey nor Redis is here")
    server = Server(ended_by=signal.SIGKILL)
    try:
        path = server.folder / "valkey.sock"
        policy = ("--maxmemory", "10mb", "--maxmemory-policy", "allkeys-lru", "--save", "")
        server.start(program, "--port", "0", "--unixsocket", path, *policy, socket=path)
        yield f"unix://{path}?db=0"
    finally:
        server.stop()


def test_valkey_that_forgets_is_found(
    hub: Path, forgetful: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_SHARED_STATE_URL", forgetful)
    finding = found()["shared state"]
    assert finding.grade == "wrong"
    assert "noeviction" in finding.fix


SECRETS = """
shared_state_url = "redis://:hush-state@127.0.0.1:9/0"
public_url = "http://127.0.0.1:9"
[database]
url = "postgresql://hub:hush-database@127.0.0.1:9/hub"
[media]
api_url = "http://me:hush-media@127.0.0.1:9"
hls_url = "http://me:hush-media@127.0.0.1:9"
hls_secret = "hush-hls"
rtsp_url = "rtsp://me:hush-rtsp@127.0.0.1:9"
[recordings.archive]
bucket = "b"
access_key = "hush-access"
secret_key = "hush-s3"
endpoint = "http://127.0.0.1:9"
[[cameras]]
name = "x"
source = "rtsp://me:hush-camera@10.0.0.1/x"
"""


def test_nothing_secret_is_told(hub: Path) -> None:
    (hub / "pantau.toml").write_text(SECRETS, encoding="utf-8")
    told = CliRunner().invoke(app, ["doctor", "--json"])
    assert told.exit_code == 1
    rows = json.loads(told.stdout)["findings"]
    expected = {"database", "shared state", "media server", "recording source", "public address"}
    assert expected <= {row["name"] for row in rows if not row["ok"]}
    assert "hush" not in told.output
