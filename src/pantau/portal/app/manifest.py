"""What browsers are told of the two apps: the portal for everybody, the admin for operators.

Two ids that never change: a browser that knows an app by its id updates it, whatever else changes
(lesson F19).  The page says which of the two it belongs to; no page names both.
"""

import json
from typing import Any, Final

from pantau.site.app_icons import App, Shape
from pantau.ui.i18n import Speech, Texts
from pantau.ui.site import Site

PORTAL_ID: Final = "/"
ADMIN_ID: Final = "/admin"
_SHORT_NAME_CHARS: Final = 12
"""What fits below an icon on a phone."""
_PAPER: Final = "#f6f8f9"
_NIGHT: Final = "#14191b"
_SHAPES: Final[tuple[Shape, ...]] = ("any", "maskable")
_ICON_PX: Final = (192, 512)


def icon_url(app: App, shape: Shape, side_px: int, version: str) -> str:
    """Return the address of an icon; another `version` is another picture."""
    return f"/ikon/{app}-{shape}-{side_px}.png?v={version}"


def portal_manifest(site: Site, speech: Speech, texts: Texts, *, version: str) -> bytes:
    """Return the manifest of the portal, in one language."""
    _ = texts.gettext
    shortcuts = (
        (_("Map"), "/peta"),
        (_("Multi"), "/multi"),
        (_("Favourites"), "/?favourites=1"),
        (_("Status"), "/status"),
    )
    return _json(
        {
            "id": PORTAL_ID,
            "name": site.name,
            "short_name": _short(site.name),
            "description": site.texts[speech.language].meta_description
            or _("Public cameras, live: how the roads and places look right now."),
            "lang": speech.tag,
            "dir": speech.direction,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "theme_color": site.colour,
            "background_color": _PAPER,
            "icons": _icons("portal", version),
            "shortcuts": [{"name": name, "url": url} for name, url in shortcuts],
            "prefer_related_applications": False,
        }
    )


def admin_manifest(site: Site, speech: Speech, texts: Texts, *, version: str) -> bytes:
    """Return the manifest of the admin, in one language."""
    _ = texts.gettext
    return _json(
        {
            "id": ADMIN_ID,
            "name": _("%(name)s – admin") % {"name": site.name},
            "short_name": _("Admin"),
            "lang": speech.tag,
            "dir": speech.direction,
            "start_url": "/admin",
            "scope": "/admin",
            "display": "standalone",
            "theme_color": _NIGHT,
            "background_color": _PAPER,
            "icons": _icons("admin", version),
            "prefer_related_applications": False,
        }
    )


def _icons(app: App, version: str) -> list[dict[str, str]]:
    return [
        {
            "src": icon_url(app, shape, side_px, version),
            "sizes": f"{side_px}x{side_px}",
            "type": "image/png",
            "purpose": shape,
        }
        for shape in _SHAPES
        for side_px in _ICON_PX
    ]


def _short(name: str) -> str:
    """Return the words of a name that fit; a word that is longer alone is cut."""
    short = ""
    for word in name.split():
        if len(f"{short} {word}".strip()) > _SHORT_NAME_CHARS:
            break
        short = f"{short} {word}".strip()
    return short or name[:_SHORT_NAME_CHARS]


def _json(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode()
