"""Site values as existing clients read them, every field named."""

from typing import Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.site.values import Branding, Landing, MapCenter
from pantau.ui.markdown import rendered

Written = Literal["true", "false"]
"""These clients know texts only."""


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicBranding(_Wire):
    """Names, texts and looks of the hub; all of them texts, and plain ones."""

    company_name: str
    company_tagline: str
    company_description: str
    city_name: str
    province_name: str
    hero_title: str
    hero_subtitle: str
    footer_text: str
    copyright_text: str
    meta_title: str
    meta_description: str
    meta_keywords: str
    logo_text: str
    primary_color: str
    show_powered_by: Written
    whatsapp_number: str
    watermark_enabled: Written
    watermark_text: str
    watermark_position: str
    watermark_opacity: str


class BrandingAnswer(_Wire):
    """Answer of `GET /api/branding/public`."""

    success: Literal[True] = True
    data: PublicBranding


class PublicMapCenter(_Wire):
    """Where maps begin."""

    latitude: float
    longitude: float
    zoom: int
    name: str


class MapCenterAnswer(_Wire):
    """Answer of `GET /api/settings/map-center`."""

    success: Literal[True] = True
    data: PublicMapCenter


class PublicLanding(_Wire):
    """Texts of the first page.  `area_coverage` is HTML to its clients, of the harmless kind."""

    area_coverage: str
    hero_badge: str
    section_title: str


class LandingAnswer(_Wire):
    """Answer of `GET /api/settings/landing-page`."""

    success: Literal[True] = True
    data: PublicLanding


def public_branding(branding: Branding) -> PublicBranding:
    """Return what the public reads of `branding`."""
    return PublicBranding(
        company_name=branding.company_name,
        company_tagline=branding.company_tagline,
        company_description=branding.company_description,
        city_name=branding.city_name,
        province_name=branding.province_name,
        hero_title=branding.hero_title,
        hero_subtitle=branding.hero_subtitle,
        footer_text=branding.footer_text,
        copyright_text=branding.copyright_text,
        meta_title=branding.meta_title,
        meta_description=branding.meta_description,
        meta_keywords=branding.meta_keywords,
        logo_text=branding.logo_text or branding.company_name[:1].upper(),
        primary_color=branding.primary_color,
        show_powered_by=_written(branding.show_powered_by),
        whatsapp_number=branding.whatsapp_number,
        watermark_enabled=_written(branding.watermark_enabled),
        watermark_text=branding.watermark_text,
        watermark_position=branding.watermark_position,
        watermark_opacity=f"{branding.watermark_opacity:g}",
    )


def public_map_center(center: MapCenter) -> PublicMapCenter:
    """Return what the public reads of `center`."""
    return PublicMapCenter(
        latitude=center.latitude, longitude=center.longitude, zoom=center.zoom, name=center.name
    )


def public_landing(landing: Landing) -> PublicLanding:
    """Return what the public reads of `landing`."""
    return PublicLanding(
        area_coverage=str(rendered(landing.area_coverage)),
        hero_badge=landing.hero_badge,
        section_title=landing.section_title,
    )


def _written(flag: bool) -> Written:  # noqa: FBT001 - the one thing it turns into text
    return "true" if flag else "false"
