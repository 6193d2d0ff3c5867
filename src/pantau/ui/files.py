"""The static files of our pages: which are joined, and by which names scripts import each other."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from pantau.web.assets import Assets

_BUNDLES: Final = {
    # One file for each kind of public page: a slow network pays for every request.
    "portal-page.css": ("tokens.css", "base.css", "portal.css"),
    "wall-page.css": ("tokens.css", "base.css", "portal.css", "wall.css"),
    "watch-page.css": (
        "tokens.css",
        "base.css",
        "portal.css",
        "player.css",
        "watch.css",
        "share.css",
    ),
    # For a camera in a frame of another site.
    "embed-page.css": ("tokens.css", "base.css", "player.css", "embed.css"),
    "playback-page.css": (
        "tokens.css",
        "base.css",
        "portal.css",
        "player.css",
        "watch.css",
        "share.css",
        "playback.css",
    ),
    "link-page.css": ("tokens.css", "base.css", "portal.css", "link.css"),
    "admin-page.css": ("tokens.css", "base.css", "admin.css"),
    # For the pages about cameras alone, after the one above.
    "cameras-page.css": ("cameras.css", "player.css"),
    # For the pages about recordings, which share parts of the form with the one above.
    "recordings-page.css": ("cameras.css", "recordings.css"),
    # For the admin's pages about health.
    "health-page.css": ("health.css",),
    "status-page.css": ("tokens.css", "base.css", "portal.css", "health.css", "status.css"),
    "settings-page.css": ("settings.css",),
    # For a first page on which the operator says something.
    "about-page.css": ("about.css",),
    # For the admin's pages with figures, and for the one with all of them.
    "charts-page.css": ("charts.css",),
    "analytics-page.css": ("charts.css", "analytics.css"),
}
_OWN_MODULES: Final = (
    "app_shell",
    "favourites",
    "island",
    "map_places",
    "picker_map",
    "playback_actions",
    "playback_band",
    "playback_capture",
    "playback_clock",
    "playback_course",
    "playback_hand",
    "playback_page",
    "playback_paths",
    "playback_peek",
    "playback_player",
    "playback_playlist",
    "playback_programmes",
    "playback_reel",
    "playback_runs",
    "playback_sheets",
    "player_abilities",
    "player_clock",
    "player_core",
    "player_face",
    "player_faults",
    "player_frames",
    "player_paths",
    "player_stills",
    "polling",
    "session_renewal",
    "share_sheet",
    "theme_switch",
    "update_bar",
    "viewing",
    "wall_find",
    "wall_finder",
    "wall_keys",
    "wall_near",
    "wall_pages",
    "wall_stills",
    "wall_tiles",
)
_SCRIPTS: Final = {
    # What every page begins with.  Parts that are brought later, on intent, are files of their own;
    # a part comes after those that it imports.
    "js/page.js": ("pantau/island", "pantau/favourites", "pantau/theme_switch"),
}
_MODULES: Final = {
    **{f"pantau/{name}": f"js/{name}.js" for name in _OWN_MODULES},
    "hls.js/light": "vendor/hls.light.min.mjs",
    "leaflet": "vendor/leaflet.min.mjs",
    "leaflet/styles": "vendor/leaflet.css",
}


def read_assets(shelf: Path | None = None) -> Assets:
    """Read the files of this build; costs a tenth of a second, once per process.

    `shelf` is the folder with those of earlier builds.
    """
    with as_file(files("pantau.ui").joinpath("static")) as folder:
        return Assets(folder, bundles=_BUNDLES, modules=_MODULES, scripts=_SCRIPTS, shelf=shelf)
