"""The old server's file is read whatever state it is in, and stays as it was."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from pantau.operations.reference_import.reference_rows import UnusableFileError, reference_file
from tests.support.reference_database import a_small_town


def names_in(file: Path) -> list[str]:
    with reference_file(file) as source:
        return [row["name"] for row in source.rows("cameras")]


def test_file_and_its_folder_stay_as_they_were(tmp_path: Path) -> None:
    for has_log in (False, True):
        file = tmp_path / f"{has_log}.db"
        a_small_town(file, has_log=has_log).close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"False.db", "True.db"}
    for name in before:
        assert len(names_in(tmp_path / name)) == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_running_server_is_read_with_what_is_in_its_log_only(tmp_path: Path) -> None:
    town = a_small_town(tmp_path / "cctv.db", has_log=True)
    before = (tmp_path / "cctv.db").read_bytes()
    with reference_file(tmp_path / "cctv.db") as source:
        assert source.count("cameras") == 3
        # The old server goes on writing, and this reader goes on seeing one state.
        town.add("cameras", name="Later", private_rtsp_url="rtsp://10.0.0.1/")
        assert source.count("cameras") == 3
    assert (tmp_path / "cctv.db").read_bytes() == before
    assert "Later" in names_in(tmp_path / "cctv.db")
    town.close()


def test_copy_of_a_running_servers_files_is_read_with_its_log(tmp_path: Path) -> None:
    town = a_small_town(tmp_path / "cctv.db", has_log=True)
    copies = tmp_path / "copies"
    copies.mkdir()
    for end in ("", "-wal"):
        shutil.copyfile(tmp_path / f"cctv.db{end}", copies / f"cctv.db{end}")
    town.close()
    before = {path.name: path.read_bytes() for path in copies.iterdir()}
    assert len(names_in(copies / "cctv.db")) == 3
    assert {path.name: path.read_bytes() for path in copies.iterdir()} == before


def test_names_with_odd_signs_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a?b#c %20.db"
    a_small_town(file).close()
    assert len(names_in(file)) == 3


def test_bytes_that_are_no_text_do_not_end_the_reading(tmp_path: Path) -> None:
    town = a_small_town(tmp_path / "cctv.db")
    town.run("UPDATE cameras SET name = CAST(x'ff41' AS TEXT) WHERE id = 1")
    town.close()
    assert names_in(tmp_path / "cctv.db")[0] == "\udcffA"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a SQLite database"),
        (b"SQLite format 3\x00", "is not a SQLite database"),
        (b"PK\x03\x04" + b"x" * 200, "is not a SQLite database"),
        (None, "No such file"),
    ],
)
def test_wrong_file_is_told(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "cctv.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnusableFileError, match=sentence):
        names_in(file)


def test_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableFileError, match="is a folder"):
        names_in(tmp_path)


def test_database_of_something_else_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cctv.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE users (username TEXT, password_hash TEXT, role TEXT)")
        other.execute("CREATE TABLE cameras (id INTEGER, url TEXT)")
    other.close()
    with pytest.raises(UnusableFileError, match="not one of the reference: its table cameras"):
        names_in(file)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_half_a_file_is_told(tmp_path: Path, cut: float) -> None:
    file = tmp_path / "cctv.db"
    a_small_town(file).close()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(UnusableFileError, match="damaged"):
        names_in(file)


def test_overwritten_pages_are_told(tmp_path: Path) -> None:
    file = tmp_path / "cctv.db"
    a_small_town(file).close()
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))
    with pytest.raises(UnusableFileError, match="damaged"):
        names_in(file)


def test_damage_in_a_table_that_is_not_even_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cctv.db"
    town = a_small_town(file)
    for number in range(200):
        town.add("recording_segments", camera_id=1, filename=f"{number}" * 20, start_time="",
                 end_time="", file_size=1, duration=1, file_path="")  # fmt: skip
    town.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:-4096] + b"\xa5" * 4096)
    with pytest.raises(UnusableFileError, match="damaged"):
        names_in(file)
