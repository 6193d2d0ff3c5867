"""The doctor finds what is wrong and says how to repair it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.core.errors import Unavailable
from pantau.operations.doctor import basics, clocks, databases, folders, ports, services


def test_old_python_is_found() -> None:
    finding = basics.check_python((3, 10))
    assert not finding.ok
    assert "3.11" in finding.fix
    assert basics.check_python((3, 11)).ok


def test_data_folder_is_made_and_tried(tmp_path: Path) -> None:
    assert folders.check_data_folder(tmp_path / "new").ok
    (tmp_path / "file").touch()
    finding = folders.check_data_folder(tmp_path / "file" / "below")
    assert not finding.ok
    assert "PANTAU_DATA_DIR" in finding.fix


def test_clock_that_is_behind_is_found() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert clocks.check_clock(now, {"a file": now - timedelta(seconds=1)}).ok
    finding = clocks.check_clock(now - timedelta(days=400), {"the database": now})
    assert "the database" in finding.message
    assert not finding.ok
    assert "timedatectl" in finding.fix


@pytest.mark.parametrize(
    ("refusal", "ours", "ok"),
    [(None, False, True), ("in use", True, True), ("in use", False, False)],
)
def test_port_may_be_free_or_ours(refusal: str | None, *, ours: bool, ok: bool) -> None:
    finding = ports.check_port("127.0.0.1", 3000, refusal=lambda: refusal, is_ours=lambda: ours)
    assert finding.ok is ok


@pytest.mark.parametrize(
    ("running", "answer", "ok"),
    [(True, "v1.20.0", True), (False, None, True), (True, None, False)],
)
def test_media_server_must_answer_while_pantau_runs(
    answer: str | None, *, running: bool, ok: bool
) -> None:
    assert services.check_media_server(is_running=running, answer=lambda: answer).ok is ok


def test_missing_codecs_are_named() -> None:
    finding = basics.check_codecs(lambda: "PyAV 18", lambda: ["libx264 (encoder)"])
    assert not finding.ok
    assert "libx264" in finding.message


def test_library_that_cannot_be_loaded_is_a_finding_and_no_crash() -> None:
    def version() -> str:
        raise ImportError("libfoo.so.1: cannot open shared object file")

    assert not basics.check_codecs(version, list).ok


def test_long_socket_folder_is_found() -> None:
    assert folders.check_socket_folder(Path("/run/pantau"), "media.sock").ok
    assert not folders.check_socket_folder(Path("/" + "x" * 120), "media.sock").ok


def test_missing_browser_libraries_are_found(tmp_path: Path) -> None:
    assert not basics.check_vendor_files(tmp_path / "vendor").ok
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "hls.light.min.mjs").touch()
    assert basics.check_vendor_files(tmp_path / "vendor").ok


def test_sound_database_is_told_with_its_step() -> None:
    finding = databases.check_database("pantau.db", steps=lambda: ("0002", "0004"), damage=list)
    assert finding.ok
    assert "step 0002, upgraded to 0004" in finding.message


def test_database_that_is_not_there_yet_is_no_fault_and_not_looked_at() -> None:
    def damage() -> list[str]:
        raise AssertionError("looked")

    assert databases.check_database("pantau.db", steps=lambda: (None, "0004"), damage=damage).ok


def test_damaged_database_is_found() -> None:
    finding = databases.check_database(
        "pantau.db", steps=lambda: ("0004", "0004"), damage=lambda: ["row 7 missing"]
    )
    assert not finding.ok
    assert "row 7 missing" in finding.message


def test_database_that_does_not_answer_is_found() -> None:
    def steps() -> tuple[str, str]:
        raise Unavailable("database.away", "The database does not answer.")

    finding = databases.check_database("postgresql://x", steps=steps, damage=list)
    assert not finding.ok
    assert finding.message == "The database does not answer."


def test_file_that_others_can_read_is_found(tmp_path: Path) -> None:
    file = tmp_path / "pantau.db"
    assert folders.check_private_file("database file", file).ok
    file.touch(mode=0o600)
    assert folders.check_private_file("database file", file).ok
    file.chmod(0o640)
    finding = folders.check_private_file("database file", file)
    assert not finding.ok
    assert "chmod 600" in finding.fix
