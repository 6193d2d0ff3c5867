"""The list of recorders: what is wished for, at work and proven, kept apart (lesson R08)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

from pantau.admin.camera_words import Mark, Tone
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_moments import moment_of
from pantau.admin.recordings_words import cause_sentences, statuses
from pantau.admin.wording import Wording
from pantau.cameras.carriers import capabilities_for
from pantau.core.names import natural_key
from pantau.recordings.recorders import RecorderState, RecorderStatus
from pantau.recordings.service import CameraRecording

Choice = Literal["all", "problems", "recording", "resting", "off"]
CHOICES: Final[tuple[Choice, ...]] = ("all", "problems", "recording", "resting", "off")
MANY_RESTARTS: Final = 3
"""From so many in a day on they are worth a look."""
_BROKEN: Final = frozenset(
    {
        RecorderStatus.PAUSED,
        RecorderStatus.STALLED,
        RecorderStatus.FAILED,
        RecorderStatus.SUSPENDED,
    }
)
_OLD: Final = timedelta(minutes=2)
_ICONS: Final[Mapping[RecorderStatus, str]] = {
    RecorderStatus.WAITING: "clock",
    RecorderStatus.UNKNOWN: "ask",
    RecorderStatus.STOPPED: "stop",
}
_ORDER: Final = ("bad", "warn", "on", "rest", "off")
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is shown; numbers from 1."""

    number: int
    pages: int
    first: int
    last: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves that a camera is recorded: how long ago something reached the disk."""

    fragment: str
    """Since the last picture that was written; empty: there never was one."""
    segment: str
    """Since the last good file ended; empty: there never was one."""
    fragment_at: datetime | None
    segment_at: datetime | None
    seen: str
    """How long ago the worker looked; empty: it never did."""
    is_old: bool = False
    """Whether that is too long ago to go without saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecording:
    """One camera of the list."""

    recording: CameraRecording
    is_wanted: bool
    wish: str
    status: Mark
    why: str
    evidence: Evidence
    rate: str
    kept: str
    """For how long footage is kept."""
    size: str
    oldest_at: datetime | None
    newest_at: datetime | None
    group: str
    """bad, warn, on, rest or off: what the filters and the order go by."""
    may_run: bool
    can_play: bool
    can_record: bool


