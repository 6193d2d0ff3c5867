"""Child processes of one parent: started in order, restarted alone, renewed, stopped in reverse."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import structlog

from pantau.core.clock import Clock
from pantau.core.environments import Environment
from pantau.core.family_file import ChildState
from pantau.core.incarnations import Program
from pantau.core.kept_child import LET_GO_WITHIN_S, Child, ChildFailedError
from pantau.core.supervisor import Service, Supervisor

log = structlog.get_logger()

__all__ = ["Child", "ChildFailedError", "Family", "Program", "ProgramsOf"]

ProgramsOf: TypeAlias = Callable[[Environment], Awaitable[Sequence[Program]]]


class Family:
    """All children of one parent, in the order in which they are started.

    `on_change` is called whenever `states` or `renewing` are others.  `programs_of` tells who is to
    be there in another environment, whose release may share the work out otherwise.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        clock: Clock,
        environment: Environment | None = None,
        on_change: Callable[[], None] = lambda: None,
        programs_of: ProgramsOf | None = None,
    ) -> None:
        self.renewing: tuple[str, ...] = ()
        """Whose replacement is asked for and not decided."""
        self._programs = tuple(programs)
        self._clock = clock
        self._environment = environment or Environment()
        self._on_change = on_change
        self._programs_of = programs_of
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._is_ending = False
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
        for name in self._children:
            self._keep(name)

    def _keep(self, name: str) -> None:
        child = self._children[name]
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
            wanted = {each.name: each for each in await self._wanted(environment)}
            staying = [name for name in names if name in wanted]
            joining = [name for name in wanted if name not in self._children]
            # What they did is done inside another from then on: never by two at once.
            leaving = [child for name, child in self._children.items() if name not in wanted]
            for child in leaving:
                await child.stop(drain_s=LET_GO_WITHIN_S)
                self._children.pop(child.program.name, None)
            for number, name in enumerate(staying):
                self._set_renewing([*staying[number:], *joining])
                if not await self._children[name].renew(fresh, wanted[name]):
                    if number == 0:
                        fresh.close()
                    for child in leaving:
                        await self._add(child.program, child.environment)
                    return
            for name in joining:
                self._set_renewing([name])
                await self._add(wanted[name], fresh)
            self._programs = tuple(wanted.values())
            self._settle_in(fresh)
        finally:
            fresh.rest()
            self._set_renewing(())

    async def _wanted(self, environment: Environment | None) -> Sequence[Program]:
        if environment is None or self._programs_of is None:
            return self._programs
        return await self._programs_of(environment)

    async def _add(self, program: Program, environment: Environment) -> None:
        """Start one more; one that does not get ready is tried again like any other."""
        if self._is_ending:
            return
        child = Child(program, self._clock, environment, self._on_change)
        self._children[program.name] = child
        try:
            await child.start()
            await child.until_ready()
        except OSError as error:
            del self._children[program.name]
            log.warning("process_not_started", child=program.name, cause=error.strerror)
            return
        except ChildFailedError as error:
            child.not_renewed(environment, f"exit code {error.exit_code} before it was ready")
        if not self._is_ending:
            self._keep(program.name)

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
                    self._programs = tuple(await self._wanted(fresh))
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
        self._is_ending = True
        # A list: one may join or leave meanwhile.
        for child in reversed(list(self._children.values())):
            await child.stop(drain_s=drain_s)
        await self._supervisor.stop(deadline_s=1.0)

    def kill(self) -> None:
        """End all at once."""
        for child in self._children.values():
            child.kill()
