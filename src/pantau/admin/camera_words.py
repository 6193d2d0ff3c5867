"""What pages say of cameras: short words for lists, whole sentences for decisions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pantau.admin.wording import Wording
from pantau.cameras.access import CameraAccess, next_change, showing_at
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.conditions import Condition
from pantau.cameras.decisions import Showing, Visibility
from pantau.cameras.listing import ListedCamera
from pantau.cameras.models import Camera, HealthState, LiveState
from pantau.ui.times import lasting

Say = Callable[[str], str]
Tone = Literal["", "warn", "bad", "on"]
_BY_LIVE: Final[Mapping[LiveState, HealthState]] = {
    LiveState.LIVE: HealthState.ONLINE,
    LiveState.OFFLINE: HealthState.OFFLINE,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A badge: only for what is not normal, except where `icon` is empty, which is plain text."""

    text: str
    icon: str = ""
    tone: Tone = ""
    since: datetime | None = None


def kinds(_: Say) -> Mapping[SourceKind, str]:
    """Return what the kinds of sources are called."""
    return {
        SourceKind.RTSP: "RTSP",
        SourceKind.HLS: "HLS",
        SourceKind.MJPEG: "MJPEG",
        SourceKind.FLV: "FLV",
        SourceKind.EMBED: _("Page in a frame"),
        SourceKind.MPEGTS_WS: _("Websocket"),
        SourceKind.FILE: _("File"),
        SourceKind.TESTCARD: _("Test card"),
    }


def visibilities(_: Say) -> Mapping[Visibility, tuple[str, str]]:
    """Return whom a camera may be for, and what that means."""
    return {
        Visibility.PUBLIC: (
            _("Public"),
            _("On the wall, on the map and in the search, for everybody"),
        ),
        Visibility.PARTNER: (
            _("Partners"),
            _("In no list; for whoever is signed in and whoever was given a token"),
        ),
        Visibility.PRIVATE: (
            _("Operators only"),
            _("The portal answers as if there were no such camera"),
        ),
    }


def showings(_: Say) -> Mapping[Showing, str]:
    """Return how the public can see a camera."""
    return {
        Showing.LIVE: _("Live"),
        Showing.DELAYED: _("Delayed"),
        Showing.STILL: _("Still pictures only"),
        Showing.HIDDEN: _("Not at all"),
    }


def health_of(condition: Condition) -> HealthState:
    """Return what is believed of a camera; the live state counts while health says nothing."""
    if condition.health is not HealthState.UNKNOWN:
        return condition.health
    return _BY_LIVE.get(condition.live, HealthState.UNKNOWN)


def state_mark(listed: ListedCamera, speak: Wording) -> Mark:
    """Return the state of a camera for a line of a list: what was decided outweighs the measured.

    Red is broken and nothing else (lesson F13).
    """
    camera, seen = listed.stored.camera, listed.condition
    if not camera.enabled:
        return Mark(speak("Disabled"), "lock")
    if camera.status == "maintenance":
        return Mark(speak("Maintenance"), "wrench", "warn")
    if camera.status == "offline":
        return Mark(speak("Declared offline"), "off", "warn")
    return {
        HealthState.ONLINE: Mark(speak("On")),
        HealthState.DEGRADED: Mark(speak("Unsteady"), "pulse", "warn", seen.since_at),
        HealthState.OFFLINE: Mark(speak("Offline"), "off", "bad", seen.since_at),
        HealthState.DEAD: Mark(speak("Gone at its source"), "off", "bad", seen.since_at),
        HealthState.UNKNOWN: Mark(speak("Not checked yet")),
    }[health_of(seen)]


def decision_marks(camera: Camera, speak: Wording, now: datetime) -> tuple[Mark, ...]:
    """Return what keeps the public from seeing a camera plainly."""
    decision, found = camera.decision, []
    if decision.cut_off is not None and decision.cut_off.is_on(now):
        found.append(Mark(speak("Cut off"), "cut", "warn"))
    if decision.visibility is not Visibility.PUBLIC:
        word, _meaning = visibilities(speak)[decision.visibility]
        found.append(Mark(word, "eye"))
    if decision.still_only:
        found.append(Mark(speak("Stills"), "cam"))
    elif decision.delay_s:
        found.append(Mark(speak("Delayed"), "clock"))
    return tuple(found)


def duration(seconds: int, speak: Wording) -> str:
    """Return a delay or a span in words."""
    return lasting(seconds, speak.ngettext, exactly=True)


def who_sees(camera: Camera, access: CameraAccess, speak: Wording) -> tuple[str, ...]:
    """Return who sees a camera at this moment, and until when that holds; whole sentences."""
    now, decision = access.clock.now(), camera.decision
    if not camera.enabled:
        return (speak("Nobody: the camera is disabled."),)
    said = [_sight(camera, access, speak, now)]
    if camera.status == "maintenance" and said[0] != _operators_only(speak):
        said.append(speak("Instead of the live picture it says “under maintenance”."))
    change = next_change(decision, now=now, zone=access.zone)
    if change is not None:
        said.append(speak("This may change at %(time)s.") % {"time": speak.moment(change)})
    return tuple(said)


def _sight(camera: Camera, access: CameraAccess, speak: Wording, now: datetime) -> str:
    decision = camera.decision
    showing = showing_at(decision, now=now, zone=access.zone)
    if decision.cut_off is not None and decision.cut_off.is_on(now):
        return speak("Operators only: the camera is cut off from the public.")
    if showing is Showing.HIDDEN:
        return speak("Operators only: the weekly schedule hides it at this hour.")
    if decision.visibility is Visibility.PRIVATE:
        return _operators_only(speak)
    delay = {"delay": duration(decision.delay_s, speak)}
    if decision.visibility is Visibility.PARTNER:
        return {
            Showing.LIVE: speak("Partners, who see it live; the public does not find it."),
            Showing.DELAYED: speak(
                "Partners, %(delay)s late; the public does not find it.",
            )
            % delay,
            Showing.STILL: speak("Partners, as still pictures; the public does not find it."),
        }[showing]
    return {
        Showing.LIVE: speak("Everybody, live."),
        Showing.DELAYED: speak("Everybody, %(delay)s late.") % delay,
        Showing.STILL: speak("Everybody, as still pictures; no video."),
    }[showing]


def _operators_only(speak: Wording) -> str:
    return speak("Operators of its area only.")
