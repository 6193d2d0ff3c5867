"""Changing what the site says: all or nothing, on the record, true at once where it was done."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from pantau.audit.actors import Actor
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.core.pictures import icon, reencoded
from pantau.db.database import Database, Writing
from pantau.site import pictures
from pantau.site.service import SiteService
from pantau.site.values import SiteValues, value_of

LOGO_PX: Final = 512
ICON_PX: Final = 512
SMALL_ICON_PX: Final = 192
_LOGO: Final = ("pictures.logo",)
_ICONS: Final = ("pictures.icon", "pictures.small_icon")


class SiteEditing:
    """What admins do to the site; whoever calls it has looked who asks.  Loop only."""

    def __init__(self, database: Database, site: SiteService, *, trail: AuditTrail) -> None:
        self.site: Final = site
        self._database = database
        self._trail = trail

    async def save(
        self,
        values: Mapping[str, object],
        *,
        by: Actor,
        action: AdminAction = AdminAction.SETTINGS_UPDATED,
        target: str = "settings",
        descriptions: Mapping[str, str] | None = None,
    ) -> SiteValues:
        """Set `values` and return everything as it is then; nothing is set when one is refused.

        Raises NotFound for a key that there is not, and Invalid for a value its rules refuse.
        """
        async with self._database.write() as writing:
            before = await self.site.within(writing)
            kept = await self.site.put(
                writing, values, updated_by=by.user_id, descriptions=descriptions
            )
            await self._trail.record(
                writing,
                by,
                action,
                target=target,
                before={key: value_of(before, key) for key in kept},
                after=kept,
            )
        return await self.site.values()

    async def reset(
        self, keys: Collection[str], *, by: Actor, action: AdminAction, target: str
    ) -> SiteValues:
        """Have the defaults hold again for `keys`; return everything as it is then."""
        async with self._database.write() as writing:
            before = await self.site.within(writing)
            await self.site.forget(writing, keys)
            await self._trail.record(
                writing,
                by,
                action,
                target=target,
                before={key: value_of(before, key) for key in keys},
                after={key: value_of(self.site.defaults, key) for key in keys},
            )
        return await self.site.values()

    async def show_logo(self, data: bytes, *, by: Actor) -> None:
        """Show an uploaded picture as the logo; raises Invalid for one that is none."""
        logo = await asyncio.to_thread(reencoded, data, field="logo", most_px=LOGO_PX)
        async with self._database.write() as writing:
            await self._replace(writing, {_LOGO[0]: await pictures.keep(writing, logo)}, by)
        await self.site.values()

    async def show_icon(self, data: bytes, *, by: Actor) -> None:
        """Show an uploaded picture as the icon of tabs and apps; raises Invalid as above."""
        large = await asyncio.to_thread(icon, data, field="icon", side_px=ICON_PX)
        small = await asyncio.to_thread(icon, data, field="icon", side_px=SMALL_ICON_PX)
        async with self._database.write() as writing:
            keys = [await pictures.keep(writing, each) for each in (large, small)]
            await self._replace(writing, dict(zip(_ICONS, keys, strict=True)), by)
        await self.site.values()

    async def take_down_logo(self, *, by: Actor) -> None:
        """Show our logo again."""
        await self._take_down(_LOGO, by)

    async def take_down_icon(self, *, by: Actor) -> None:
        """Show our icon again."""
        await self._take_down(_ICONS, by)

    async def _take_down(self, names: Collection[str], by: Actor) -> None:
        async with self._database.write() as writing:
            await self._replace(writing, dict.fromkeys(names, ""), by)
        await self.site.values()

    async def _replace(self, writing: Writing, keys: Mapping[str, str], by: Actor) -> None:
        values = await self.site.within(writing)
        before = {name: value_of(values, name) for name in keys}
        for old in before.values():
            if old:
                await pictures.drop(writing, str(old))
        kept = await self.site.put(writing, keys, updated_by=by.user_id)
        await self._trail.record(
            writing,
            by,
            AdminAction.BRANDING_UPDATED,
            target="branding (pictures)",
            before=before,
            after=kept,
        )
