"""What the operator says of the hub: how it is shown and changed."""

from urllib.parse import urlsplit

from pantau.app.foundation import Foundation
from pantau.site.editing import SiteEditing
from pantau.site.pictures import PREFIX as PICTURES
from pantau.site.pictures import PictureRoute
from pantau.site.service import SiteService
from pantau.site.showing import ShownSite
from pantau.site.theme import PREFIX as THEMES
from pantau.site.theme import serve_theme
from pantau.web.exchange import Route
from pantau.web.headers import PageSources, SecurityHeaders


def shown_site(base: Foundation) -> ShownSite:
    """Return what pages say of the hub."""
    return ShownSite(base.site)


def site_files(base: Foundation) -> dict[str, Route]:
    """Return the prefix routes of pictures and colours."""
    pictures = PictureRoute(base.database)
    return {
        PICTURES: Route(pictures.handle, cross_origin=True, limit="misses"),
        THEMES: Route(serve_theme, limit="misses"),
    }


def site_editing(base: Foundation) -> SiteEditing:
    """Return what admins change the site with."""
    return SiteEditing(base.database, base.site, trail=base.trail)


def allow_tiles(site: SiteService, headers: SecurityHeaders, sources: PageSources) -> None:
    """Let pages load map tiles from where the operator says, and from another place later."""

    def allow() -> None:
        images = (*sources.images, *_tile_origins(site.now().map.tiles))
        headers.use(PageSources(images=images, media=sources.media, scripts=sources.scripts))

    allow()
    site.on_change(allow)


def _tile_origins(tiles: str) -> tuple[str, ...]:
    parts = urlsplit(tiles)
    # Browsers are told whole hosts: those of tile services are often numbered ({s}).
    host = parts.netloc.replace("{s}", "*")
    return (f"{parts.scheme}://{host}",) if host else ()
