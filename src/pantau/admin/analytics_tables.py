"""Cameras, devices, visitors and views of a period, as tables and lists say them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pantau.admin.analytics_charts import clock_hours
from pantau.admin.dashboard_figures import Figure, duration, time_figure
from pantau.admin.recordings_figures import Figures
from pantau.admin.wording import Wording
from pantau.analytics.values import (
    CameraFigures,
    DeviceFigures,
    HourFigures,
    PlayFigures,
    Report,
    Totals,
    VisitorFigures,
    percentage,
)
from pantau.ui import charts
from pantau.viewers.views import KeptView

_PSEUDONYM: Final = 8
"""How much of a visitor's hash is shown: enough to tell two of a day apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A line of a list with a bar."""

    name: str
    value: str
    width: float
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCamera:
    """One camera over the period."""

    name: str
    path: str
    sessions: str
    visitors: str
    average: str
    quick: str
    engaged: str
    start_up: str
    stalls: str
    refused: str
    """How many players could not show it, of those that tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVisitor:
    """One visitor on one day."""

    name: str
    day: date
    sessions: str
    cameras: str
    watched: str
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownView:
    """One view that is over."""

    camera: str
    camera_id: int | None
    visitor: str
    address: str
    device: str
    delivery: str
    started_at: datetime
    lasted: str


def shown_camera(camera: CameraFigures, path: Callable[[int], str], speak: Wording) -> ShownCamera:
    """Return a camera's row; a dash where nothing was told."""
    fig, playing = Figures(speak), camera.playing
    return ShownCamera(
        name=camera.name or speak("Unnamed camera"),
        path="" if camera.camera_id is None else path(camera.camera_id),
        sessions=fig.number(camera.sessions),
        visitors=fig.number(camera.visitors),
        average=duration(camera.average_s, speak) if camera.sessions else "–",
        quick=_percent(camera.bounce_percent, fig) if camera.sessions else "–",
        engaged=_percent(camera.engaged_percent, fig) if camera.sessions else "–",
        start_up=_start_up(playing, fig),
        stalls=_stalls(playing, fig),
        refused=_refused(playing, fig),
    )


def playing_figures(camera: CameraFigures, speak: Wording) -> list[Figure]:
    """Return the figures of one camera, for whoever chose it."""
    shown, fig, playing = shown_camera(camera, lambda _: "", speak), Figures(speak), camera.playing
    tries = playing.starts + playing.refused + playing.failed
    told = speak("As players themselves tell; %(count)s have") % {"count": fig.number(tries)}
    return [
        Figure(label=speak("Views"), value=shown.sessions),
        Figure(label=speak("Visitors"), value=shown.visitors),
        Figure(label=speak("Mean time of a view"), value=shown.average),
        Figure(label=speak("Until the first picture"), value=shown.start_up, hints=(told,)),
        Figure(
            label=speak("Stalls"),
            value=shown.stalls,
            hints=(speak("%(time)s in all") % {"time": duration(playing.stalled_ms / 1000, speak)},)
            if playing.stalls
            else (),
        ),
        Figure(
            label=speak("Could not be played"),
            value=shown.refused,
            hints=(speak("The codec was refused, or the player gave up"),),
        ),
    ]


def top_cameras(cameras: Sequence[CameraFigures], speak: Wording, *, most: int) -> list[Share]:
    """Return the most watched cameras."""
    fig = Figures(speak)
    highest = max((each.sessions for each in cameras), default=0)
    return [
        Share(
            name=each.name or speak("Unnamed camera"),
            value=fig.number(each.sessions),
            width=charts.width(each.sessions, highest),
            path="" if each.camera_id is None else f"/admin/cameras/{each.camera_id}",
        )
        for each in cameras[:most]
        if each.sessions
    ]


def shown_devices(devices: Sequence[DeviceFigures], speak: Wording) -> list[Share]:
    """Return on what people watched."""
    fig, names = Figures(speak), device_names(speak)
    return [
        Share(
            name=names.get(each.device.lower(), each.device or speak("Unknown device")),
            value=f"{fig.number(each.sessions)} · {_percent(each.percent, fig)}",
            width=charts.width(each.percent, 100),
        )
        for each in devices
    ]


