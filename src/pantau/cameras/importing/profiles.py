"""Profiles: what a catalogue's cameras are like, where its rows do not say so themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import Visibility
from pantau.cameras.importing.candidates import Format
from pantau.core.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Defaults of one sort of catalogue."""

    name: str
    title: str
    """For people, in English; pages translate it."""
    kind: SourceKind | None = None
    """What every address speaks; None: each row by itself."""
    relay: bool = True
    """HLS alone: whether the web process passes it on instead of the engine pulling it."""
    on_demand: bool = True
    visibility: Visibility = Visibility.PUBLIC
    same_name: Literal["warn", "skip", "update"] = "warn"
    warning: str = ""
    """Said of every row."""


_ALL: Final = (
    Profile(name="generic", title="Any catalogue"),
    Profile(name="hls", title="Public HLS", kind=SourceKind.HLS),
    Profile(name="mjpeg", title="MJPEG", kind=SourceKind.MJPEG),
    Profile(name="embed", title="Pages to be framed", kind=SourceKind.EMBED, relay=False),
    Profile(
        name="zoneminder",
        title="ZoneMinder or MJPEG with a token",
        kind=SourceKind.MJPEG,
        # The token is part of the address: a camera is known by its name when it has a new one.
        same_name="update",
        warning="The address carries a token that expires; import the catalogue again when it has.",
    ),
    Profile(name="flv", title="FLV behind a player page", kind=SourceKind.FLV, relay=False),
    Profile(
        name="private-rtsp",
        title="Own RTSP cameras, live only",
        kind=SourceKind.RTSP,
        relay=False,
        visibility=Visibility.PRIVATE,
    ),
    Profile(
        name="mediamtx", title="MediaMTX configuration", relay=False, visibility=Visibility.PRIVATE
    ),
    Profile(
        name="frigate", title="Frigate configuration", relay=False, visibility=Visibility.PRIVATE
    ),
    Profile(name="pantau", title="Export of Pantau", relay=False),
)
PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in _ALL}
_OF_FORMAT: Final[Mapping[Format, str]] = {
    Format.JSON: "generic",
    Format.CSV: "generic",
    Format.M3U: "generic",
    Format.MEDIAMTX: "mediamtx",
    Format.FRIGATE: "frigate",
    Format.ONVIF: "private-rtsp",
    Format.OWN: "pantau",
}


def profile_of(name: str, format_: Format) -> Profile:
    """Return the profile of that name, or that of the format; raises Invalid for an unknown one."""
    if not name:
        return PROFILES[_OF_FORMAT[format_]]
    profile = PROFILES.get(name)
    if profile is None:
        known = ", ".join(PROFILES)
        raise Invalid(
            "import.profile", f"There is no such profile. Known are {known}.", field="profile"
        )
    return profile
