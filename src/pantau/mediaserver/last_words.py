"""What a shard says on its report pipe, and whose thread it was when it crashed."""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

_CURRENT: Final = re.compile(r"Current thread 0x0*([0-9a-f]+)")
_FRAME: Final = re.compile(r'\s+File "(?:[^"]*/)?([^"/]+)", line (\d+) in (\S+)')
_TAIL_LINES: Final = 400
_MOST_THREADS: Final = 4_000
_FRAMES_TOLD: Final = 4


@dataclass(slots=True)
class LastWords:
    """Fed line by line while the shard lives; asked once it is dead."""

    ready: bool = False
    _paths: dict[str, str] = field(default_factory=dict)
    _tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    def feed(self, line: str) -> None:
        """Take one line of the pipe, without its end."""
        if line == "ready":
            self.ready = True
        elif line.startswith("thread "):
            _, ident, _, path = line.split(" ", 3)
            # The same number may come again for another camera: the system reuses idents.
            self._paths.pop(ident, None)
            self._paths[ident] = path
            if len(self._paths) > _MOST_THREADS:
                self._paths.pop(next(iter(self._paths)))
        elif line:
            self._tail.append(line)

    @property
    def culprit(self) -> str | None:
        """The path whose thread crashed; None when it was none of a camera's, or nothing tells."""
        for line in self._tail:
            current = _CURRENT.match(line)
            if current:
                return self._paths.get(current[1])
        return None

    @property
    def was_stuck(self) -> bool:
        """Whether the dead man's handle ended the process because its loop stood still."""
        return any(line.startswith("Timeout (") for line in self._tail)

    @property
    def place(self) -> str:
        """The innermost frames of the crashed thread, as file:line function; no folders."""
        frames: list[str] = []
        inside = False
        for line in self._tail:
            if line.lstrip().startswith(("Current thread", "Thread")):
                inside = bool(_CURRENT.match(line))
            frame = _FRAME.match(line)
            if inside and frame and len(frames) < _FRAMES_TOLD:
                frames.append(f"{frame[1]}:{frame[2]} {frame[3]}")
        return " < ".join(frames)
