"""Child processes of one parent: started in order, restarted alone, renewed, stopped in reverse."""

import asyncio
import contextlib
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.environments import Environment
from pantau.core.family_file import ChildState, Exit, FailedRenewal
from pantau.core.incarnations import KILL_DEADLINE_S, Incarnation, Program, spawn
from pantau.core.supervisor import Service, Supervisor

log = structlog.get_logger()

__all__ = ["Child", "ChildFailedError", "Family", "Program"]

_LET_GO_WITHIN_S: Final = 30.0
"""What one that is replaced has for what it began."""


class ChildFailedError(Exception):
    """A child ended before it was ready for the first time."""

    def __init__(self, name: str, exit_code: int) -> None:
        super().__init__(f"{name} ended with exit code {exit_code} before it was ready")
        self.name = name
        self.exit_code = exit_code


@dataclass(slots=True)
class Child:
    """Keeps one program running.  Loop only."""

    program: Program
    clock: Clock
    environment: Environment
    """Where its next life is started from."""
    on_change: Callable[[], None] = lambda: None
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=0.2, most_s=30.0))
    settled_s: float = 60.0
    _now: Incarnation | None = None
    _is_stopping: bool = False
    _restarts: int = 0
    _renewals: int = 0
    _last_exit: Exit | None = None
    _failed: FailedRenewal | None = None
    _following: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held where `_now` becomes another while there is a wait between look and leap."""

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self._now is not None and self._now.process.returncode is None
        return self._now.process.pid if running and self._now else None

    @property
    def state(self) -> ChildState | None:
        """How it is; None before its first start."""
        if self._now is None:
            return None
        return replace(
            self._now.state(),
            restarts=self._restarts,
            renewals=self._renewals,
            last_exit=self._last_exit,
            last_failed_renewal=self._failed,
        )

    async def start(self) -> None:
        """Start it, unless it was told to stop; return without waiting for it to be ready."""
        if self._is_stopping:
            return
        try:
            self._now = fresh = await spawn(self.program, self.environment, self.clock)
        except OSError:
            if self._is_stopping:
                return
            raise
        if self._is_stopping:
            await fresh.end(drain_s=KILL_DEADLINE_S)

    async def until_ready(self) -> None:
        """Wait for its first readiness; raises ChildFailedError when it ends before."""
        if self._now is None:
            raise ChildFailedError(self.program.name, 0)
        if not await self._now.until_ready():
            raise ChildFailedError(self.program.name, await self._now.process.wait())

    def say_go(self) -> None:
        """Tell it that everything is up."""
        if self._now is not None:
            self._now.say_go()

    async def keep(self) -> None:
        """Restart it with back-off whenever it ends; return when it was told to stop."""
        failures = 0
        while not self._is_stopping:
            incarnation = self._now
            assert incarnation is not None
            code = await incarnation.process.wait()
            if self._is_stopping or incarnation is not self._now:
                continue
            incarnation.line.close()
            ran_s = self.clock.mono_s() - incarnation.began_mono
            failures = 1 if ran_s > self.settled_s else failures + 1
            delay_s = self.backoff.delay_s(failures, random=random.random)
            self._note_end(incarnation, code, ran_s, delay_s)
            await self.clock.sleep(delay_s)
            await self._restart(incarnation)

    async def renew(self, environment: Environment) -> bool:
        """Replace it by one from `environment`; return whether that went well.

        The one before stays until the other is ready; of a program that `is_alone`, until the other
        has loaded everything and opened what it needs, and then comes back should it still fail.
        One that ended meanwhile, or was started again, is replaced like any other.
        """
        try:
            fresh = await spawn(
                self.program, environment, self.clock, standby=self.program.is_alone
            )
        except OSError as error:
            return self._not_renewed(environment, f"cannot be started: {error.strerror}")
        with contextlib.ExitStack() as unused:
            # Where we are told to stop meanwhile.
            unused.callback(fresh.process.kill)
            why, before = await self._hand_over(fresh)
            unused.pop_all()
        if why:
            await fresh.end(drain_s=KILL_DEADLINE_S)
            return self._not_renewed(environment, why.format(_ended_by(await fresh.process.wait())))
        self.environment = environment
        self._renewals += 1
        fresh.say_go()
        log.info("process_renewed", child=self.program.name, pid=fresh.process.pid)
        self.on_change()
        if before is not None:
            await before.end(drain_s=_LET_GO_WITHIN_S)
        return True

    async def _hand_over(self, fresh: Incarnation) -> tuple[str, Incarnation | None]:
        """Return why it cannot be, or nothing when `fresh` does the work; and whose work it was."""
        is_alone = self.program.is_alone
        arrived = await (fresh.until_loaded() if is_alone else fresh.until_ready())
        if self._is_stopping:
            return "everything is being stopped", None
        if not arrived:
            return "{} before it was ready", None
        async with self._following:
            before, self._now = self._now, fresh
        if before is not None and is_alone:
            await before.end(drain_s=_LET_GO_WITHIN_S)
            fresh.say_take()
            if not await fresh.until_ready():
                # Whoever keeps this child sees it end, and starts the one before again.
                return "{} when it was its turn", before
        return "", before

    async def stop(self, *, drain_s: float) -> None:
        """End it in good order within `drain_s`, and never start it again."""
        self._is_stopping = True
        if self._now is not None:
            await self._now.end(drain_s=drain_s)

    def kill(self) -> None:
        """End it at once."""
        self._is_stopping = True
        if self._now is not None:
            self._now.process.kill()

    async def _restart(self, ended: Incarnation) -> None:
        async with self._following:
            if self._is_stopping or self._now is not ended:
                return
            self._now = fresh = await spawn(self.program, self.environment, self.clock)
        self._restarts += 1
        self.on_change()
        if self._is_stopping:
            await fresh.end(drain_s=KILL_DEADLINE_S)
        elif await fresh.until_ready():
            fresh.say_go()
            log.info("process_is_back", child=self.program.name, pid=fresh.process.pid, news=True)
            self.on_change()
        self.environment.rest()

    def _note_end(self, life: Incarnation, code: int, ran_s: float, delay_s: float) -> None:
        ended_by = _ended_by(code)
        self._last_exit = Exit(
            at=self.clock.now().isoformat(), pid=life.process.pid, how=ended_by, ran_s=round(ran_s)
        )
        log.warning(
            "process_ended",
            child=self.program.name,
            ended_by=ended_by,
            news=True,
            ran_s=round(ran_s, 1),
            retry_s=round(delay_s, 1),
        )
        self.on_change()

    def _not_renewed(self, environment: Environment, why: str) -> bool:
        log.error("process_not_renewed", child=self.program.name, why=why)
        self._failed = FailedRenewal(
            at=self.clock.now().isoformat(), python=environment.python, why=why
        )
        self.on_change()
        return False


class Family:
    """All children of one parent, in the order in which they are started.

    `on_change` is called whenever `states` or `renewing` are others.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        clock: Clock,
        environment: Environment | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.renewing: tuple[str, ...] = ()
        """Whose replacement is asked for and not decided."""
        self._programs = tuple(programs)
        self._clock = clock
        self._environment = environment or Environment()
        self._on_change = on_change
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._children = {
            each.name: Child(each, self._clock, self._environment, self._on_change)
            for each in self._programs
        }
        self._supervisor = Supervisor(self._clock)

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def __contains__(self, name: str) -> bool:
        return name in self._children

    @property
    def states(self) -> dict[str, ChildState]:
        """How all are that were started."""
        found = {name: child.state for name, child in self._children.items()}
        return {name: state for name, state in found.items() if state is not None}

    async def start(self) -> None:
        """Start all and return when all are ready; raises ChildFailedError when one ends instead.

        They start in order without waiting for each other: each of them waits for what it needs.
        """
        for child in self._children.values():
            await child.start()
        await asyncio.gather(*(child.until_ready() for child in self._children.values()))
        # What it holds for itself is worth more than the seconds in which another is loaded.
        self._environment.rest()
        self._on_change()

    def keep(self) -> None:
        """Restart from here on whatever ends, and tell everybody that all are up."""
        for name, child in self._children.items():
            child.say_go()
            self._supervisor.add(Service(name, child.keep))

    def renew(self, *names: str, environment: Environment | None = None) -> None:
        """Replace these one after the other in the background, without a gap.

        The first that does not go well is the last.  When all did, everybody's next life is from
        `environment` (None: where they are from now).  While one renewal is under way, another is
        not begun.
        """
        if self.renewing:
            log.warning("renewal_under_way")
            return
        self._set_renewing(names)
        self._supervisor.spawn("renew", lambda: self._renew(names, environment))

    async def _renew(self, names: Sequence[str], environment: Environment | None) -> None:
        fresh = environment or self._environment
        try:
            for number, name in enumerate(names):
                if not await self._children[name].renew(fresh):
                    if number == 0:
                        fresh.close()
                    return
                self._set_renewing(names[number + 1 :])
            self._settle_in(fresh)
        finally:
            fresh.rest()
            self._set_renewing(())

    def _settle_in(self, fresh: Environment) -> None:
        left = [self._environment, *(child.environment for child in self._children.values())]
        self._environment = fresh
        for child in self._children.values():
            child.environment = fresh
        for environment in left:
            if environment is not fresh:
                environment.close()

    def _set_renewing(self, names: Sequence[str]) -> None:
        self.renewing = tuple(names)
        self._on_change()

    async def anew(
        self,
        between: Callable[[], Awaitable[None]],
        *,
        drain_s: float,
        environment: Callable[[], Environment | None] = lambda: None,
    ) -> None:
        """End all, do `between`, and start all again, unless they were told to stop meanwhile.

        From what `environment` gives by then; None: from where they were.  Raises ChildFailedError
        when one ends instead of getting ready.
        """
        await self._end(drain_s=drain_s)
        try:
            await between()
        finally:
            if not self._is_over:
                fresh = environment()
                if fresh is not None:
                    self._settle_in(fresh)
                self._begin()
                await self.start()
                self.keep()

    async def stop(self, *, drain_s: float) -> None:
        """End all, the last one first, each within `drain_s`."""
        self._is_over = True
        await self._end(drain_s=drain_s)
        self._environment.close()

    async def _end(self, *, drain_s: float) -> None:
        for child in reversed(self._children.values()):
            await child.stop(drain_s=drain_s)
        await self._supervisor.stop(deadline_s=1.0)

    def kill(self) -> None:
        """End all at once."""
        for child in self._children.values():
            child.kill()


def _ended_by(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
