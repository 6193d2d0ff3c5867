"""What somebody should look after, the worst first: one list for every part that can say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pantau.admin.health_words import alarm_words
from pantau.admin.recordings_alarms import shown_alarms
from pantau.admin.wording import Wording
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.health.monitor import Report
from pantau.operations.dashboard import Snapshot, standing

MOST_CAMERAS: Final = 5
_STORAGE_PART: Final = "recordings_storage"
"""The same that the alarms about disks say one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing to look after."""

    title: str
    text: str
    is_bad: bool = True
    icon: str = "warn"
    since_at: datetime | None = None
    since_text: str = ""
    path: str = ""
    """Where it is looked after; empty: nowhere in particular."""


def alarms_of(
    catalogue: Catalogue, report: Report | None, snapshot: Snapshot | None, speak: Wording
) -> list[Alarm]:
    """Return everything, what is broken before what is only worth a look."""
    found = _of_parts(report, speak, knows_disks=snapshot is not None)
    if snapshot is not None:
        found += [*_of_health(snapshot, speak), *_of_recordings(snapshot, speak)]
    found += _of_cameras(catalogue, speak)
    return sorted(found, key=lambda each: not each.is_bad)


def _of_parts(report: Report | None, speak: Wording, *, knows_disks: bool) -> list[Alarm]:
    if report is None:
        return []
    return [
        Alarm(title=speak.part(name), text=speak.sentence(finding.message), icon="pulse")
        for name, finding in report.findings.items()
        if not finding.ok and not (knows_disks and name == _STORAGE_PART)
    ]


def _of_health(snapshot: Snapshot, speak: Wording) -> list[Alarm]:
    words = alarm_words(speak)
    return [
        Alarm(
            title=words.get(each.kind, (each.kind, ""))[0],
            text=words.get(each.kind, ("", ""))[1],
            since_at=each.began_at,
            since_text=speak("since"),
            path="/admin/health",
        )
        for each in snapshot.health_alarms
    ]


def _of_recordings(snapshot: Snapshot, speak: Wording) -> list[Alarm]:
    found = [
        Alarm(
            title=each.title,
            text=each.advice,
            is_bad=each.is_urgent,
            icon="disk",
            path="/admin/recordings/storage",
        )
        for each in shown_alarms(snapshot.storage_alarms, snapshot.recordings.storage, speak)
    ]
    losing = snapshot.recordings.losing
    if losing:
        title = speak.ngettext(
            "%(num)s camera should be recorded and is not",
            "%(num)s cameras should be recorded and are not",
            losing,
        )
        text = speak("Pictures come and none are written, or the recorder cannot go on.")
        path = "/admin/recordings?show=problems"
        found.append(Alarm(title=title, text=text, icon="disk", path=path))
    return found


def _of_cameras(catalogue: Catalogue, speak: Wording) -> list[Alarm]:
    gone = [each for each in catalogue.enabled() if standing(catalogue, each) == "offline"]
    gone.sort(key=lambda each: _freshest_first(catalogue, each))
    found = [
        Alarm(
            title=each.name,
            text=" · ".join(part for part in (each.area_name, each.location) if part),
            icon="off",
            since_at=seen.since_at if (seen := catalogue.observation(each.id)) else None,
            since_text=speak("offline since"),
            path=f"/admin/cameras/{each.id}",
        )
        for each in gone[:MOST_CAMERAS]
    ]
    more = len(gone) - len(found)
    if more > 0:
        title = speak.ngettext("%(num)s more camera is offline", "%(num)s more are offline", more)
        found.append(
            Alarm(
                title=title,
                text=speak("Which ones, why and since when stands on the page about health."),
                icon="off",
                path="/admin/health?state=offline",
            )
        )
    return found


def _freshest_first(catalogue: Catalogue, camera: Camera) -> tuple[float, str]:
    seen = catalogue.observation(camera.id)
    return (-seen.since_at.timestamp() if seen else 0.0, camera.name)


def broken(alarms: Sequence[Alarm]) -> int:
    """Return how many of them are about what is broken."""
    return sum(each.is_bad for each in alarms)
