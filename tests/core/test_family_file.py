"""Who runs can be read by everybody who may, of parents that live."""

import os
from pathlib import Path

from pantau.core.family_file import (
    ChildState,
    Exit,
    FailedRenewal,
    FamilyState,
    file_name,
    read_family,
    write_family,
)

WEB = ChildState(
    pid=12,
    is_ready=True,
    started_at="2026-01-02T03:04:05+00:00",
    python="/releases/2/bin/python",
    build="0123456789ab",
    restarts=2,
    renewals=1,
    last_exit=Exit(at="2026-01-02T03:00:00+00:00", pid=11, how="SIGKILL", ran_s=3.0),
    last_failed_renewal=FailedRenewal(at="2026-01-02T03:01:00+00:00", python="p", why="because"),
)
NOBODY = 2**22 + 1
"""More than any process number."""


def state(parent: int, **children: ChildState) -> FamilyState:
    return FamilyState(parents=(parent,), started_at="2026", renewing=(), children=children)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = state(os.getpid(), web=WEB)
    write_family(tmp_path / file_name(None), written)
    assert read_family(tmp_path) == written
    assert (tmp_path / "family.json").stat().st_mode & 0o777 == 0o600


def test_keepers_of_one_are_one_family(tmp_path: Path) -> None:
    for name in ("web", "worker"):
        write_family(tmp_path / file_name(name), state(os.getpid(), **{name: WEB}))
    assert set(read_family(tmp_path).children) == {"web", "worker"}


def test_family_of_a_parent_that_is_gone_is_nobody(tmp_path: Path) -> None:
    write_family(tmp_path / file_name(None), state(NOBODY, web=WEB))
    assert read_family(tmp_path) == FamilyState()


def test_file_of_another_release_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "family.json").write_text('{"version": 9, "parents": 3}', encoding="utf-8")
    assert read_family(tmp_path) == FamilyState()
