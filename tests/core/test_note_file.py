"""Notes between processes: replaced whole, and written over where there is no room for two."""

from pathlib import Path

import pytest

from pantau.core.note_file import put_note
from tests.support.small_disk import small_disk


def test_a_note_replaces_the_one_before_and_is_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "note.json"
    put_note(file, "a long first note")
    put_note(file, "short")
    assert file.read_text() == "short"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_on_a_full_disk_a_note_is_written_over_the_one_before(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size_bytes=1 << 20) as disk:
        file = disk.folder / "note.json"
        put_note(file, "a long first note")
        disk.fill()
        put_note(file, "short")
        assert file.read_text() == "short"
        with pytest.raises(OSError, match="No such file"):
            put_note(disk.folder / "another.json", "x")
        assert list(disk.folder.iterdir()) == [file]
