"""No check holds up, ends or gives away anything of the others."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.operations.doctor import Finding, fine, wrong
from pantau.operations.doctor.examining import Check, examine
from pantau.operations.doctor.folders import check_private_file

CLOCK = SystemClock()


def only(check: Check) -> Finding:
    (finding,) = examine([check], clock=CLOCK)
    return finding


def test_check_that_fails_is_a_finding_without_its_secrets() -> None:
    def look() -> Finding:
        raise ZeroDivisionError("rtsp://me:hush@10.0.0.1/ and password=hush")

    finding = only(Check("broken", look))
    assert (finding.name, finding.grade, finding.ok) == ("broken", "unknown", False)
    assert "ZeroDivisionError" in finding.message
    assert "hush" not in finding.message
    assert finding.fix


def test_coroutine_that_fails_is_a_finding_too() -> None:
    async def look() -> Finding:
        await asyncio.sleep(0)
        raise OSError("away")

    assert only(Check("broken", look)).grade == "unknown"


def test_what_another_account_may_not_see_is_no_fault_of_ours(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    key = closed / "secret.key"
    key.write_text("a key")
    with somebody_else_than_the_owner_of(tmp_path):
        finding = only(Check("keys", lambda: check_private_file("keys", key)))
    assert (finding.grade, finding.message) == (
        "unknown",
        f"this account may not look at {key}",
    )
    assert "the account that Pantau runs as" in finding.fix


@contextmanager
def somebody_else_than_the_owner_of(folder: Path) -> Iterator[None]:
    """Be an account that folders of mode 700 are closed to."""
    own = os.geteuid()
    closed = folder / "closed"
    if own == 0:
        for each in (folder, *folder.parents[:2]):
            each.chmod(0o755)
        os.seteuid(65_534)
    else:
        closed.chmod(0)
    try:
        yield
    finally:
        if own == 0:
            os.seteuid(0)
        else:
            closed.chmod(0o700)


def test_check_that_hangs_is_given_up_and_the_others_are_told() -> None:
    never = threading.Event()

    def hang() -> Finding:
        never.wait()
        return fine("hangs", "")

    # The other waits for the first one to hang: they run side by side or not at all.
    found = examine(
        [Check("hangs", hang, 0.2), Check("other", lambda: fine("other", "well"))], clock=CLOCK
    )
    never.set()
    assert [(each.name, each.grade) for each in found] == [("hangs", "unknown"), ("other", "fine")]


def test_checks_run_side_by_side() -> None:
    both = threading.Barrier(2)

    def meet() -> Finding:
        both.wait(30)
        return fine("met", "")

    assert [
        each.grade for each in examine([Check("a", meet, 40), Check("b", meet, 40)], clock=CLOCK)
    ] == [
        "fine",
        "fine",
    ]


def test_blocking_checks_may_use_loops_of_their_own() -> None:
    async def ask() -> str:
        await asyncio.sleep(0)
        return "well"

    assert only(Check("loop", lambda: fine("loop", asyncio.run(ask())))).message == "well"


@pytest.mark.parametrize(
    "message",
    ["postgresql://hub:hush@db/hub is away", "source = rtsp://u:hush@10.0.0.1/x", "token=hush"],
)
def test_what_looks_like_a_secret_is_masked_and_paths_are_not(message: str) -> None:
    finding = only(Check("talks", lambda: wrong("talks", f"{message} in /var/lib/pantau", "x")))
    assert "hush" not in finding.message
    assert "/var/lib/pantau" in finding.message
