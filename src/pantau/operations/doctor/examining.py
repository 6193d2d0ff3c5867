"""Carries out checks side by side: none can hold up the others or end the doctor."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeAlias

from pantau.core.clock import Clock
from pantau.core.redact import redact, redact_secrets
from pantau.operations.doctor.findings import Finding, unknown

Told: TypeAlias = Finding | Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.  `look` may block or be a coroutine function; it may also fail."""

    name: str
    look: Callable[[], Told | Awaitable[Told]]
    deadline_s: float = 10.0


@dataclass(slots=True)
class _Running:
    check: Check
    told: Told | None = None
    error: BaseException | None = None

    def run(self) -> None:
        with self:
            told = self.check.look()
            # A loop of its own: what one check blocks is nobody else's.
            self.told = asyncio.run(_awaited(told)) if isinstance(told, Awaitable) else told

    def __enter__(self) -> None:
        """Begin to look."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Note whatever went wrong: what a broken machine does to a check cannot be foreseen."""
        self.error = error
        return True


def examine(checks: Sequence[Check], *, clock: Clock) -> list[Finding]:
    """Carry out all of them and return what they found, in their order.

    Takes as long as the slowest, its deadline at most.  Raises nothing: a check that fails or does
    not end is a finding itself.
    """
    began_mono = clock.mono_s()
    running = [_Running(check) for check in checks]
    # Daemons: a disk or a name server that hangs must not keep the command from ending.
    threads = [threading.Thread(target=each.run, daemon=True) for each in running]
    for thread in threads:
        thread.start()
    for each, thread in zip(running, threads, strict=True):
        thread.join(max(0.0, began_mono + each.check.deadline_s - clock.mono_s()))
    return [finding for each in running for finding in _findings(each)]


async def _awaited(told: Awaitable[Told]) -> Told:
    return await told


def _findings(running: _Running) -> Iterator[Finding]:
    name = running.check.name
    told, error = running.told, running.error
    if told is None and error is None:
        yield unknown(
            name,
            f"no answer within {running.check.deadline_s:g} s",
            "Look again when the machine is less busy; a disk or a server may hang.",
        )
        return
    if isinstance(error, PermissionError):
        yield unknown(
            name,
            f"this account may not look at {error.filename or 'it'}",
            "Type it as the account that Pantau runs as: sudo -u pantau pantau doctor",
        )
        return
    if told is None:
        yield unknown(
            name,
            f"could not be looked at: {type(error).__name__}: {redact(str(error))}",
            "Repair what is said above first; if nothing is, this is a fault of Pantau: report it.",
        )
        return
    for finding in (told,) if isinstance(told, Finding) else told:
        # Paths stay, because repairs need them; what looks like a secret never does.
        yield replace(finding, message=redact_secrets(finding.message))
