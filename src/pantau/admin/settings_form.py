"""A section of settings as its form holds it: what is shown, what was typed, what changed."""

from collections.abc import Iterable, Mapping
from typing import Final

from pantau.admin.coordinates import typed_coordinates
from pantau.admin.settings_fields import Asked, Group
from pantau.admin.typed import Typed
from pantau.core.errors import Invalid
from pantau.site.named import written
from pantau.site.service import allowed
from pantau.site.values import MAP_CENTER, SiteValues, value_of

CENTER: Final = ("latitude", "longitude", "zoom", "center_name")


def shown_values(groups: Iterable[Group], values: SiteValues) -> dict[str, str]:
    """Return what the fields hold, by key; an empty text for a switch that is off."""
    shown = {}
    for asked in _every(groups):
        value = value_of(values, asked.key)
        shown[asked.key] = ("1" if value else "") if isinstance(value, bool) else written(value)
    center = values.map_center
    shown |= {
        "latitude": f"{center.latitude:.6g}",
        "longitude": f"{center.longitude:.6g}",
        "zoom": str(center.zoom),
        "center_name": center.name,
    }
    return shown


def typed_values(groups: Iterable[Group], typed: Typed) -> dict[str, str]:
    """Return what was typed into them, by key."""
    found = {
        asked.key: ("1" if typed.is_checked(asked.key) else "")
        if asked.kind == "flag"
        else typed.text(asked.key, most=2 * asked.most + 100)
        for asked in _every(groups)
    }
    latitude, longitude = typed_coordinates(
        typed.text("latitude", most=500), typed.text("longitude", most=500)
    )
    found |= {
        "latitude": latitude,
        "longitude": longitude,
        "zoom": typed.text("zoom"),
        "center_name": typed.text("center_name", most=500),
    }
    return found


def changes(
    groups: Iterable[Group], texts: Mapping[str, str], values: SiteValues, *, has_center: bool
) -> tuple[dict[str, object], dict[str, tuple[str, ...]]]:
    """Return what differs from `values`, and what is wrong, by field."""
    changed: dict[str, object] = {}
    wrong: dict[str, tuple[str, ...]] = {}
    for asked in _every(groups):
        text = texts[asked.key]
        try:
            value = allowed(asked.key, _sent(asked, text))
        except Invalid:
            wrong[asked.key] = (asked.wrong,)
            continue
        if value != value_of(values, asked.key):
            changed[asked.key] = value
    if has_center:
        center = {name.removeprefix("center_"): texts[name] for name in CENTER}
        try:
            value = allowed(MAP_CENTER, center)
        except Invalid:
            wrong["map_center"] = ("",)
        else:
            if value != value_of(values, MAP_CENTER):
                changed[MAP_CENTER] = value
    return changed, wrong


def _sent(asked: Asked, text: str) -> object:
    if asked.kind == "flag":
        return bool(text)
    # People in Indonesia write 0,9.
    return text.replace(",", ".") if asked.kind == "number" else text


def _every(groups: Iterable[Group]) -> Iterable[Asked]:
    return (asked for group in groups for asked in group.fields)
