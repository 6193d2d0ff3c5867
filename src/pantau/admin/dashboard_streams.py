"""Streams by viewers, and how it is with footage, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_needs import ShownDisk, shown_disks
from pantau.admin.wording import Wording
from pantau.operations.dashboard import Snapshot
from pantau.ui import charts

_MOST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStream:
    """One stream that somebody watches."""

    camera_id: int
    name: str
    viewers: str
    state: str
    """What is not normal about it; empty: it is ready."""
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStreams:
    """All of them."""

    watched: Sequence[ShownStream]
    more: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecordings:
    """How it is with footage."""

    said: str
    rate: str
    losing: int
    unknown: int
    disks: Sequence[ShownDisk]


def shown_streams(snapshot: Snapshot, speak: Wording) -> ShownStreams:
    """Return the streams, those with most viewers first."""
    fig = Figures(speak)
    watched = [each for each in snapshot.streams if each.viewers]
    most = watched[0].viewers if watched else 0
    words = {"ready": "", "buffering": speak("is being opened"), "idle": speak("not open")}
    ready = sum(each.ready for each in snapshot.streams)
    said = speak("%(ready)s of %(all)s streams are open") % {
        "ready": fig.number(ready),
        "all": fig.number(len(snapshot.streams)),
    }
    if not snapshot.is_media_connected:
        said = speak("The media server does not answer; what streams do is not known.")
    return ShownStreams(
        watched=[
            ShownStream(
                camera_id=each.camera.id,
                name=each.camera.name,
                viewers=fig.number(each.viewers),
                state=words[each.state] if snapshot.is_media_connected else "",
                width=charts.width(each.viewers, most),
            )
            for each in watched[:_MOST]
        ],
        more=max(0, len(watched) - _MOST),
        said=said,
    )


def shown_recordings(snapshot: Snapshot, speak: Wording) -> ShownRecordings:
    """Return what is written and for how long the disks suffice."""
    counts, fig = snapshot.recordings, Figures(speak)
    said = speak("No camera is to be recorded at this time of the day")
    if counts.wanted:
        said = speak("%(recording)s of %(wanted)s cameras that should be recorded are") % {
            "recording": fig.number(counts.recording),
            "wanted": fig.number(counts.wanted),
        }
    return ShownRecordings(
        said=said,
        rate=fig.rate(counts.bytes_per_s) if counts.recording else "",
        losing=counts.losing,
        unknown=counts.unknown,
        disks=shown_disks(counts.storage, speak),
    )
