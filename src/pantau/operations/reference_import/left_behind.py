"""Tables of the reference that are not brought, each with its reason."""

from collections.abc import Mapping
from typing import Final

_LATER: Final = "Pantau has nothing for it yet; import again when it has"
_UNUSED: Final = "the old server never used it"
_TRANSIENT: Final = "it held for a moment of the old server only"

LEFT_BEHIND: Final[Mapping[str, str]] = {
    "api_keys": "keys are made anew, with scopes and an end",
    "banner_ads": _UNUSED,
    "failed_remux_files": _TRANSIENT,
    "login_attempts": _TRANSIENT,
    "recording_segments": _LATER,
    "recordings": _UNUSED,
    "restart_logs": _LATER,
    "token_blacklist": "sessions of the old server mean nothing here",
    "viewer_sessions": "who is watching now is counted anew; past views stand in the history",
}
LEFT_BEHIND_OTHERWISE: Final = "not a table of the reference"
