"""The portal as an app: the operator's icon comes out of the database."""

from pantau.app.foundation import Foundation
from pantau.portal.app.shell import AppShell
from pantau.site.pictures import find
from pantau.ui.render import Pages
from pantau.web.assets import Assets


def app_shell_of(base: Foundation, pages: Pages, assets: Assets) -> AppShell:
    """Return what answers for worker, manifests and icons."""

    async def own_icon() -> bytes | None:
        key = base.site.now().pictures.icon
        if not key:
            return None
        async with base.database.read() as reading:
            picture = await find(reading, key)
        return None if picture is None else picture.data

    return AppShell(pages, assets, own_icon)
