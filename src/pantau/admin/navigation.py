"""Which pages the admin has, in the order of its menu: a page is one line here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pantau.web.principal import ROLES, Role

_ALL: Final = frozenset(ROLES)
_ADMINS: Final[frozenset[Role]] = frozenset({"admin"})
_RUNNERS: Final[frozenset[Role]] = frozenset({"admin", "operator"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    path: str
    icon: str
    label: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together, under a heading."""

    heading: str
    entries: tuple[Entry, ...]


def menu(role: Role | None, _: Callable[[str], str]) -> Sequence[Group]:
    """Return what somebody in that role finds in the menu."""
    groups = (
        Group(
            _("Watching"),
            (
                Entry("/admin", "home", _("Overview"), _ALL),
                Entry("/admin/health", "pulse", _("Health"), _ALL),
            ),
        ),
        Group(
            _("Cameras and areas"),
            (
                Entry("/admin/cameras", "cam", _("Cameras"), _ALL),
                Entry("/admin/recordings", "disk", _("Recordings"), _ALL),
                Entry("/admin/areas", "pin", _("Areas"), _ALL),
                Entry("/admin/media-server", "server", _("Media server"), _ADMINS),
            ),
        ),
        Group(
            _("Visitors"),
            (
                Entry("/admin/analytics", "chart", _("Analytics"), _ALL),
                Entry("/admin/feedback", "mail", _("Feedback"), _RUNNERS),
                Entry("/admin/announcements", "bell", _("Announcements"), _ALL),
                Entry("/admin/sponsors", "heart", _("Sponsors"), _ADMINS),
            ),
        ),
        Group(
            _("People and access"),
            (
                Entry("/admin/users", "people", _("Users"), _ADMINS),
                Entry("/admin/sessions", "device", _("Sessions"), _ADMINS),
                Entry("/admin/api-keys", "key", _("API keys"), _ADMINS),
                Entry("/admin/playback-tokens", "film", _("Playback access"), _RUNNERS),
                Entry("/admin/audit", "log", _("Audit trail"), _ADMINS),
            ),
        ),
        Group(
            _("The hub"),
            (
                Entry("/admin/settings", "gear", _("Settings"), _ALL),
                Entry("/admin/alerts", "warn", _("Alerts"), _ADMINS),
                Entry("/admin/backups", "save", _("Backups"), _ADMINS),
                Entry("/admin/performance", "pulse", _("Performance"), _ADMINS),
                Entry("/admin/releases", "again", _("Releases"), _ADMINS),
            ),
        ),
    )
    shown = (
        Group(group.heading, tuple(each for each in group.entries if role in each.roles))
        for group in groups
    )
    return [group for group in shown if group.entries]


def is_open(entry_path: str, path: str) -> bool:
    """Tell whether `path` is the page of a line of the menu, or one below it."""
    is_home = entry_path == "/admin"
    return path == entry_path or (not is_home and path.startswith(f"{entry_path}/"))
