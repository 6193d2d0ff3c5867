"""Where processes are started from: an interpreter with its packages, and its nursery."""

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from pantau.core.child_process import ChildProcess, can_fork_for_others
from pantau.core.nursery_line import Nursery, NurseryGoneError

log = structlog.get_logger()

_TRIES: Final = 2


@dataclass(slots=True)
class Environment:
    """One interpreter, of this release or another.  Loop only.

    With `nursery_arguments`, what may be forked is forked from a process that has everything
    loaded; it is started when it is needed, and rests when all are up.  Where that fails, processes
    are started the long way.
    """

    python: str = sys.executable
    nursery_arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] | None = None
    """What processes find in their environment; None: what we found in ours."""
    nursery: Nursery | None = None
    build: str = ""
    """Of its code; empty until a nursery told it."""
    _starting: int = 0

    async def start(
        self, name: str, arguments: Sequence[str], descriptors: Sequence[int], *, is_nursed: bool
    ) -> ChildProcess:
        """Start a process; raises OSError for no interpreter, and when closed meanwhile."""
        self._starting += 1
        try:
            return await self._start(name, arguments, descriptors, is_nursed=is_nursed)
        finally:
            self._starting -= 1

    async def _start(
        self, name: str, arguments: Sequence[str], descriptors: Sequence[int], *, is_nursed: bool
    ) -> ChildProcess:
        can_fork = is_nursed and bool(self.nursery_arguments) and can_fork_for_others()
        for _ in range(_TRIES if can_fork else 0):
            nursery = self._nursery()
            try:
                child = await nursery.fork(name, arguments, descriptors)
            except NurseryGoneError as error:
                if nursery.is_closed:
                    raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED)) from error
                log.warning("nursery_lost", child=name)
                self.nursery = None
            else:
                self.build = nursery.build
                return child
        return ChildProcess.exec(
            [self.python, *arguments], descriptors=descriptors, environment=self.variables
        )

    def _nursery(self) -> Nursery:
        if self.nursery is None:
            self.nursery = Nursery.exec(
                self.python, self.nursery_arguments, environment=self.variables
            )
        return self.nursery

    def rest(self) -> None:
        """Give back what the nursery holds, unless somebody is being started."""
        if self._starting == 0:
            self.close()

    def close(self) -> None:
        """Let its nursery go; another start would bring it back."""
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None
