"""What somebody should look at about the room for footage, in words that say what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_needs import disk_title
from pantau.admin.wording import Wording
from pantau.recordings.keeping_values import Alarm, AlarmKind, Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlarm:
    """One alarm."""

    title: str
    advice: str
    is_urgent: bool


def shown_alarms(alarms: Sequence[Alarm], storage: Storage, speak: Wording) -> list[ShownAlarm]:
    """Return alarms in the order given."""
    return [_shown(each, storage, speak) for each in alarms]


def _shown(alarm: Alarm, storage: Storage, speak: Wording) -> ShownAlarm:
    title, advice = _words(alarm, speak)
    if alarm.place:
        title = f"{disk_title(storage, alarm.place, speak)}: {title}"
    return ShownAlarm(title=title, advice=advice, is_urgent=alarm.is_urgent)


def _words(alarm: Alarm, speak: Wording) -> tuple[str, str]:
    return {**_of_disks(alarm, speak), **_of_footage(alarm, speak)}[alarm.kind]


def _of_disks(alarm: Alarm, speak: Wording) -> dict[AlarmKind, tuple[str, str]]:
    size = {"size": Figures(speak).size(alarm.amount)}
    return {
        AlarmKind.SILENT: (
            speak("Nobody looks at the disks"),
            speak("The worker says nothing. What this page shows may be old."),
        ),
        AlarmKind.UNREADABLE: (
            speak("How much room there is cannot be told"),
            speak("Nothing is deleted meanwhile. Check the disk and who may read it."),
        ),
        AlarmKind.GONE: (
            speak("The disk is not there"),
            speak("Mount it, or take its folder out of the settings."),
        ),
        AlarmKind.READ_ONLY: (
            speak("The disk cannot be written to"),
            speak("Check who owns its folder, and whether it is mounted read-only."),
        ),
        AlarmKind.RESERVE: (
            speak("The disk is full and recording pauses"),
            speak("It goes on by itself when there is room again."),
        ),
        AlarmKind.CRITICAL: (
            speak("The disk is as good as full"),
            speak("The oldest footage leaves before its time. Keep less, or add a disk."),
        ),
        AlarmKind.OTHER_FILES: (
            speak("Something else than footage fills the disk"),
            speak("%(size)s of it are not ours. Deleting footage would not help.") % size,
        ),
    }


def _of_footage(alarm: Alarm, speak: Wording) -> dict[AlarmKind, tuple[str, str]]:
    count = {"count": Figures(speak).number(alarm.amount)}
    return {
        AlarmKind.NO_EFFECT: (
            speak("Deleting makes no room"),
            speak("Files went, and the disk is as full as before: snapshots, or open files."),
        ),
        AlarmKind.NOTHING_LEFT: (
            speak("Nothing is left that may be deleted"),
            speak("All that is there is held or being written. Release what is not needed."),
        ),
        AlarmKind.NOT_DELETED: (
            speak("Files could not be deleted"),
            speak("%(count)s so far. Check who owns them.") % count,
        ),
        AlarmKind.HELD_OVER_QUOTA: (
            speak("More is held than a camera or an area may keep"),
            speak("Held footage stays. Release it, or raise the quota."),
        ),
        AlarmKind.CLOCK: (
            speak("The clock of this machine jumped"),
            speak("Nothing grows older until it is believed again. Check its time."),
        ),
        AlarmKind.ARCHIVE: (
            speak("The archive takes nothing"),
            speak("Recordings stay here alone. Check its keys and its address."),
        ),
        AlarmKind.FUTURE: (
            speak("There is footage of days that have not come yet"),
            speak("The clock was wrong once. It is kept until its time comes."),
        ),
    }
