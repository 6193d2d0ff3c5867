"""Cameras in a configuration of MediaMTX: its paths that pull something."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pantau.cameras.importing.candidates import RawRow

_NOT_CAMERAS: Final = frozenset({"all", "all_others"})
_VARIABLE: Final = re.compile(r"\$\{?[A-Za-z_]|\$[GM]\d|MTX_[A-Z]")


def is_mediamtx(found: Mapping[object, object]) -> bool:
    """Tell whether this is such a configuration."""
    return isinstance(found.get("paths"), Mapping) and not isinstance(found.get("cameras"), Mapping)


def rows(found: Mapping[object, object]) -> Sequence[RawRow]:
    """Return one row per path."""
    paths, defaults = found.get("paths"), found.get("pathDefaults")
    if not isinstance(paths, Mapping):
        return ()
    common = dict(defaults) if isinstance(defaults, Mapping) else {}
    return [
        _row(number, str(name), conf, common)
        for number, (name, conf) in enumerate(paths.items(), 1)
    ]


def _row(number: int, name: str, conf: object, common: Mapping[object, object]) -> RawRow:
    named = {"name": name}
    if name.startswith("~") or name in _NOT_CAMERAS:
        what = "many names (a regular expression)" if name.startswith("~") else "all other names"
        return RawRow(number, named, skipped=f"A path for {what} is no camera.")
    if not isinstance(conf, Mapping | None) and conf != "":
        return RawRow(number, named, refused="This path has no settings that can be read.")
    values = {**common, **(conf or {})} if isinstance(conf, Mapping) else common
    source = values.get("source", "publisher")
    if source in ("", "publisher", "redirect"):
        what = "This path waits for somebody who sends; it pulls nothing."
        return RawRow(number, named, skipped=what)
    refused = _why_refused(source)
    if refused:
        return RawRow(number, named, refused=refused)
    kept = ("sourceOnDemand", "rtspTransport", "sourceProtocol", "sourceFingerprint")
    told = {key: values[key] for key in kept if key in values}
    return RawRow(number, {"name": _title(name), "url": source, **told})


def _why_refused(source: object) -> str:
    if not isinstance(source, str):
        return "The source of this path cannot be read."
    if source.startswith("rpiCamera"):
        return "A camera on the board of that machine cannot be pulled from here."
    if _VARIABLE.search(source):
        return "The address has a variable in it; put the real value in its place."
    return ""


def _title(name: str) -> str:
    return name.replace("/", " ").replace("_", " ").strip() or name
