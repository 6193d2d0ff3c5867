"""One log for everything in a process: structured, redacted, and quiet about what it has said.

Warnings and errors go to stderr, where a person looks when something is wrong; the rest goes to
stdout (lesson D14).
"""

import contextlib
import logging
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from pantau.core.clock import Clock
from pantau.core.redact import redact, redact_deep
from pantau.core.request_ids import current_request_id

Level = Literal["debug", "info", "warning", "error"]

_MOST_HELD: Final = 500
_URGENT: Final = frozenset({"warning", "error", "critical"})
_GRAVE: Final = frozenset({"error", "critical"})
_CHATTY: Final = ("uvicorn", "aiohttp", "alembic", "asyncio", "multipart", "urllib3")
"""Libraries whose `info` is of no use to an operator; some of them tell whole addresses in it."""


@dataclass(slots=True)
class LineCounts:
    """How much was said since the process began, repeats that were not written included."""

    by_level: dict[str, int] = field(default_factory=dict)
    unhandled: int = 0
    """Errors with a trace: nobody foresaw them."""

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        level = str(event.get("level", "info"))
        self.by_level[level] = self.by_level.get(level, 0) + 1
        if level in _GRAVE and event.get("exc_info"):
            self.unhandled += 1
        return event

    def add(self, by_level: Mapping[str, int], unhandled: int) -> None:
        """Count what a process of ours said by itself."""
        for level, count in by_level.items():
            self.by_level[level] = self.by_level.get(level, 0) + count
        self.unhandled += unhandled


class Output:
    """Where finished lines go.  Lines for stdout can be held back until `release`.

    `pantau serve` promises that its first line on stdout is the address; what its processes say
    before that waits here.  Bounded: the oldest held lines are dropped.
    """

    def __init__(self, *, calm: TextIO, urgent: TextIO, is_held: bool) -> None:
        self._calm = calm
        self._urgent = urgent
        self._held: deque[str] | None = deque(maxlen=_MOST_HELD) if is_held else None
        self.lines: Final = LineCounts()

    def write(self, level: str, line: str) -> None:
        """Write one line at once, lest a fatal message die in a buffer (lesson D01)."""
        if level in _URGENT:
            _put(self._urgent, line)
        elif self._held is not None:
            self._held.append(line)
        else:
            _put(self._calm, line)

    def announce(self, line: str) -> None:
        """Write `line` before everything that was held back, and hold nothing from here on."""
        _put(self._calm, line)
        self.release()

    def release(self) -> None:
        """Write what was held back, and hold nothing from here on."""
        held, self._held = self._held or (), None
        for line in held:
            _put(self._calm, line)


def configure_log(
    output: Output, *, process: str, level: Level, as_json: bool, clock: Clock
) -> None:
    """Send structlog and the standard library's logging through one chain into `output`.

    The chain ends with redaction: nothing is added to a line after it.
    """
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, sort_keys=False)
    )

    def stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        at = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        first = {"at": at, "level": event.pop("level"), "event": event.pop("event")}
        # What works inside another process tells its own name.
        return {**first, "process": event.pop("process", process), **event}

    def write(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        severity = str(event.get("level", "info"))
        output.write(severity, str(renderer(logger, method, event)))
        raise structlog.DropEvent

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            output.lines,
            Repeats(clock),
            with_request_id,
            stamp,
            structlog.processors.format_exc_info,
            redacted,
            write,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(level.upper())
    for name in _CHATTY:
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(max(logging.WARNING, root.level))


@dataclass(slots=True)
class Repeats:
    """Lets the first of equal events pass, then every power of ten, with its count.

    Events are equal when level, name, texts and the camera are; other numbers and traces may
    differ.  An event that was quiet for `quiet_s` is news again; one that says `news=True`, such as
    the death of a process, for `news_quiet_s`: the second one of a day must not go untold.
    """

    clock: Clock
    quiet_s: float = 600.0
    news_quiet_s: float = 60.0
    most_remembered: int = 2_000
    _seen: OrderedDict[tuple[object, ...], tuple[int, float]] = field(default_factory=OrderedDict)

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        quiet_s = self.news_quiet_s if event.pop("news", False) else self.quiet_s
        key = tuple(
            (name, value)
            for name, value in sorted(event.items())
            if isinstance(value, str | bool) or name == "camera"
        )
        now_mono = self.clock.mono_s()
        count, last_mono = self._seen.pop(key, (0, now_mono))
        count = 1 if now_mono - last_mono > quiet_s else count + 1
        self._seen[key] = (count, now_mono)
        if len(self._seen) > self.most_remembered:
            self._seen.popitem(last=False)
        if count == 1:
            return event
        if not _is_power_of_ten(count):
            raise structlog.DropEvent
        return {**event, "times": count}


def with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say for which request it happened, after it was judged whether it is a repeat."""
    request_id = current_request_id()
    return {**event, "request_id": request_id} if request_id else event


def redacted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask every text in `event`, however deep, and every value whose name is a secret's."""
    return {redact(key): redact_deep(value, name=key) for key, value in event.items()}


def log_crashes() -> None:
    """Send what ends the process or a thread into the log, and so through the redaction.

    By default Python writes such errors to stderr as they are, camera addresses included.
    """

    def tell_crash(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        structlog.get_logger().error("process_crashed", exc_info=(kind, error, trace))

    def tell_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is None or issubclass(told.exc_type, SystemExit):
            return
        structlog.get_logger().error(
            "thread_crashed",
            thread="" if told.thread is None else told.thread.name,
            exc_info=(told.exc_type, told.exc_value, told.exc_traceback),
        )

    sys.excepthook = tell_crash
    threading.excepthook = tell_thread


class _Bridge(logging.Handler):
    """Hands what libraries log to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        methods: dict[int, Callable[..., Any]] = {
            logging.DEBUG: log.debug,
            logging.INFO: log.info,
            logging.WARNING: log.warning,
        }
        say = methods.get(record.levelno, log.error)
        say(
            "library_spoke",
            library=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
        )


def _is_power_of_ten(count: int) -> bool:
    return str(count).rstrip("0") == "1"


def _put(stream: TextIO, line: str) -> None:
    # A reader that closed its end must not take a server down with it.
    with contextlib.suppress(OSError, ValueError):
        stream.write(line + "\n")
        stream.flush()
