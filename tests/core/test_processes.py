"""Child processes are started in order, restarted alone, replaced without a gap, and ended."""

import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import psutil
import pytest

from pantau.core.clock import SystemClock
from pantau.core.environments import Environment
from pantau.core.processes import ChildFailedError, Family, Program
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

# Writes one line to a file at each step, so that tests see the order of things.
WORK = """
import os, signal, socket, sys, time
name, file, manner = sys.argv[1:4]
def note(word):
    with open(file, "a") as out:
        out.write(f"{name} {word} {os.getpid()}\\n")
def leave(*_):
    note("left"); os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "deaf" else leave)
line = socket.socket(fileno=int(sys.argv[sys.argv.index("--parent-link") + 1]))
note("began")
is_second = open(file).read().count(f"{name} began") == 2
if manner == "fails" or (manner == "once" and is_second):
    os._exit(3)
while manner == "waits" and is_second and open(file).read().count(f"{name} began") < 3:
    time.sleep(0.01)
if "--standby" in sys.argv:
    line.sendall(b"loaded\\n")
    note(line.recv(64).decode().strip())
    if manner == "shy" and is_second:
        os._exit(4)
line.sendall(b"ready\\n")
while word := line.recv(64):
    note(word.decode().strip())
note("orphaned")
"""


class Household:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "notes"
        self.families: list[Family] = []

    def programs(self, *, is_alone: bool = False, **manners: str) -> list[Program]:
        return [
            Program(name, ("-c", WORK, name, str(self.file), manner), is_alone=is_alone)
            for name, manner in manners.items()
        ]

    def family(
        self, *, is_alone: bool = False, others: Sequence[Program] = (), **manners: str
    ) -> Family:
        """Return a family of these; `others` are those of another release."""

        async def programs_of(_: Environment) -> Sequence[Program]:
            return others

        family = Family(
            self.programs(is_alone=is_alone, **manners),
            clock=SystemClock(),
            programs_of=programs_of if others else None,
        )
        self.families.append(family)
        return family

    @property
    def words(self) -> list[str]:
        return [line.split()[1] for line in self.file.read_text(encoding="utf-8").splitlines()]

    @property
    def steps(self) -> list[tuple[str, str]]:
        lines = self.file.read_text(encoding="utf-8").splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines]

    def notes(self, word: str) -> list[str]:
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        return [line.split()[0] for line in text.splitlines() if line.split()[1] == word]


@pytest.fixture
async def household(tmp_path: Path) -> AsyncIterator[Household]:
    household = Household(tmp_path)
    yield household
    for family in household.families:
        family.kill()
        await family.stop(drain_s=1)


async def test_all_are_ready_before_any_is_told_to_go(household: Household) -> None:
    family = household.family(media="good", web="good")
    await family.start()
    assert sorted(household.notes("began")) == ["media", "web"]
    assert household.notes("go") == []
    family.keep()
    await until(lambda: sorted(household.notes("go")) == ["media", "web"])


async def test_child_that_ends_before_it_is_ready_fails_the_start(household: Household) -> None:
    family = household.family(media="good", web="fails")
    with pytest.raises(ChildFailedError) as failed:
        await family.start()
    assert (failed.value.name, failed.value.exit_code) == ("web", 3)


async def test_crashed_child_comes_back_alone(household: Household) -> None:
    family = household.family(media="good", web="good")
    await family.start()
    family.keep()
    await until(lambda: household.notes("go").count("web") == 1)
    media_pid, web_pid = family["media"].pid, family["web"].pid
    assert web_pid is not None
    os.kill(web_pid, signal.SIGKILL)
    await until(lambda: family["web"].pid not in {None, web_pid})
    await until(lambda: household.notes("go").count("web") == 2)
    assert family["media"].pid == media_pid


async def test_replacement_is_ready_before_the_first_one_ends(household: Household) -> None:
    family = household.family(web="good")
    await family.start()
    family.keep()
    before = family["web"].pid
    family.renew("web")
    await until(lambda: household.notes("left") == ["web"])
    words = household.words
    assert words.index("left") > max(n for n, word in enumerate(words) if word == "began")
    assert family["web"].pid not in {None, before}


async def test_one_that_must_be_alone_waits_until_the_one_before_is_gone(
    household: Household,
) -> None:
    family = household.family(is_alone=True, worker="good")
    await family.start()
    family.keep()
    before = family["worker"].pid
    family.renew("worker")
    await until(lambda: family.states["worker"].renewals == 1)
    assert household.words[:5] == ["began", "go", "began", "left", "take"]
    assert family["worker"].pid not in {None, before}
    assert family.states["worker"].restarts == 0


@pytest.mark.parametrize("manner", ["good", "waits"])
@pytest.mark.parametrize("is_alone", [True, False])
async def test_one_that_ended_or_was_started_again_meanwhile_is_replaced_all_the_same(
    household: Household, is_alone: bool, manner: str
) -> None:
    family = household.family(is_alone=is_alone, worker=manner)
    await family.start()
    family.keep()
    await until(lambda: household.notes("go") == ["worker"])
    before = family["worker"].pid
    assert before is not None
    os.kill(before, signal.SIGTERM)
    family.renew("worker")
    await until(lambda: not family.renewing, timeout_s=60)
    state = family.states["worker"]
    assert (state.renewals, state.last_failed_renewal) == (1, None)
    assert (state.is_ready, state.pid) == (True, family["worker"].pid)
    lives = household.notes("began").count("worker")
    await until(lambda: household.notes("left").count("worker") == lives - 1)


