"""The machine in words and small courses of the last hour; what is not known is said to be so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pantau.admin.dashboard_figures import Spark, spark
from pantau.admin.recordings_figures import Figures
from pantau.admin.wording import Wording
from pantau.operations.machine import Room
from pantau.operations.machine_watch import KEPT_S, Machine, Moment
from pantau.ui import charts

_POINTS: Final = 60
_FULL: Final = 100.0
_NEARLY_FULL: Final = 0.05
"""A disk with less free than that is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One measure with its last hour."""

    label: str
    value: str
    hint: str
    spark: Spark


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRoom:
    """The disk below a folder."""

    name: str
    said: str
    used_width: float | None
    """Of a hundred; None: not known."""
    is_bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMachine:
    """All of it."""

    gauges: Sequence[Gauge]
    rooms: Sequence[ShownRoom]
    processes: Sequence[tuple[str, str]]
    up: str
    about: str


def shown_machine(machine: Machine, hour: Sequence[Moment], speak: Wording) -> ShownMachine:
    """Return the machine in the reader's words."""
    fig = Figures(speak)
    return ShownMachine(
        gauges=[
            _cpu(machine, hour, speak),
            _memory(machine, hour, speak),
            _network(machine, hour, speak),
        ],
        rooms=[_room(name, room, speak) for name, room in machine.rooms.items()],
        processes=[
            (
                _part(each.part, speak),
                speak.ngettext("%(num)s process", "%(num)s processes", each.processes)
                + f" · {fig.size(each.memory_bytes)}",
            )
            for each in machine.processes
        ],
        up=speak("not known") if machine.up_s is None else fig.lasting(machine.up_s),
        about=machine.facts.cpu_model or machine.facts.arch,
    )


def by_minute(hour: Sequence[Moment], pick: Callable[[Moment], float | None]) -> list[float | None]:
    """Return the mean of every minute of the last hour, the newest last; None: not measured."""
    sums: list[list[float]] = [[] for _ in range(_POINTS)]
    if hour:
        newest_mono = hour[-1].mono_s
        for moment in hour:
            value, ago_s = pick(moment), newest_mono - moment.mono_s
            if value is not None and 0 <= ago_s < KEPT_S:
                sums[_POINTS - 1 - int(ago_s / KEPT_S * _POINTS)].append(value)
    return [sum(each) / len(each) if each else None for each in sums]


def _cpu(machine: Machine, hour: Sequence[Moment], speak: Wording) -> Gauge:
    fig = Figures(speak)
    load = machine.load
    cpus = machine.facts.cpus
    hints = [
        "" if cpus is None else speak.ngettext("%(num)s processor", "%(num)s processors", cpus),
        ""
        if load is None
        else speak("load %(values)s")
        % {"values": " · ".join(fig.number(each, 2) for each in load)},
    ]
    return Gauge(
        label=speak("Processors"),
        value=_percent(machine.cpu_percent, speak),
        hint=", ".join(each for each in hints if each),
        spark=_share_spark(
            by_minute(hour, lambda each: each.cpu_percent), speak("Processors"), speak
        ),
    )


def _memory(machine: Machine, hour: Sequence[Moment], speak: Wording) -> Gauge:
    fig, memory = Figures(speak), machine.memory
    hint = ""
    if memory is not None:
        hint = speak("%(used)s of %(total)s in use") % {
            "used": fig.size(memory.used_bytes),
            "total": fig.size(memory.total_bytes),
        }
    return Gauge(
        label=speak("Memory"),
        value=_percent(None if memory is None else memory.used_percent, speak),
        hint=hint,
        spark=_share_spark(
            by_minute(hour, lambda each: each.memory_percent), speak("Memory"), speak
        ),
    )


def _network(machine: Machine, hour: Sequence[Moment], speak: Wording) -> Gauge:
    fig, received = Figures(speak), machine.received_bytes_per_s
    sent = by_minute(hour, lambda each: each.sent_bytes_per_s)
    most = max((each for each in sent if each is not None), default=None)
    told = speak("Sent in the last hour: not known")
    if most is not None:
        told = speak("Sent in the last hour: at most %(rate)s") % {"rate": fig.rate(most)}
    value, hint = speak("not known"), ""
    if machine.sent_bytes_per_s is not None:
        value = fig.rate(machine.sent_bytes_per_s)
    if received is not None:
        hint = speak("sent; %(rate)s received") % {"rate": fig.rate(received)}
    return Gauge(label=speak("Network"), value=value, hint=hint, spark=spark(sent, told))


def _share_spark(values: Sequence[float | None], label: str, speak: Wording) -> Spark:
    known = [each for each in values if each is not None]
    told = speak("%(what)s in the last hour: not known") % {"what": label}
    if known:
        gaps = {"what": label, "most": Figures(speak).number(max(known))}
        told = speak("%(what)s in the last hour: at most %(most)s per cent") % gaps
    return spark(values, told, top=_FULL)


def _room(name: str, room: Room | None, speak: Wording) -> ShownRoom:
    fig = Figures(speak)
    label = speak("Data folder") if name == "data" else name
    if room is None or not room.total_bytes:
        return ShownRoom(name=label, said=speak("not known"), used_width=None, is_bad=False)
    gaps = {"free": fig.size(room.free_bytes), "total": fig.size(room.total_bytes)}
    return ShownRoom(
        name=label,
        said=speak("%(free)s free of %(total)s") % gaps,
        used_width=charts.width(room.total_bytes - room.free_bytes, room.total_bytes),
        is_bad=room.free_bytes < room.total_bytes * _NEARLY_FULL,
    )


def _percent(value: float | None, speak: Wording) -> str:
    return speak("not known") if value is None else f"{Figures(speak).number(value)}\u00a0%"


def _part(part: str, speak: Wording) -> str:
    return {
        "web": speak("Pages and streams"),
        "media": speak("Media server"),
        "worker": speak("Worker"),
        "demo": speak("Demo cameras"),
    }.get(part, speak("What keeps them running"))
