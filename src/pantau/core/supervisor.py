"""Long-running services of one process: started, restarted when they crash, stopped."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.jobs import Jobs

log = structlog.get_logger()

_LOOK_AGAIN_S: Final = 5.0
"""How long a service waits at most for something that others have already said is away."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that runs until it is cancelled; when a `fatal` one fails, the process ends."""

    name: str
    run: Callable[[], Awaitable[None]]
    fatal: bool = False


@dataclass(slots=True)
class Supervisor:
    """Run services side by side; the only owner of background tasks in a process.

    Loop only.  A service that raises is restarted alone with back-off; one that returns is done.
    A service that has run for `settled_s` starts again with a clean count.
    """

    clock: Clock
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=0.5, most_s=30.0))
    settled_s: float = 60.0
    jobs: Jobs = field(init=False)
    """How the recurring work of the services goes."""
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _fatal: asyncio.Future[None] | None = None

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.clock)

    def add(self, service: Service) -> None:
        """Start `service` at once; its name must not be running already."""
        if service.name in self._tasks and not self._tasks[service.name].done():
            raise RuntimeError(f"service {service.name} is running already")
        task = asyncio.get_running_loop().create_task(self._keep(service), name=service.name)
        self._tasks[service.name] = task
        task.add_done_callback(lambda done: self._forget(service.name, done))

    def spawn(self, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run a short piece of work to its end in the background; a failure is logged."""

        async def once() -> None:
            try:
                with self.jobs.here():
                    await run()
            except Exception:
                log.exception("background_work_failed", work=name)

        task = asyncio.get_running_loop().create_task(once(), name=name)
        key = f"{name}#{id(task)}"
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def wait_fatal(self) -> None:
        """Return never, or raise what a fatal service raised."""
        if self._fatal is None:
            self._fatal = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._fatal)

    async def stop(self, *, deadline_s: float) -> None:
        """Cancel everything, newest first, and wait at most `deadline_s` in all."""
        tasks = [task for task in reversed(self._tasks.values()) if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)

    async def _keep(self, service: Service) -> None:
        failures = 0
        while True:
            started_mono = self.clock.mono_s()
            try:
                with self.jobs.here():
                    return await service.run()
            except Exception as error:
                if service.fatal:
                    self._fail(error)
                    raise
                ran_s = self.clock.mono_s() - started_mono
                failures = 1 if ran_s > self.settled_s else failures + 1
                delay_s = self.backoff.delay_s(failures, random=random.random)
                if isinstance(error, Problem) and error.is_told:
                    delay_s = min(delay_s, _LOOK_AGAIN_S)
                    log.info("service_waits", service=service.name, code=error.code)
                else:
                    log.exception(
                        "service_crashed",
                        service=service.name,
                        failures=failures,
                        retry_s=round(delay_s, 1),
                    )
            await self.clock.sleep(delay_s)

    def _fail(self, error: Exception) -> None:
        if self._fatal is None:
            self._fatal = asyncio.get_running_loop().create_future()
        if not self._fatal.done():
            self._fatal.set_exception(error)

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is done:
            del self._tasks[key]
        if not done.cancelled() and done.exception() is not None:
            log.error("service_ended_fatally", service=key)
