"""The form for how a camera is recorded: what holds as what would have been typed, and back."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import time
from typing import Final

from pantau.admin.typed import Typed
from pantau.cameras.changes import MOST_RECORDING_HOURS
from pantau.core.errors import Invalid
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rules import MOST_PREVIEW_MINUTES, MOST_WINDOWS, RecordingRules, RecordWindow

SPARE_WINDOWS: Final = 2
FIELDS: Final = (
    "enable_recording",
    "recording_duration_hours",
    "playback",
    "preview_minutes",
    "sound",
    "schedule",
    "quota_bytes",
)
_GB: Final = 10**9
_MOST_GB: Final = 10**6
_DAYS: Final = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRules:
    """What the form says."""

    is_on: bool
    keep_hours: int | None
    """None: as everywhere on this hub."""
    rules: RecordingRules

    @property
    def changes(self) -> dict[str, object]:
        """The rules by name, windows as they are."""
        return {each.name: getattr(self.rules, each.name) for each in fields(self.rules)}


def rules_typed(typed: TypedRules) -> Typed:
    """Return the form that would make these rules."""
    return Typed(list(_pairs(typed)))


def typed_rules(typed: Typed) -> TypedRules:
    """Return what a form says; raises Invalid, naming the field, for what is none."""
    mode = typed.text("playback")
    if mode not in set(PlaybackMode):
        raise Invalid("form.choice", "Choose one of the list.", field="playback")
    minutes = typed.text("preview_minutes")
    return TypedRules(
        is_on=typed.is_checked("enable_recording"),
        keep_hours=whole_number(
            typed.text("recording_duration_hours"),
            "recording_duration_hours",
            most=MOST_RECORDING_HOURS,
        ),
        rules=RecordingRules(
            playback=PlaybackMode(mode),
            preview_minutes=whole_number(minutes, "preview_minutes", most=MOST_PREVIEW_MINUTES),
            quota_bytes=typed_gigabytes(typed.text("quota_bytes"), "quota_bytes"),
            schedule=tuple(_windows(typed)),
            sound=typed.is_checked("sound"),
        ),
    )


def window_numbers(typed: Typed) -> range:
    """Return the numbers of the windows that a form has room for: those filled in, and two."""
    filled = [number for number in range(MOST_WINDOWS) if typed.every(f"w{number}_day")]
    return range(min(MOST_WINDOWS, (max(filled) + 1 if filled else 0) + SPARE_WINDOWS))


def whole_number(written: str, field: str, *, least: int = 1, most: int) -> int | None:
    """Return a number of a form; None where it is empty; raises Invalid, naming the field."""
    if not written:
        return None
    is_number = written.isascii() and written.isdecimal() and len(written) < 19
    if not is_number or not least <= int(written) <= most:
        raise Invalid("form.number", f"This is a whole number from {least} to {most}.", field=field)
    return int(written)


def typed_gigabytes(written: str, field: str) -> int | None:
    """Return bytes of what was typed in GB, with a comma or a point; None where it is empty."""
    if not written:
        return None
    found = decimal(written, field, most=_MOST_GB)
    return max(1, round(found * _GB))


def decimal(written: str, field: str, *, most: float) -> float:
    """Return a number above zero, with a comma or a point; raises Invalid, naming the field."""
    try:
        found = float(written.replace(",", "."))
    except ValueError:
        found = 0.0
    # What is no number compares with nothing.
    if not 0 < found <= most:
        raise Invalid("form.number", "Give a number above zero, or nothing.", field=field)
    return found


def written_gigabytes(size_bytes: int | None) -> str:
    """Return bytes as the form takes them, as exact as anybody types."""
    return "" if size_bytes is None else f"{size_bytes / _GB:.9f}".rstrip("0").rstrip(".")


def _pairs(typed: TypedRules) -> Iterator[tuple[str, str]]:
    rules = typed.rules
    if typed.is_on:
        yield "enable_recording", "1"
    if rules.sound:
        yield "sound", "1"
    yield "recording_duration_hours", _text(typed.keep_hours)
    yield "playback", rules.playback.value
    yield "preview_minutes", _text(rules.preview_minutes)
    yield "quota_bytes", written_gigabytes(rules.quota_bytes)
    for number, window in enumerate(rules.schedule):
        yield from ((f"w{number}_day", str(day)) for day in sorted(window.days))
        yield f"w{number}_begins", f"{window.begins:%H:%M}"
        yield f"w{number}_ends", f"{window.ends:%H:%M}"


def _windows(typed: Typed) -> Iterator[RecordWindow]:
    for number in range(MOST_WINDOWS + SPARE_WINDOWS):
        days = typed.numbers(f"w{number}_day")
        if not days:
            continue
        try:
            begins = time.fromisoformat(typed.text(f"w{number}_begins"))
            ends = time.fromisoformat(typed.text(f"w{number}_ends"))
        except ValueError as error:
            raise _no_window() from error
        if not days <= _DAYS or begins.tzinfo is not None or ends.tzinfo is not None:
            raise _no_window()
        yield RecordWindow(days=days, begins=begins, ends=ends)


def _no_window() -> Invalid:
    return Invalid(
        "form.schedule", "Give each window a time at which it begins and ends.", field="schedule"
    )


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
