"""Follows the processes of a hub from look to look: who runs what, and who crashed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pantau.core.clock import Clock
from pantau.core.family_file import FamilyState, read_family
from pantau.operations.release.counting import Tally
from pantau.operations.release.evidence import Ended, ProcessSeen
from pantau.operations.vitals import Vitals, read_vitals

_HANGS_AFTER_S: Final = 10.0
"""Every process writes its vitals each second."""
_NOT_OURS: Final = frozenset({"demo"})
_MOST_ENDED: Final = 100


@dataclass(slots=True)
class Sighting:
    """What was seen since the first look.  `build` says whose counts matter; empty: everybody's."""

    sockets_dir: Path
    build: str
    clock: Clock
    tally: Tally = field(default_factory=Tally)
    ended: list[Ended] = field(default_factory=list)
    vitals: Sequence[Vitals] = ()
    restarts: dict[str, int] = field(default_factory=dict)
    """How often each process had been restarted at the last look, as whoever keeps it counts."""
    _written: dict[tuple[str, int], tuple[str, float]] = field(default_factory=dict)
    _known: dict[tuple[str, int], Vitals] = field(default_factory=dict)

    def look_in_thread(self) -> None:
        """Look once: a millisecond or two."""
        vitals = read_vitals(self.sockets_dir, now=self.clock.now())
        family = read_family(self.sockets_dir)
        self._follow(family)
        self._follow_part(vitals, family)
        self._miss(vitals, family)
        mono_s = self.clock.mono_s()
        written = {}
        for each in vitals:
            at = each.at.isoformat()
            before = self._written.get(_key(each))
            written[_key(each)] = before if before and before[0] == at else (at, mono_s)
        self._written, self.vitals = written, vitals
        self.tally = self.tally.after(self.meant())

    def meant(self) -> list[Vitals]:
        """Return those whose counts matter, as they were at the last look.

        Media goes on with the build it was started with, and does what the new worker tells it.
        """
        return [
            each
            for each in self.vitals
            if not self.build or each.build == self.build or each.process == "media"
        ]

    def processes(self) -> tuple[ProcessSeen, ...]:
        """Return who was there at the last look; who is about to end does not count."""
        mono_s = self.clock.mono_s()
        return tuple(
            ProcessSeen(
                name=each.process,
                pid=each.pid,
                version=each.version,
                build=each.build,
                is_ready=each.ready_at is not None and not self._hangs(each, mono_s),
                up_s=_up_s(each),
            )
            for each in self.vitals
            if not each.is_stopping
        )

    def _hangs(self, vitals: Vitals, mono_s: float) -> bool:
        _, since_mono = self._written.get(_key(vitals), ("", mono_s))
        return mono_s - since_mono > _HANGS_AFTER_S

    def _follow(self, family: FamilyState) -> None:
        """Notice restarts that nobody asked for, as whoever keeps the processes counts them."""
        for name, child in family.children.items():
            if name in _NOT_OURS:
                continue
            before = self.restarts.get(name)
            self.restarts[name] = child.restarts
            if before is None or child.restarts <= before:
                # The first look, or another parent that counts from zero.
                continue
            how = child.last_exit.how if child.last_exit else "restarted"
            self._note(Ended(name=name, how=how), child.restarts - before)

    def _follow_part(self, vitals: Sequence[Vitals], family: FamilyState) -> None:
        """Notice failures of the worker inside a web process, which goes on and counts them."""
        web = next((each for each in reversed(vitals) if each.process == "web"), None)
        if web is None or "worker" in family.children or self.build not in {"", web.build}:
            return
        before = self.restarts.get("worker")
        self.restarts["worker"] = web.part_failures
        # At the first look only what is so at this moment matters.
        is_failing = web.part_failure is not None
        times = int(is_failing) if before is None else max(0, web.part_failures - before)
        how = web.part_failure.kind if web.part_failure else "began anew"
        self._note(Ended(name="worker", how=how), times)

    def _miss(self, vitals: Sequence[Vitals], family: FamilyState) -> None:
        """Notice who is gone without having said so, where nobody keeps the processes for us."""
        now = {_key(each): each for each in vitals}
        for key, each in self._known.items():
            later = now.get(key)
            # A part ends with its process, and that tells how often the part failed.
            is_kept = each.is_part or each.process in {*family.children, *_NOT_OURS}
            if later is None and not each.is_stopping and not is_kept:
                self._note(Ended(name=each.process, how="gone"), 1)
        self._known = {
            key: each
            for key, each in now.items()
            if each.ready_at is not None and self.build in {"", each.build}
        }

    def _note(self, ended: Ended, times: int) -> None:
        self.ended.extend([ended] * min(times, _MOST_ENDED - len(self.ended)))


def _key(vitals: Vitals) -> tuple[str, int]:
    # A process and its part have one number.
    return vitals.process, vitals.pid


def _up_s(vitals: Vitals) -> float | None:
    """Return for how long a process runs, by the kernel's clock; its own where it is not ours.

    A part can begin anew in a process that goes on: that is where it counts from.
    """
    if vitals.is_part:
        return max(0.0, (vitals.at - vitals.started_at).total_seconds())
    try:
        up_s = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, ValueError):
        up_s = 0.0
    if vitals.kernel_start and up_s:
        return max(0.0, up_s - vitals.kernel_start / os.sysconf("SC_CLK_TCK"))
    return max(0.0, (vitals.at - vitals.started_at).total_seconds())
