"""What the relay may take up, and how long it is patient."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """All of it, for one camera."""

    most_playlist_bytes: int = 1024 * 1024
    playlist_timeout_s: float = 8.0
    """For all attempts together."""
    bridged_wait_s: float = 3.0
    """How long viewers wait for a newer playlist where the last good one may be served."""
    bridged_s: float = 30.0
    """How long the last good playlist is served while there is no newer one."""
    multivariant_bridged_s: float = 600.0
    """The same for one that only names others, which never changes."""
    multivariant_fresh_s: float = 15.0
    ended_fresh_s: float = 15.0
    longest_fresh_s: float = 3.0
    """For playlists that grow; half a segment where that is less."""
    blocking_fresh_s: float = 0.4
    unknown_every_s: float = 1.0
    """How often names that nobody knows make us read the playlists again."""
