"""Where somebody may be sent after signing in: to pages of the admin and nowhere else."""

from typing import Final
from urllib.parse import urlsplit

HOME: Final = "/admin"
SIGN_IN: Final = "/admin/sign-in"
SECOND_FACTOR: Final = "/admin/second-factor"
WELCOME: Final = "/admin/welcome"
SIGN_IN_PAGES: Final = frozenset({SIGN_IN, SECOND_FACTOR, WELCOME})
"""Paths whose forms sign somebody in, for the throttle."""
_LONGEST: Final = 1000


def own_path(wanted: str) -> str:
    """Return `wanted` if it is a page of the admin, else the overview.

    Browsers read a backslash as a slash and skip control characters: what looks like a path may
    lead elsewhere.
    """
    if len(wanted) > _LONGEST or not wanted.isascii() or not wanted.isprintable():
        return HOME
    if "\\" in wanted or " " in wanted:
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    is_elsewhere = bool(parts.scheme or parts.netloc) or wanted.startswith("//")
    is_admin = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    return wanted if is_admin and not is_elsewhere and ".." not in parts.path else HOME
