"""What strangers do, gathered in memory so that nobody can fill the disk by misbehaving.

The first of equal events is due at once, what follows within a minute is due at its end as one
entry with a count.  Entries spend a share that refills slowly; whoever exceeds it, or the room in
memory, is counted by event alone.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from pantau.audit.chain import Draft
from pantau.audit.details import details_text
from pantau.audit.events import SecurityEvent, TrailEvent
from pantau.core.clock import Clock

_MINUTE_S: Final = 60.0
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much strangers may write, in one process."""

    most_kept: int = 2_000
    """Different events in memory."""
    burst: int = 1_000
    """Entries that may be written at once after a quiet time."""
    per_day: int = 20_000
    """Entries for which room comes back within a day: some 10 MB."""


@dataclass(slots=True)
class _Note:
    draft: Draft
    due_mono: float
    waiting: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written; `NoteBook.written` takes it away once it is."""

    drafts: tuple[Draft, ...]
    keys: tuple[tuple[str, str, str], ...]
    merged: Counter[str]

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.drafts)


class NoteBook:
    """Loop only; `add` costs a dictionary look-up for what was seen within the minute."""

    def __init__(self, clock: Clock, bounds: Bounds | None = None) -> None:
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._notes: dict[tuple[str, str, str], _Note] = {}
        self._merged: Counter[str] = Counter()
        self._merged_due_mono = 0.0
        self._share = float(self._bounds.burst)
        self._share_mono = clock.mono_s()
        self.dropped = 0
        """Events that were only counted, since the start."""

    def __len__(self) -> int:
        """Return how many different events are in memory."""
        return len(self._notes) + bool(self._merged)

    def find(self, event: SecurityEvent, *, address: str, username: str) -> bool:
        """Count one more of an event that is in memory; tell whether it was."""
        note = self._notes.get((event, address, username))
        if note is None:
            return False
        if not note.waiting:
            note.draft = replace(note.draft, at=self._clock.now())
        note.waiting += 1
        return True

    def add(self, draft: Draft) -> None:
        """Remember an event that `find` did not know."""
        key = (draft.name, draft.address, draft.username)
        if len(self._notes) >= self._bounds.most_kept:
            self._merge(draft.name, 1)
        else:
            self._notes[key] = _Note(draft, self._clock.mono_s())

    def due(self, *, everything: bool = False, most: int = 200) -> Batch:
        """Return what should be written by now, at most `most` entries."""
        now_mono = self._clock.mono_s()
        self._refill(now_mono)
        self._forget_quiet(now_mono)
        drafts: list[Draft] = []
        keys: list[tuple[str, str, str]] = []
        for key, note in list(self._notes.items()):
            if len(drafts) >= most:
                break
            if not note.waiting or not (everything or note.due_mono <= now_mono):
                continue
            if self._share < len(drafts) + 1:
                self._merge(note.draft.name, note.waiting)
                del self._notes[key]
                continue
            drafts.append(replace(note.draft, count=note.waiting))
            keys.append(key)
        merged = Counter(self._merged)
        if merged and not (everything or self._merged_due_mono <= now_mono):
            merged = Counter()
        if merged:
            drafts.append(self._told(merged))
        return Batch(tuple(drafts), tuple(keys), merged)

    def written(self, batch: Batch) -> None:
        """Take away what was written; what was added meanwhile stays."""
        now_mono = self._clock.mono_s()
        for key, draft in zip(batch.keys, batch.drafts, strict=False):
            note = self._notes.get(key)
            if note is not None:
                note.waiting -= draft.count
                note.due_mono = now_mono + _MINUTE_S
        self._share -= len(batch.keys)
        self._merged -= batch.merged

    def _merge(self, name: str, count: int) -> None:
        if not self._merged:
            self._merged_due_mono = self._clock.mono_s() + _MINUTE_S
        self._merged[name] += count
        self.dropped += count

    def _told(self, merged: Counter[str]) -> Draft:
        return Draft(
            at=self._clock.now(),
            kind="security",
            name=TrailEvent.NOTES_MERGED,
            actor_kind="system",
            details=details_text({"events": dict(sorted(merged.items()))}),
            count=merged.total(),
        )

    def _refill(self, now_mono: float) -> None:
        gained = (now_mono - self._share_mono) * self._bounds.per_day / _DAY_S
        self._share = min(self._share + gained, float(self._bounds.burst))
        self._share_mono = now_mono

    def _forget_quiet(self, now_mono: float) -> None:
        over = [
            key
            for key, note in self._notes.items()
            if not note.waiting and note.due_mono <= now_mono
        ]
        for key in over:
            del self._notes[key]
