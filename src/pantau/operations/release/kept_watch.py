"""What is remembered of a watch, in the folder of releases, so that it outlives its owner."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from pantau.core.clock import Clock
from pantau.operations.release.counting import Tally
from pantau.operations.release.evidence import Ended, Facts
from pantau.operations.release.gathering import Hub, write_private
from pantau.operations.release.rules import Rules
from pantau.operations.release.verdict import Action, Verdict

WATCH_FILE: Final = "watch.json"
HISTORY_FILE: Final = "verdicts.json"
_LOCK_FILE: Final = "watch.lock"
_MOST_KEPT: Final = 100
_BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")


class Watch(Facts):
    """One watch, from the moment somebody asked for it to its end."""

    id: str
    asked_at: datetime
    address: str
    sockets_dir: Path
    build: str
    wanted: tuple[str, ...] = ("web", "worker")
    readers: int | None = None
    baseline_file: Path | None = None
    rolls_back: bool = False
    """Whether the release is taken back when a verdict says so."""
    for_s: float
    every_s: float
    ran_s: float = 0.0
    """For how long the release has been watched, by a clock that nobody sets."""
    judged_s: float | None = None
    """How long it had been watched when it was last judged."""
    noted_mono: float = 0.0
    """The monotonic clock when `ran_s` was noted."""
    boot: str = ""
    """Which run of the machine that clock belongs to."""
    whole: Tally = Tally()
    """What was counted since the watch began."""
    lately: Tally = Tally()
    """What was counted since it was last judged."""
    ended: tuple[Ended, ...] = ()
    """Processes that crashed since then."""
    restarts: Mapping[str, int] = {}
    """How often each process had been restarted at the last look."""
    is_over: bool = False
    was_rolled_back: bool | None = None
    """None: there was no reason to, or nobody had asked for it."""

    @property
    def hub(self) -> Hub:
        """Where the hub is that is watched."""
        return Hub(
            address=self.address,
            sockets_dir=self.sockets_dir,
            build=self.build,
            wanted=self.wanted,
            readers=self.readers,
        )


class Noted(Facts):
    """One verdict of the history."""

    watch: str
    """The watch that came to it; empty: somebody asked once."""
    verdict: Verdict


class History(Facts):
    """The last verdicts, the newest last."""

    verdicts: tuple[Noted, ...] = ()


def begin_watch(
    releases_dir: Path,
    *,
    hub: Hub,
    baseline_file: Path | None,
    rules: Rules,
    clock: Clock,
    rolls_back: bool,
) -> Watch:
    """Ask for a watch of what runs; whoever is there carries it out.  Replaces one before it."""
    now = clock.now()
    asked = Watch(
        id=f"{now:%Y%m%dT%H%M%S}-{hub.build}",
        asked_at=now,
        address=hub.address,
        sockets_dir=hub.sockets_dir.absolute(),
        build=hub.build,
        wanted=hub.wanted,
        readers=hub.readers,
        baseline_file=baseline_file,
        rolls_back=rolls_back,
        for_s=rules.watch_for_s,
        every_s=rules.watch_every_s,
        noted_mono=clock.mono_s(),
        boot=boot_id(),
    )
    write_watch(releases_dir, asked)
    return asked


def end_watch(releases_dir: Path) -> None:
    """Stop watching, as after a rollback; what was found so far stays."""
    asked = read_watch(releases_dir)
    if asked is not None and not asked.is_over:
        write_watch(releases_dir, asked.model_copy(update={"is_over": True}))


def read_watch(releases_dir: Path) -> Watch | None:
    """Return the last watch that was asked for; None where there is none that can be read."""
    try:
        return Watch.model_validate_json((releases_dir / WATCH_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def write_watch(releases_dir: Path, asked: Watch) -> None:
    """Write it whole; raises OSError."""
    write_private(releases_dir / WATCH_FILE, asked.model_dump_json())


def read_history(releases_dir: Path) -> tuple[Noted, ...]:
    """Return the last verdicts, the newest last."""
    try:
        return History.model_validate_json((releases_dir / HISTORY_FILE).read_bytes()).verdicts
    except (OSError, ValidationError):
        return ()


def note_verdict(releases_dir: Path, noted: Noted) -> None:
    """Add a verdict to the history, whose oldest leave; raises OSError."""
    kept = (*read_history(releases_dir), noted)[-_MOST_KEPT:]
    write_private(releases_dir / HISTORY_FILE, History(verdicts=kept).model_dump_json())


@contextmanager
def owning_watch(releases_dir: Path) -> Iterator[bool]:
    """Be the only one who carries out the watch; False: somebody else does already."""
    releases_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (releases_dir / _LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def passed_s(asked: Watch, clock: Clock) -> float:
    """Return for how long the release has been watched by now.

    Across a restart of the machine only what was noted counts: its monotonic clock began anew.
    """
    if asked.boot != boot_id():
        return asked.ran_s
    return asked.ran_s + max(0.0, clock.mono_s() - asked.noted_mono)


def boot_id() -> str:
    """Return which run of the machine this is."""
    try:
        return _BOOT_FILE.read_text().strip()
    except OSError:
        return ""


def last_action(releases_dir: Path, watch_id: str) -> Action | None:
    """Return what the last verdict of a watch came to; None: it has not judged yet."""
    actions = [each.verdict.action for each in read_history(releases_dir) if each.watch == watch_id]
    return actions[-1] if actions else None