async def test_one_stays_whose_replacement_does_not_get_ready(household: Household) -> None:
    family = household.family(web="once", media="good")
    await family.start()
    family.keep()
    before = family["web"].pid
    family.renew("web", "media")
    await until(lambda: not family.renewing)
    state = family.states["web"]
    assert (state.pid, state.renewals, state.is_ready) == (before, 0, True)
    assert state.last_failed_renewal is not None
    assert state.last_failed_renewal.why == "exit code 3 before it was ready"
    assert household.notes("began").count("media") == 1, "what failed once is not tried further"


async def test_one_comes_back_whose_replacement_fails_at_its_turn(household: Household) -> None:
    family = household.family(is_alone=True, worker="shy")
    await family.start()
    family.keep()
    family.renew("worker")
    await until(lambda: family.states["worker"].last_failed_renewal is not None)
    await until(lambda: family.states["worker"].is_ready and family.states["worker"].restarts == 1)
    assert household.notes("began") == ["worker"] * 3
    assert family.states["worker"].renewals == 0


async def test_another_release_shares_the_work_out_among_more(household: Household) -> None:
    """Whoever joins does what one did that stays: only when that is replaced."""
    others = household.programs(worker="good", web="good")
    family = household.family(others=others, web="good")
    await family.start()
    family.keep()
    family.renew("web", environment=Environment())
    await until(lambda: "worker" in family and household.notes("go") == ["web", "web", "worker"])
    await until(lambda: not family.renewing)
    steps = [f"{name} {word}" for name, word in household.steps]
    assert steps.index("web left") < steps.index("worker began")
    assert set(family.states) == {"web", "worker"}
    # It is kept like any other.
    worker = family["worker"].pid
    assert worker is not None
    os.kill(worker, signal.SIGKILL)
    await until(lambda: family.states["worker"].is_ready and family.states["worker"].restarts == 1)


@pytest.mark.parametrize(("manner", "names"), [("good", {"web"}), ("once", {"web", "worker"})])
async def test_another_release_shares_the_work_out_among_fewer(
    household: Household, manner: str, names: set[str]
) -> None:
    """Whoever leaves is gone before another does its work, and comes back where that fails."""
    others = household.programs(web=manner)
    family = household.family(others=others, worker="good", web=manner)
    await family.start()
    family.keep()
    await until(lambda: sorted(household.notes("go")) == ["web", "worker"])
    family.renew("worker", "web", environment=Environment())
    await until(lambda: household.notes("left"))
    assert household.notes("left")[0] == "worker"
    assert household.notes("began").count("web") == 1, "two would do the same work"
    await until(lambda: not family.renewing)
    assert set(family.states) == names
    if "worker" in names:
        await until(lambda: household.notes("go").count("worker") == 2)
        assert family.states["web"].last_failed_renewal is not None
    await family.anew(_nothing, drain_s=5)
    assert set(family.states) == names


async def test_after_a_restore_the_release_that_comes_shares_the_work_out(
    household: Household,
) -> None:
    """A roll-back restores the tables of an older release, and starts that."""
    others = household.programs(worker="good", web="good")
    family = household.family(others=others, web="good")
    await family.start()
    family.keep()
    await family.anew(_nothing, drain_s=5, environment=Environment)
    assert set(family.states) == {"web", "worker"}
    # Of the same release it is as it is.
    await family.anew(_nothing, drain_s=5)
    assert set(family.states) == {"web", "worker"}


async def _nothing() -> None:
    """Do nothing between."""


async def test_unasked_end_is_told_with_its_cause(household: Household) -> None:
    family = household.family(web="good")
    await family.start()
    family.keep()
    before = family["web"].pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    await until(lambda: family.states["web"].restarts == 1)
    ended = family.states["web"].last_exit
    assert ended is not None
    assert (ended.pid, ended.how) == (before, "SIGKILL")


async def test_children_end_in_reverse_order(household: Household) -> None:
    family = household.family(media="good", worker="good", web="good")
    await family.start()
    family.keep()
    await family.stop(drain_s=5)
    assert household.notes("left") == ["web", "worker", "media"]


async def test_deaf_child_is_ended_after_the_deadline(household: Household) -> None:
    family = household.family(web="deaf")
    await family.start()
    family.keep()
    pid = family["web"].pid
    assert pid is not None
    await family.stop(drain_s=0.3)
    assert not psutil.pid_exists(pid)


async def test_interrupt_of_the_terminal_reaches_the_parent_alone(household: Household) -> None:
    family = household.family(web="good")
    await family.start()
    pid = family["web"].pid
    assert pid is not None
    assert os.getpgid(pid) != os.getpgid(0)


async def test_stopped_child_is_not_started_again(household: Household) -> None:
    family = household.family(web="good")
    await family.start()
    family.keep()
    await family.stop(drain_s=5)
    assert household.notes("began") == ["web"]
    assert family["web"].pid is None
