"""A source that does what the test says, at the seam where all sources meet the engine."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.testcard import TestCardSource

Script = Callable[["ScriptedSource"], Iterator[Item]]


@dataclass
class ScriptedSource:
    """Runs a script; `items` of it may use `interrupted` and `wait`."""

    config: SourceConfig
    script: Script
    interrupted: threading.Event = field(default_factory=threading.Event)
    is_closed: bool = False
    inbound_bytes: int = 0

    def items(self) -> Iterator[Item]:
        try:
            yield from self.script(self)
        finally:
            self.is_closed = True

    def interrupt(self) -> None:
        self.interrupted.set()

    def wait(self, duration_s: float) -> None:
        if self.interrupted.wait(duration_s):
            raise SourceError(Cause.CLOSED, "ended by us")


def pictures(source: ScriptedSource) -> Iterator[Item]:
    """The test card, for as long as it is wanted."""
    card = TestCardSource(source.config, clock=SystemClock())
    for item in card.items():
        source.wait(0)
        source.inbound_bytes += 1
        yield item


def a_few_pictures(count: int) -> Script:
    def script(source: ScriptedSource) -> Iterator[Item]:
        for _, item in zip(range(count), pictures(source), strict=False):
            yield item
        raise SourceError(Cause.CLOSED, "it hung up")

    return script


def failing(cause: Cause) -> Script:
    def script(source: ScriptedSource) -> Iterator[Item]:
        raise SourceError(cause)
        yield

    return script


def mute(source: ScriptedSource) -> Iterator[Item]:
    """Connects and says nothing, for ever."""
    source.wait(3_600)
    yield from ()


@dataclass
class Cameras:
    """Makes scripted sources; the key is the URL.  Counts who is connected at the same time."""

    scripts: dict[str, Script] = field(default_factory=dict)
    made: dict[str, list[ScriptedSource]] = field(default_factory=dict)

    def make_source(self, kind: str, config: SourceConfig) -> ScriptedSource:
        del kind
        source = ScriptedSource(config, self.scripts.get(config.url, pictures))
        self.made.setdefault(config.url, []).append(source)
        return source

    def count(self, url: str) -> int:
        return len(self.made.get(url, []))

    def open(self, url: str) -> int:
        return sum(1 for source in self.made.get(url, []) if not source.is_closed)
