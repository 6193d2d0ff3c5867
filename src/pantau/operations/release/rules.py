"""The targets of the decision matrix; all numbers are settings (`[release]`)."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from pantau.settings.release import ReleaseSettings

Rules: TypeAlias = ReleaseSettings

TIMED: Final = ("list", "stream", "login", "playlist")
"""Endpoints whose times have a target, as vitals call them."""
HOUR_S: Final = 3600.0
DAY_S: Final = 86_400.0


def targets_ms(rules: Rules) -> Mapping[str, float]:
    """Return the target of each timed endpoint."""
    return {
        "list": rules.list_ms,
        "stream": rules.stream_ms,
        "login": rules.login_ms,
        "playlist": rules.playlist_ms,
    }
