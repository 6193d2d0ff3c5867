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
    "map-page.css": ("tokens.css", "base.css", "portal.css", "map.css"),
    "multi-page.css": ("tokens.css", "base.css", "portal.css", "player.css", "multi.css"),
    "offline-page.css": ("tokens.css", "offline.css"),
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
    "recordings-list.css": ("tokens.css", "base.css", "portal.css", "films.css"),
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
    "camera_wall",
    "favourites",
    "island",
    "map_base",
    "map_cameras",
    "map_clusters",
    "map_desk",
    "map_distances",
    "map_finder",
    "map_ground",
    "map_marks",
    "map_places",
    "map_position",
    "map_sheet",
    "map_view",
    "multi_changes",
    "multi_device",
    "multi_drag",
    "multi_finder",
    "multi_kiosk",
    "multi_set",
    "multi_sound",
    "multi_stage",
    "multi_tiles",
    "multi_view",
    "pantau_player",
    "picker_map",
    "picture_file",
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
    "player_after",
    "player_clock",
    "player_core",
    "player_face",
    "player_faults",
    "player_gestures",
    "player_keys",
    "player_paths",
    "player_screen",
    "player_source",
    "player_stills",
    "player_tools",
    "player_turn",
    "player_video",
    "player_zoom",
    "polling",
    "portal_map",
    "session_renewal",
    "share_sheet",
    "theme_switch",
    "update_bar",
    "viewing",
    "wall_find",
    "wall_finder",
    "wall_found",
    "wall_fresh",
    "wall_keys",
    "wall_near",
    "wall_pages",
    "wall_stills",
    "wall_tiles",
    "watch_capture",
    "watch_news",
)
_SCRIPTS: Final = {
    "js/player.js": (
        "pantau/player_faults",
        "pantau/player_core",
        "pantau/player_face",
        "pantau/player_video",
        "pantau/player_paths",
        "pantau/pantau_player",
    ),
    "js/player_later.js": ("pantau/player_clock", "pantau/player_after"),
    "js/player_kit.js": (
        "pantau/player_turn",
        "pantau/player_zoom",
        "pantau/player_screen",
        "pantau/player_gestures",
        "pantau/player_keys",
        "pantau/player_tools",
    ),
    # What every page begins with.  Parts that are brought later, on intent, are files of their own;
    # a part comes after those that it imports.
    "js/page.js": (
        "pantau/island",
        "pantau/favourites",
        "pantau/theme_switch",
        "pantau/polling",
    ),
    "js/wall.js": ("pantau/wall_tiles", "pantau/wall_fresh", "pantau/camera_wall"),
    "js/map.js": ("pantau/map_cameras", "pantau/portal_map"),
    "js/map_tools.js": (
        "pantau/map_distances",
        "pantau/map_sheet",
        "pantau/map_finder",
        "pantau/map_position",
        "pantau/map_desk",
    ),
    "js/map_drawing.js": (
        "pantau/map_clusters",
        "pantau/map_marks",
        "pantau/map_ground",
        "pantau/map_view",
    ),
    "js/multi.js": (
        "pantau/multi_set",
        "pantau/multi_tiles",
        "pantau/multi_device",
        "pantau/multi_stage",
        "pantau/multi_changes",
        "pantau/multi_view",
    ),
}
_MODULES: Final = {
    **{f"pantau/{name}": f"js/{name}.js" for name in _OWN_MODULES},
    "hls.js/light": "vendor/hls.light.min.mjs",
    "leaflet": "vendor/leaflet.min.mjs",
    "leaflet/styles": "vendor/leaflet.css",
}


def read_assets(shelf: Path | None = None, *, folder: Path | None = None) -> Assets:
    """Read the files of this build; costs a tenth of a second, once per process.

    `shelf` is the folder with those of earlier builds; `folder` holds another build than ours.
    """
    with as_file(files("pantau.ui").joinpath("static")) as own:
        return Assets(
            folder or own, bundles=_BUNDLES, modules=_MODULES, scripts=_SCRIPTS, shelf=shelf
        )
