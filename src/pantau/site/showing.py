"""Site values as pages show them."""

from pantau.site.colours import OWN_HUE, Theme, theme_of
from pantau.site.pictures import picture_path
from pantau.site.service import SiteService
from pantau.site.theme import theme_path
from pantau.site.values import SiteValues
from pantau.ui.i18n import Language, languages
from pantau.ui.markdown import rendered
from pantau.ui.site import Site, SiteTexts, Watermark

_OWN_THEME = Theme(hue=OWN_HUE, chroma=0.09)


class ShownSite:
    """What the site says at this moment, made again only when it has become another.  Loop only."""

    def __init__(self, site: SiteService) -> None:
        self._site = site
        self._of = site.now()
        self._shown = shown(self._of, site)

    def __call__(self) -> Site:
        """Return it."""
        values = self._site.now()
        if values is not self._of:
            self._shown = shown(values, self._site)
            self._of = values
        return self._shown


def shown(values: SiteValues, site: SiteService) -> Site:
    """Return `values` as pages show them."""
    branding, center = values.branding, values.map_center
    donation = values.donation
    name = branding.company_name or site.defaults.branding.company_name
    theme = theme_of(branding.primary_color)
    return Site(
        name=name,
        place=", ".join(filter(None, (branding.city_name, branding.province_name))),
        zone=site.zone(),
        map_tiles=values.map.tiles,
        map_credit=values.map.credit,
        map_start=f"{center.latitude:.6g},{center.longitude:.6g},{center.zoom}",
        logo=picture_path(values.pictures.logo),
        icon=picture_path(values.pictures.icon, "png"),
        letters=_letters(values, name),
        theme="" if theme == _OWN_THEME else theme_path(theme),
        colour=branding.primary_color,
        has_app=values.app.offered,
        keywords=branding.meta_keywords,
        rights=branding.copyright_text,
        phone=branding.whatsapp_number,
        phone_url=phone_url(branding.whatsapp_number),
        says_powered=branding.show_powered_by,
        watermark=_watermark(values),
        takes_messages=values.community.feedback_enabled,
        donation=donation.link if donation.enabled else "",
        leaderboard=donation.leaderboard_link if donation.enabled and donation.link else "",
        texts={language: _texts(values, language, name) for language in languages()},
    )


def phone_url(number: str) -> str:
    """Return where a chat with `number` begins; empty for none."""
    digits = "".join(letter for letter in number if letter.isdigit())
    # Written as people in the country dial it; WhatsApp wants the country first.
    international = f"62{digits[1:]}" if digits.startswith("0") else digits
    return f"https://wa.me/{international}" if digits else ""


def _letters(values: SiteValues, name: str) -> str:
    """Return the letters that somebody chose; those of the name are less than our mark."""
    letters = values.branding.logo_text
    return "" if letters == name[:1].upper() else letters


def _watermark(values: SiteValues) -> Watermark | None:
    branding = values.branding
    if not branding.watermark_enabled:
        return None
    return Watermark(
        text=branding.watermark_text or branding.company_name,
        position=branding.watermark_position,
        opacity=branding.watermark_opacity,
    )


def _more_than(name: str, title: str) -> str:
    """Return a title that says more than the name, which pages show anyway."""
    return "" if title == name else title


def _texts(values: SiteValues, language: Language, name: str) -> SiteTexts:
    branding, landing, english = values.branding, values.landing, values.english

    def said(own: str, translated: str) -> str:
        first, second = (translated, own) if language == "en" else (own, translated)
        return first or second

    return SiteTexts(
        tagline=said(branding.company_tagline, english.company_tagline),
        description=said(branding.company_description, english.company_description),
        hero_title=_more_than(name, said(branding.hero_title, english.hero_title)),
        hero=rendered(said(branding.hero_subtitle, english.hero_subtitle)),
        coverage=rendered(said(landing.area_coverage, english.area_coverage)),
        badge=said(landing.hero_badge, english.hero_badge),
        section=said(landing.section_title, english.section_title),
        footer=said(branding.footer_text, english.footer_text),
        meta_title=_more_than(name, said(branding.meta_title, english.meta_title)),
        meta_description=said(branding.meta_description, english.meta_description),
    )