def page_of(rows: Sequence[_Row], wanted: str, size: int) -> tuple[Sequence[_Row], Page]:
    """Return the part of `rows` that an address asks for; one that is none shows the first."""
    pages = max(1, -(-len(rows) // size))
    is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 7
    number = min(max(int(wanted) if is_number else 1, 1), pages)
    first = (number - 1) * size
    shown = rows[first : first + size]
    return shown, Page(
        number=number, pages=pages, first=first + 1, last=first + len(shown), found=len(rows)
    )


def is_wanted(recording: CameraRecording) -> bool:
    """Tell whether a camera is to be recorded."""
    camera = recording.listed.stored.camera
    return camera.enabled and recording.listed.stored.enable_recording


def group_of(recording: CameraRecording) -> str:
    """Return how urgent a camera is; red is broken and nothing else (lesson F13)."""
    status = status_of(recording.state)
    if not is_wanted(recording):
        return "warn" if status is RecorderStatus.RECORDING else "off"
    if status in _BROKEN:
        return "bad"
    if status is RecorderStatus.RESTING:
        return "rest"
    if status is RecorderStatus.RECORDING and recording.restarts_day < MANY_RESTARTS:
        return "on"
    return "warn"


def status_of(state: RecorderState | None) -> RecorderStatus:
    """Return what is known of a recorder; of one that nobody ever saw: nothing."""
    return RecorderStatus.UNKNOWN if state is None else state.status


def fits(recording: CameraRecording, choice: Choice) -> bool:
    """Tell whether a choice above the list shows a camera; its number counts by the same."""
    group = group_of(recording)
    return {
        "all": True,
        "problems": group in {"bad", "warn"},
        "recording": status_of(recording.state) is RecorderStatus.RECORDING,
        "resting": group == "rest",
        "off": not is_wanted(recording),
    }[choice]


def has_words(recording: CameraRecording, text: str) -> bool:
    """Tell whether every word of a search is in its name, place or area."""
    camera = recording.listed.stored.camera
    hay = f"{camera.name} {camera.location} {camera.area_name or ''}".casefold()
    return all(word in hay for word in text.casefold().split())


def worst_first(recordings: Iterable[CameraRecording]) -> list[CameraRecording]:
    """Return them by urgency, then by name."""
    return sorted(
        recordings, key=lambda each: (_ORDER.index(group_of(each)), natural_key(each.name))
    )


def shown(
    recording: CameraRecording, speak: Wording, now: datetime, *, may_run: bool
) -> ShownRecording:
    """Return a camera in the reader's words."""
    fig, state, totals = Figures(speak), recording.state, recording.totals
    wanted, group = is_wanted(recording), group_of(recording)
    return ShownRecording(
        recording=recording,
        is_wanted=wanted,
        wish=_wish(recording, speak),
        status=status_mark(recording, speak),
        why="" if state is None else cause_text(state.cause, speak),
        evidence=evidence_of(state, now, fig),
        rate=fig.rate(state.bytes_per_s) if state is not None and state.bytes_per_s else "",
        kept=fig.kept(recording.keep_hours),
        size=fig.size(totals.size_bytes) if totals is not None else "",
        oldest_at=moment_of(totals.oldest_ms) if totals is not None else None,
        newest_at=moment_of(totals.newest_ms) if totals is not None else None,
        group=group,
        may_run=may_run,
        can_play=totals is not None,
        can_record=capabilities_for(recording.listed.stored.camera.source).record,
    )


def status_mark(recording: CameraRecording, speak: Wording) -> Mark:
    """Return what its recorder does; a badge only where that is not what is wished for."""
    status, words = status_of(recording.state), statuses(speak)
    wanted = is_wanted(recording)
    if not wanted:
        if status is RecorderStatus.RECORDING:
            return Mark(words[status], "warn", "warn")
        return Mark(words[status])
    if status in {RecorderStatus.RECORDING, RecorderStatus.RESTING}:
        return Mark(words[status])
    tone: Tone = "bad" if status in _BROKEN else "warn"
    since = recording.state.since_at if recording.state is not None else None
    return Mark(words[status], _ICONS.get(status, "warn"), tone, since)


def evidence_of(state: RecorderState | None, now: datetime, fig: Figures) -> Evidence:
    """Return what proves it; ages are never rounded up."""
    if state is None:
        return Evidence(fragment="", segment="", fragment_at=None, segment_at=None, seen="")
    fragment_at = None if state.last_fragment_ms is None else moment_of(state.last_fragment_ms)
    segment_at = None if state.last_segment_ms is None else moment_of(state.last_segment_ms)
    return Evidence(
        fragment=fig.lasting((now - fragment_at).total_seconds()) if fragment_at else "",
        segment=fig.lasting((now - segment_at).total_seconds()) if segment_at else "",
        fragment_at=fragment_at,
        segment_at=segment_at,
        seen=fig.lasting((now - state.seen_at).total_seconds()),
        is_old=now - state.seen_at > _OLD,
    )


def cause_text(cause: str, speak: Wording) -> str:
    """Return a stable word of a recorder in a sentence; an unknown one as it is."""
    return cause_sentences(speak).get(cause, cause) if cause else ""


def _wish(recording: CameraRecording, speak: Wording) -> str:
    stored = recording.listed.stored
    if not stored.enable_recording:
        return speak("Not recorded")
    if not stored.camera.enabled:
        return speak("Recorded once it is enabled")
    if recording.rules.schedule:
        return speak("Recorded by its schedule")
    return speak("Recorded always")
