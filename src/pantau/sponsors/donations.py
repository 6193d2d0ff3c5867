"""Where visitors may give money: read and set, on the record."""

from collections.abc import Mapping
from typing import Final

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.core.errors import Invalid
from pantau.site.editing import SiteEditing
from pantau.site.values import Donation

_LINK: Final = "donation.link"
_ENABLED: Final = "donation.enabled"
_NAMES: Final[Mapping[str, str]] = {
    "saweria_link": _LINK,
    "leaderboard_link": "donation.leaderboard_link",
    "enabled": _ENABLED,
}
"""What clients call the values of the site."""


class Donations:
    """The operator's own donation page, or none: nobody else's is ever shown."""

    def __init__(self, editing: SiteEditing) -> None:
        self._editing = editing

    async def now(self) -> Donation:
        """Return what is set."""
        return (await self._editing.site.values()).donation

    async def change(self, given: Mapping[str, object], *, by: Actor) -> Donation:
        """Change what is given, by the names of clients; raises Invalid with the field."""
        if not given:
            raise Invalid("saweria.nothing", "Name at least one field.", field="body")
        values = {_NAMES[name]: value for name, value in given.items()}
        before = await self.now()
        is_enabled = values.get(_ENABLED, before.enabled)
        if is_enabled and not str(values.get(_LINK, before.link)).strip():
            raise Invalid(
                "saweria.no_link", "Write the address of the page first.", field="saweria_link"
            )
        after = await self._editing.save(
            values,
            by=by,
            action=AdminAction.SAWERIA_SETTINGS_UPDATED,
            target="donation page",
        )
        return after.donation
