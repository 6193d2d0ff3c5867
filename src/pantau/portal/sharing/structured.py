"""What search engines read of a page beside its words: schema.org as JSON-LD.

A block of data, no script: policies for scripts do not concern it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from pantau.cameras.decisions import Showing
from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.map.points import point_of
from pantau.portal.sharing.links import card_url, embed_url, may_embed
from pantau.portal.tiles import area_url, shown_state, watch_url
from pantau.site.values import Sharing
from pantau.ui.render import Pages

_CONTEXT: Final = "https://schema.org"
_UNSAFE: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_MOST_ITEMS: Final = 60

Thing = Mapping[str, Any]


def data_block(things: Sequence[Thing]) -> Markup:
    """Return the block for the head of a page; no text in it can end it."""
    told = {"@context": _CONTEXT, "@graph": list(things)}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)
    block = f'<script type="application/ld+json">{text}</script>'
    return Markup(block)  # noqa: S704 - no sign in it can end the block


def of_hub(pages: Pages, *, base: str, description: str) -> Sequence[Thing]:
    """Return what the first page says: the site, and how to search it."""
    site = pages.site
    search = {"@type": "EntryPoint", "urlTemplate": f"{base}/?q={{search_term_string}}"}
    return [
        {
            "@type": "WebSite",
            "name": site.name,
            "url": f"{base}/",
            "description": description,
            "image": base + card_url(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": search,
                "query-input": "required name=search_term_string",
            },
        }
    ]


def of_area(
    area_id: int, name: str, cameras: Iterable[PublicCamera], pages: Pages, *, base: str
) -> Sequence[Thing]:
    """Return what an area's page says: where it stands, and its cameras."""
    here = [camera for camera in cameras if camera.area_id == area_id]
    items = [
        {"@type": "ListItem", "position": place, "name": each.name, "url": base + watch_url(each)}
        for place, each in enumerate(here[:_MOST_ITEMS], 1)
    ]
    trail = [(pages.site.name, f"{base}/"), (name, base + area_url(area_id, name))]
    listed = {
        "@type": "ItemList",
        "name": name,
        "numberOfItems": len(here),
        "itemListElement": items,
    }
    return [_trail(trail), listed]


def of_camera(
    camera: PublicCamera, pages: Pages, sharing: Sharing, *, base: str, description: str
) -> Sequence[Thing]:
    """Return what a camera's page says: its picture, whether that moves now, and where it is."""
    video: dict[str, Any] = {
        "@type": "VideoObject",
        "name": camera.name,
        "description": description,
        "url": base + watch_url(camera),
        "thumbnailUrl": [base + card_url(camera.id)],
        "uploadDate": camera.since_at.isoformat(timespec="seconds"),
        "contentLocation": _place(camera),
    }
    if may_embed(sharing):
        video["embedUrl"] = base + embed_url(camera.id)
    is_shown = camera.showing is Showing.LIVE and not camera.delay_s
    if is_shown and shown_state(camera) is LiveState.LIVE:
        video["publication"] = {
            "@type": "BroadcastEvent",
            "name": camera.name,
            "isLiveBroadcast": True,
            "startDate": camera.since_at.isoformat(timespec="seconds"),
        }
    trail = [(pages.site.name, f"{base}/")]
    if camera.area_id is not None and camera.area_name:
        trail.append((camera.area_name, base + area_url(camera.area_id, camera.area_name)))
    trail.append((camera.name, base + watch_url(camera)))
    return [video, _trail(trail)]


def _place(camera: PublicCamera) -> Thing:
    place: dict[str, Any] = {
        "@type": "Place",
        "name": camera.location or camera.area_name or camera.name,
    }
    point = point_of(camera)
    if point is not None:
        place["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": point.latitude,
            "longitude": point.longitude,
        }
    return place


def _trail(steps: Sequence[tuple[str, str]]) -> Thing:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (name, address) in enumerate(steps, 1)
        ],
    }
