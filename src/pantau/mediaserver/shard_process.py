"""One shard as its parent sees it: a child that is started, fed, watched and started again."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeAlias

import aiohttp
import structlog

from pantau.core.backoff import Backoff
from pantau.core.clock import Clock
from pantau.mediaserver.last_words import LastWords
from pantau.mediaserver.routes import ORDERS_ROUTE, RECORDER_ROUTE, REPORT_ROUTE
from pantau.mediaserver.shard_birth import Births, Life, read_lines

log = structlog.get_logger()

Count: TypeAlias = Callable[[Mapping[str, int], int], None]
"""Takes lines by level, and how many of them were errors that nobody foresaw."""

_START_WITHIN_S: Final = 30.0
_CALL_WITHIN_S: Final = 5.0
_LOOK_EVERY_S: Final = 2.0
_MISSED_LOOKS: Final = 3
_STOP_WITHIN_S: Final = 8.0
_SETTLED_S: Final = 60.0


def count_nothing(lines: Mapping[str, int], unhandled: int) -> None:
    """Let lines be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a shard that still answers is replaced anyway."""

    most_bytes: int = 1536 * 1024 * 1024
    """Resident memory; fifty cameras of 2 Mbit/s need about 400 MB."""
    most_abandoned_threads: int = 8
    least_life_s: float = 60.0
    """A shard that is over a limit this early would be so again: replacing it cures nothing."""


@dataclass(frozen=True, slots=True)
class End:
    """How one life of the child ended; a `planned` one, or one before `was_up`, blames nobody."""

    planned: bool
    was_up: bool = True
    signal_number: int = 0
    exit_code: int = 0
    culprit: str | None = None
    place: str = ""
    was_stuck: bool = False


@dataclass(slots=True)
class Report:
    """What the child said last."""

    paths: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    muxers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    seen_mono: float = -1e9


class ShardProcess:
    """Keep one child running with the wanted orders.  Loop only; `run` belongs to a supervisor.

    Orders go over the child's own socket, never into its arguments or environment, which every user
    of the machine can read.
    """

    def __init__(
        self,
        name: str,
        *,
        folder: Path,
        births: Births,
        clock: Clock,
        limits: Limits,
        say: Callable[[str], None],
        count: Count,
        on_end: Callable[["ShardProcess", End], None],
    ) -> None:
        self.name = name
        self.socket_path = folder / f"{name}.sock"
        self.up = False
        self.last = Report()
        self._births = births
        self._clock = clock
        self._limits = limits
        self._on_end = on_end
        self._say = say
        self._count = count
        self._counted: tuple[Mapping[str, int], int] = ({}, 0)
        self._backoff = Backoff(first_s=0.2, most_s=30.0)
        self._wanted: dict[str, dict[str, Any]] = {}
        self._taken: dict[str, dict[str, Any]] | None = None
        self._pushing = asyncio.Lock()
        self._life: Life | None = None
        self._told = asyncio.Event()
        self._retiring = asyncio.Event()
        self._planned = False
        self._began_mono = 0.0
        self._over = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The keep-alive connections to the child."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=str(self.socket_path), limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            )
        return self._session

    @property
    def pid(self) -> int | None:
        """The process number of the child while there is one."""
        return self._life.process.pid if self._life and not self._life.is_over else None

    def want(self, orders: Mapping[str, dict[str, Any]]) -> None:
        """Set what the child is to pull; `push` or the next look brings it there."""
        self._wanted = dict(orders)

    async def push(self) -> bool:
        """Bring the wanted orders to the child; return whether it has them."""
        async with self._pushing:
            wanted = self._wanted
            if not self.up:
                return False
            if self._taken != wanted:
                answer = await self._call("PUT", ORDERS_ROUTE, body=wanted)
                self._taken = None if answer is None else wanted
            return self._taken == wanted

    async def look(self) -> bool:
        """Ask the child how its paths are; return whether it answered."""
        answer = await self._call("GET", REPORT_ROUTE) if self.up else None
        if answer is None:
            return False
        self.last = Report(answer["paths"], answer["muxers"], self._clock.mono_s())
        self._count_lines(answer["lines"], answer["unhandled_errors"])
        self._check(answer)
        return True

    def _count_lines(self, lines: Mapping[str, int], unhandled: int) -> None:
        """Pass on what the child logged since it was last asked: it counts from its own start."""
        known, known_unhandled = self._counted
        self._counted = (lines, unhandled)
        new = {level: count - known.get(level, 0) for level, count in lines.items()}
        self._count(new, unhandled - known_unhandled)

    async def restart_recorder(self, path: str) -> bool:
        """Have a recorder begin another file; return whether the child has one for `path`."""
        body = {"path": path}
        return self.up and await self._call("POST", RECORDER_ROUTE, body=body) is not None

    async def run(self) -> None:
        """Keep a child alive until `stop`."""
        failures = 0
        try:
            while not self._retiring.is_set():
                began_mono = self._began_mono = self._clock.mono_s()
                end = await self._live()
                if self._retiring.is_set():
                    return
                settled = self._clock.mono_s() - began_mono > _SETTLED_S
                failures = 0 if end.planned else 1 if settled else failures + 1
                self._on_end(self, end)
                if failures:
                    await self._pause(self._backoff.delay_s(failures, random=random.random))
        finally:
            self._over.set()
            self.socket_path.unlink(missing_ok=True)
            if self._session is not None:
                await self._session.close()

    async def stop(self, *, deadline_s: float = _STOP_WITHIN_S) -> None:
        """End the child for good; its cameras are told TEARDOWN if they answer in time."""
        self._retiring.set()
        if self._life is not None:
            self._life.terminate()
        try:
            async with asyncio.timeout(deadline_s):
                await self._over.wait()
        except TimeoutError:
            log.warning("shard_stop_overran", shard=self.name, deadline_s=deadline_s)
            if self._life is not None:
                self._life.kill()

    async def _pause(self, duration_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await self._retiring.wait()

    async def _live(self) -> End:
        words, self._told = LastWords(), asyncio.Event()
        self._planned, self._taken, self._counted = False, None, ({}, 0)
        life = self._life = await self._births.start(self.name, self.socket_path)
        if self._retiring.is_set():
            life.terminate()
        try:
            await asyncio.gather(
                self._listen(life, words),
                self._attend(life, words),
                read_lines(life.log, self._say),
            )
        finally:
            self.up = False
            self.last = Report()
            code = await life.end()
        return End(
            planned=self._planned,
            was_up=words.ready,
            signal_number=max(0, -code),
            exit_code=max(0, code),
            culprit=words.culprit,
            place=words.place,
            was_stuck=words.was_stuck,
        )

    async def _listen(self, life: Life, words: LastWords) -> None:
        """Read the report pipe to its end, which is the child's end."""

        def heed(line: str) -> None:
            words.feed(line)
            if words.ready:
                self._told.set()

        try:
            await read_lines(life.words, heed)
        finally:
            self._told.set()

    async def _attend(self, life: Life, words: LastWords) -> None:
        try:
            async with asyncio.timeout(_START_WITHIN_S):
                await self._told.wait()
        except TimeoutError:
            log.warning("shard_start_overran", shard=self.name)
            life.kill()
        self.up = words.ready and not self._retiring.is_set()
        if self.up:
            log.info("shard_started", shard=self.name, paths=len(self._wanted), news=True)
            await self.push()
        missed = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await life.process.wait()
                    return
            if not self.up:
                continue
            missed = 0 if await self.look() else missed + 1
            if missed >= _MISSED_LOOKS:
                log.error("shard_silent", shard=self.name)
                life.kill()
            elif missed == 0:
                await self.push()

    def _check(self, answer: Mapping[str, Any]) -> None:
        too_big = answer["rss_bytes"] > self._limits.most_bytes
        too_many = answer["abandoned"] > self._limits.most_abandoned_threads
        is_young = self._clock.mono_s() - self._began_mono < self._limits.least_life_s
        if not (too_big or too_many) or is_young or self._planned:
            return
        if self._life is not None:
            log.error(
                "shard_replaced",
                shard=self.name,
                reason="memory" if too_big else "threads that do not come back",
                resident_mb=answer["rss_bytes"] >> 20,
                abandoned_threads=answer["abandoned"],
                largest_path=answer["largest_path"],
            )
            self._planned = True
            self.up = False
            self._life.terminate()

    async def _call(self, method: str, route: str, *, body: Any = None) -> Any:
        """Return the child's answer, or None when it has none to give."""
        try:
            async with (
                asyncio.timeout(_CALL_WITHIN_S),
                self.session.request(method, f"http://shard{route}", json=body) as response,
            ):
                if response.status == HTTPStatus.NOT_FOUND:
                    return None
                if response.status != HTTPStatus.OK:
                    log.error("shard_refused", shard=self.name, status=response.status)
                    return None
                return await response.json() if method == "GET" else {}
        except (TimeoutError, OSError, aiohttp.ClientError, ValueError):
            return None
