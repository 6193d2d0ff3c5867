"""What is seen of a hub that runs."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pantau.core.family_file import ChildState, FamilyState, file_name, write_family
from pantau.operations.release_steps.renewing import look
from pantau.operations.vitals import Vitals, VitalsFile

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_process_is_seen_in_the_environment_that_it_was_started_from(tmp_path: Path) -> None:
    """Vitals tell the version of Python alone; `adopt` and pruning need the place."""
    pid, python = os.getpid(), "/srv/releases/1-a/bin/python"
    child = ChildState(pid=pid, is_ready=True, started_at="", python=python, build="a")
    write_family(tmp_path / file_name(None), FamilyState(parents=(pid,), children={"web": child}))
    told = Vitals(process="web", pid=pid, version="1", python="3.11.7", started_at=NOW, at=NOW)
    VitalsFile(tmp_path, "web", pid).write(told)
    (seen,) = look(tmp_path, now=NOW).processes
    assert seen.python == python