def shown_peaks(peaks: Sequence[HourFigures], speak: Wording) -> list[Share]:
    """Return the busiest hours of the clock."""
    fig = Figures(speak)
    highest = max((each.sessions for each in peaks), default=0)
    return [
        Share(
            name=clock_hours(each.hour, speak),
            value=fig.number(each.sessions),
            width=charts.width(each.sessions, highest),
        )
        for each in peaks
    ]


def shown_retention(totals: Totals, speak: Wording) -> list[Share]:
    """Return who came once, came again, and left at once; parts of the visitors."""
    fig, whole = Figures(speak), totals.visitors

    def share(name: str, count: int) -> Share:
        told = f"{fig.number(count)} · {_percent(percentage(count, whole), fig)}"
        return Share(name=name, value=told, width=charts.width(count, whole))

    return [
        share(speak("One view on their day"), totals.new_visitors),
        share(speak("Came again on the same day"), totals.returning_visitors),
        share(speak("Left a view within 10 seconds"), totals.bounced_visitors),
    ]


def shown_visitors(visitors: Sequence[VisitorFigures], speak: Wording) -> list[ShownVisitor]:
    """Return the busiest visitors under names that mean nothing on another day."""
    fig = Figures(speak)
    return [
        ShownVisitor(
            name=pseudonym(each.visitor, speak),
            day=each.day,
            sessions=fig.number(each.sessions),
            cameras=fig.number(each.cameras),
            watched=duration(each.watch_s, speak),
            last_at=each.last_at,
        )
        for each in visitors
    ]


def shown_view(
    view: KeptView, names: Mapping[int, str], speak: Wording, *, shows_addresses: bool
) -> ShownView:
    """Return a view's row."""
    known = None if view.camera_id is None else names.get(view.camera_id)
    devices = device_names(speak)
    device = devices.get((view.device_type or "").lower(), speak("Unknown device"))
    return ShownView(
        camera=known or view.camera_name or speak("Unnamed camera"),
        camera_id=view.camera_id if known else None,
        visitor=pseudonym(view.visitor, speak),
        address=view.ip_address if shows_addresses else "",
        device=f"{device}, {view.browser}" if view.browser else device,
        delivery=delivery_names(speak).get(view.delivery, view.delivery),
        started_at=view.started_at,
        lasted=duration(view.duration_s, speak),
    )


def further_figures(report: Report, speak: Wording) -> list[Figure]:
    """Return what the first figures leave open."""
    fig, totals = Figures(speak), report.totals
    return [
        time_figure(speak("Watched in all"), totals.watch_s, (speak("All views together"),), speak),
        time_figure(
            speak("Longest view"), totals.longest_s if totals.sessions else None, (), speak
        ),
        Figure(
            label=speak("Not counted"),
            value=fig.number(totals.robots + totals.short),
            hints=(
                speak("%(robots)s by robots, %(short)s below 5 seconds")
                % {"robots": fig.number(totals.robots), "short": fig.number(totals.short)},
            ),
        ),
    ]


def pseudonym(visitor: str, speak: Wording) -> str:
    """Return what a visitor is called: a piece of a hash that is made anew every day."""
    return visitor[:_PSEUDONYM] if visitor else speak("not known")


def device_names(speak: Wording) -> Mapping[str, str]:
    """Return what kinds of devices are called."""
    return {
        "mobile": speak("Phone"),
        "tablet": speak("Tablet"),
        "desktop": speak("Computer"),
        "tv": speak("Television"),
        "unknown": speak("Unknown device"),
    }


def delivery_names(speak: Wording) -> Mapping[str, str]:
    """Return how pictures came to whoever watched."""
    return {
        "live": speak("live"),
        "relay": speak("live, relayed"),
        "embed": speak("a page of others"),
        "replay": speak("playback"),
    }


def _start_up(playing: PlayFigures, fig: Figures) -> str:
    if not playing.starts:
        return "–"
    return f"{fig.number(playing.average_start_ms / 1000, 1)}\u00a0s"


def _stalls(playing: PlayFigures, fig: Figures) -> str:
    return fig.number(playing.stalls) if playing.starts or playing.stalls else "–"


def _refused(playing: PlayFigures, fig: Figures) -> str:
    tries = playing.starts + playing.refused + playing.failed
    return fig.number(playing.refused + playing.failed) if tries else "–"


def _percent(value: float, fig: Figures) -> str:
    return f"{fig.number(value, 1)}\u00a0%"
