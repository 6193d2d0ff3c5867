"""What a deploy would do, told before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pantau.operations.release_steps.locked import Difference
from pantau.operations.release_steps.state import Release

_MIB: Final = 2**20
_PACKAGE_BYTES: Final = 12 * _MIB
"""A package that must be fetched, unpacked, on average: the locked 70 take 300 MiB."""
_SPARE_BYTES: Final = 64 * _MIB
QUIET_HOURS: Final = range(2, 5)
"""When the fewest people watch, by the hub's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much room a deploy needs on one disk, and how much there is."""

    where: str
    need_bytes: int
    free_bytes: int

    @property
    def is_enough(self) -> bool:
        """Tell whether it fits."""
        return self.free_bytes >= self.need_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSteps:
    """What the database would go through."""

    steps: tuple[str, ...]
    """None: nothing to do."""
    seconds: float | None = None
    """How long they took on a copy; None: they were not rehearsed, for the reason `why`."""
    breaks: tuple[str, ...] = ()
    """Why the release of before could not go on, as sentences."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen.  `refusals` are reasons why a deploy would not begin."""

    before: Release | None
    after: Release
    sha256: str = ""
    is_made: bool
    """The environment is there already."""
    fetched: tuple[str, ...] = ()
    """Packages that must come over the network."""
    linked: int = 0
    differences: tuple[Difference, ...] = ()
    database: DatabaseSteps
    rooms: tuple[Room, ...] = ()
    runs: tuple[str, ...] = ()
    """Names of the processes that run."""
    local_hour: int
    with_media: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Tell whether it is the build that is current already."""
        return self.before is not None and self.before.build == self.after.build

    @property
    def is_engine_other(self) -> bool:
        """Tell whether the media engine itself would be another."""
        return self.before is not None and self.before.engine != self.after.engine

    def told(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "before": self.before.model_dump(mode="json") if self.before else None,
            "after": self.after.model_dump(mode="json"),
            "sha256": self.sha256 or None,
            "same_build": self.is_same,
            "environment_is_made": self.is_made,
            "packages": {
                "fetched": list(self.fetched),
                "linked": self.linked,
                "changed": [
                    {"name": each.name, "before": each.before, "after": each.after}
                    for each in self.differences
                ],
            },
            "database": {
                "steps": list(self.database.steps),
                "seconds": self.database.seconds,
                "breaks": list(self.database.breaks),
                "not_rehearsed_because": self.database.why or None,
            },
            "rooms": [
                {
                    "where": room.where,
                    "need_bytes": room.need_bytes,
                    "free_bytes": room.free_bytes,
                }
                for room in self.rooms
            ],
            "restarts": [each for each in self.runs if self._restarts(each)],
            "goes_on": [each for each in self.runs if not self._restarts(each)],
            "media_changed": self.is_engine_other,
            "quiet_hours": self.local_hour in QUIET_HOURS,
            "refusals": list(self.refusals),
        }

    def sentences(self) -> list[str]:
        """Return it for people, what matters most first."""
        return [
            *self._about_release(),
            *self._about_packages(),
            *self._about_database(),
            *self._about_processes(),
            *(_about_room(room) for room in self.rooms),
            *self._about_hour(),
        ]

    def _restarts(self, name: str) -> bool:
        return name in {"worker", "web"} or (name == "media" and self.with_media)

    def _about_release(self) -> list[str]:
        now = (
            f"Now: {self.before.version} (build {self.before.build})."
            if self.before
            else "Now: no release is known; the environment that runs this command is taken for it."
        )
        then = f"Then: {self.after.version} (build {self.after.build})."
        same = ["It is the same build: nothing would be done."] if self.is_same else []
        digest = [f"SHA-256 of the wheel: {self.sha256}."] if self.sha256 else []
        return [now, then, *same, *digest]

    def _about_packages(self) -> list[str]:
        if self.is_made:
            return [f"The environment is there already: {self.after.environment}."]
        changed = ", ".join(
            f"{each.name} {each.before or '–'} → {each.after or '–'}" for each in self.differences
        )
        where = f"A new environment is made: {self.after.environment}."
        packages = (
            f"It takes {_count(len(self.fetched), 'package')} over the network, {self.linked} from "
            "the current environment."
            if self.fetched
            else f"All {self.linked} packages are taken from the current environment: no network."
        )
        return [where, packages, *([f"Packages that change: {changed}."] if changed else [])]

    def _about_database(self) -> list[str]:
        backup = "A snapshot of the database is made before anything else is changed."
        steps = self.database.steps
        if not steps:
            return [backup, "The database needs no steps."]
        words = f"The database takes {_count(len(steps), 'step')}: {', '.join(steps)}."
        if self.database.seconds is None:
            return [backup, words, f"They were not rehearsed: {self.database.why}"]
        took = f"On a copy they took {self.database.seconds:.1f} s."
        if not self.database.breaks:
            return [backup, f"{words} {took} The release of today can go on meanwhile."]
        return [
            backup,
            f"{words} {took} The release of today could not go on afterwards:",
            *self.database.breaks,
        ]

    def _about_processes(self) -> list[str]:
        if not self.runs:
            return ["Nothing runs: the release begins with the next start."]
        told = ["Worker, then web are replaced, each when the new one is ready."]
        if self.with_media:
            return [
                *told,
                "Media is restarted as well: live pictures break, recordings have a gap.",
            ]
        if self.is_engine_other:
            late = (
                "Media goes on and keeps its present build, although the media engine itself "
                "changed: it changes with --with-media, or at the next start of the machine."
            )
            return [*told, late]
        return [*told, "Media goes on: no camera, viewer or recording notices."]

    def _about_hour(self) -> list[str]:
        if self.local_hour in QUIET_HOURS:
            return []
        hours = f"{QUIET_HOURS.start} and {QUIET_HOURS.stop} o'clock in the night"
        return [f"Hint: the fewest people watch between {hours}."]


def room_needed(*, fetched: int, package_bytes: int, database_bytes: int) -> tuple[int, int]:
    """Return the bytes that environments and snapshots need; the rehearsal copies once more."""
    return (
        fetched * _PACKAGE_BYTES + 2 * package_bytes + _SPARE_BYTES,
        2 * database_bytes + _SPARE_BYTES,
    )


def steps_between(stored: str | None, newest: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return which of the known steps a database lacks."""
    return tuple(step for step in known if (stored or "") < step <= newest)


def _about_room(room: Room) -> str:
    enough = "enough" if room.is_enough else "too little"
    return (
        f"Room at {room.where}: {room.need_bytes / _MIB:.0f} MiB needed, "
        f"{room.free_bytes / _MIB:.0f} MiB free: {enough}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
