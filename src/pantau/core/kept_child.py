"""One child process that is kept: started, restarted when it ends, replaced, ended."""

import asyncio
import contextlib
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.environments import Environment
from pantau.core.family_file import ChildState, Exit, FailedRenewal
from pantau.core.incarnations import KILL_DEADLINE_S, Incarnation, Program, spawn

log = structlog.get_logger()

LET_GO_WITHIN_S: Final = 30.0
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

    async def renew(self, environment: Environment, program: Program | None = None) -> bool:
        """Replace it by one from `environment`; return whether that went well.

        `program` is what it is from then on, if not what it was.

        The one before stays until the other is ready; of a program that `is_alone`, until the other
        has loaded everything and opened what it needs, and then comes back should it still fail.
        One that ended meanwhile, or was started again, is replaced like any other.
        """
        try:
            program = program or self.program
            fresh = await spawn(program, environment, self.clock, standby=program.is_alone)
        except OSError as error:
            return self.not_renewed(environment, f"cannot be started: {error.strerror}")
        with contextlib.ExitStack() as unused:
            # Where we are told to stop meanwhile.
            unused.callback(fresh.process.kill)
            why, before = await self._hand_over(fresh)
            unused.pop_all()
        if why:
            await fresh.end(drain_s=KILL_DEADLINE_S)
            return self.not_renewed(environment, why.format(_ended_by(await fresh.process.wait())))
        self.program, self.environment = program, environment
        self._renewals += 1
        fresh.say_go()
        log.info("process_renewed", child=self.program.name, pid=fresh.process.pid)
        self.on_change()
        if before is not None:
            await before.end(drain_s=LET_GO_WITHIN_S)
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
            await before.end(drain_s=LET_GO_WITHIN_S)
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

    def not_renewed(self, environment: Environment, why: str) -> bool:
        """Tell that its replacement failed; return False."""
        log.error("process_not_renewed", child=self.program.name, why=why)
        self._failed = FailedRenewal(
            at=self.clock.now().isoformat(), python=environment.python, why=why
        )
        self.on_change()
        return False


def _ended_by(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
