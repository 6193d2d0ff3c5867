"""A table on its way into a file, whatever becomes of who wanted it."""

from pathlib import Path

from pantau.backups.making import _Packing
from pantau.backups.snapshot import kept_tables
from pantau.tables import metadata


def test_rows_that_come_after_the_end_open_no_file_again(tmp_path: Path) -> None:
    # A cancelled backup closes while the thread of its last rows may not have begun.
    table = kept_tables(metadata)[0]
    packing = _Packing(table, tmp_path / "0.gz")
    packing.close_in_thread()
    size_bytes = (tmp_path / "0.gz").stat().st_size
    opened = set(Path("/proc/self/fd").iterdir())
    packing.add_in_thread([])
    packing.add_in_thread([tuple(None for _ in table.columns)])
    assert set(Path("/proc/self/fd").iterdir()) == opened
    assert (tmp_path / "0.gz").stat().st_size == size_bytes
