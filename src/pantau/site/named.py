"""The names by which the API tells settings: those that existing clients know, and our own keys."""

import json
from collections.abc import Mapping
from typing import Final

from pantau.core.errors import Invalid, NotFound
from pantau.site.values import KEYS, MAP_CENTER, Branding, SiteValues, value_of
from pantau.ui.markdown import from_html, rendered

_COVERAGE: Final = "landing.area_coverage"
_KNOWN: Final[Mapping[str, str]] = {
    MAP_CENTER: "map_default_center",
    _COVERAGE: "landing_area_coverage",
    "landing.hero_badge": "landing_hero_badge",
    "landing.section_title": "landing_section_title",
}
_UPLOADED: Final = "pictures."
KEY_OF: Final[Mapping[str, str]] = {
    _KNOWN.get(key, key): key for key in KEYS if not key.startswith(_UPLOADED)
}
"""What can be set through `/api/settings`, by its name there."""
BRAND_KEYS: Final[Mapping[str, str]] = {name: f"branding.{name}" for name in Branding.model_fields}
"""What `/api/branding` sets."""
WATERMARK: Final = frozenset(
    key for name, key in BRAND_KEYS.items() if name.startswith("watermark")
)


def key_named(name: str) -> str:
    """Return the key that `/api/settings` calls so; raises NotFound."""
    try:
        return KEY_OF[name]
    except KeyError as error:
        raise NotFound("site.unknown_key", "There is no such setting.", field="key") from error


def brand_key(name: str) -> str:
    """Return the key that `/api/branding` calls so; raises NotFound."""
    try:
        return BRAND_KEYS[name]
    except KeyError as error:
        raise NotFound("site.unknown_key", "There is no such setting.", field="key") from error


def told_value(values: SiteValues, name: str) -> object:
    """Return what a setting holds, as its clients read it."""
    key = KEY_OF[name]
    if key == _COVERAGE:
        return str(rendered(values.landing.area_coverage))
    return value_of(values, key)


def heard_value(name: str, sent: object) -> object:
    """Return what a client sent, as the setting keeps it.

    The map may come as JSON in a text, and the area text as HTML: that is how clients read them.
    """
    key = key_named(name)
    if key == MAP_CENTER and isinstance(sent, str):
        try:
            return json.loads(sent)
        except ValueError as error:
            raise Invalid("site.value", "This is no JSON.", field="value") from error
    if key == _COVERAGE and isinstance(sent, str):
        return from_html(sent)
    return sent


def written(value: object) -> str:
    """Return a value as clients read it who know texts only."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
