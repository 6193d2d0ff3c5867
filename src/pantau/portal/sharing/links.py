"""How a camera is handed on: its link, its QR code, its picture for chats, its frame for others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

from pantau.cameras.models import PublicCamera
from pantau.portal.tiles import playback_url, watch_url
from pantau.site.values import Sharing, SiteValues

EMBED_PREFIX: Final = "/sematkan/"
QR_PREFIX: Final = "/qr/"
CARD_PREFIX: Final = "/kartu/"
HUB_CARD: Final = "hub"
"""The name of the picture of the hub itself, where cameras have their numbers."""
FRAME_WIDTH_PX: Final = 640
FRAME_HEIGHT_PX: Final = 454
"""Sixteen to nine and the bar below; taller where a narrow frame wraps the name."""

Rules = Callable[[], SiteValues]
"""What the operator says at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the share sheet offers; `portal/_share.html` draws it."""

    title: str
    address: str
    """The camera's own page, as a path."""
    url: str
    """The same as it is copied: whole where the hub knows its address."""
    qr: str
    footage: str = ""
    """The page on which a moment can be named with `?t=`; empty where nothing is recorded."""
    frame: str = ""
    """The code for pages of others; empty where nobody may show the camera."""


def share_of(camera: PublicCamera, sharing: Sharing, *, public_url: str = "") -> Share:
    """Return how `camera` is handed on."""
    address = watch_url(camera)
    footage = playback_url(camera.id, camera.slug) if camera.enable_recording else ""
    return Share(
        title=camera.name,
        address=address,
        url=public_url + address,
        qr=qr_url(camera.id),
        footage=footage,
        frame=frame_code(camera, base=public_url) if may_embed(sharing) else "",
    )


def may_embed(sharing: Sharing) -> bool:
    """Tell whether any other site may show cameras."""
    return sharing.embed == "everybody" or (sharing.embed == "listed" and bool(sharing.origins))


def ancestors_of(sharing: Sharing) -> str:
    """Return who may frame the embed page, as `frame-ancestors` says it."""
    if not may_embed(sharing):
        return "'none'"
    return "*" if sharing.embed == "everybody" else " ".join(sharing.origins)


def embed_url(camera_id: int) -> str:
    """Return the page for frames of other sites."""
    return f"{EMBED_PREFIX}{camera_id}"


def qr_url(camera_id: int) -> str:
    """Return the QR code of the camera's page; with `?t=`, of its footage at that moment."""
    return f"{QR_PREFIX}{camera_id}.svg"


def card_url(camera_id: int | None = None) -> str:
    """Return the picture that chats show for a camera, or for the hub."""
    return f"{CARD_PREFIX}{HUB_CARD if camera_id is None else camera_id}.jpg"


def frame_code(
    camera: PublicCamera,
    *,
    base: str,
    width_px: int = FRAME_WIDTH_PX,
    height_px: int = FRAME_HEIGHT_PX,
) -> str:
    """Return the HTML that shows the camera on another page."""
    return (
        f'<iframe src="{escape(base)}{embed_url(camera.id)}" title="{escape(camera.name)}" '
        f'width="{width_px}" height="{height_px}" loading="lazy" frameborder="0" '
        'allow="fullscreen; picture-in-picture" '
        'referrerpolicy="strict-origin-when-cross-origin" allowfullscreen></iframe>'
    )
