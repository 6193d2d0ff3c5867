"""Cameras in a configuration of Frigate, and streams of its go2rtc that no camera of it uses."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pantau.cameras.importing.candidates import RawRow

_PLACEHOLDER: Final = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}|\$\{[^}]*\}")
_RESTREAM: Final = re.compile(
    r"rtsp://(?:[^@/]*@)?(?:127\.0\.0\.1|localhost|\[::1\]|go2rtc)(?::8554)?/([^/?#]+)",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"(?:rtsps?|https?)://", re.IGNORECASE)
_ROLES: Final = ("record", "detect", "audio")


def is_frigate(found: Mapping[object, object]) -> bool:
    """Tell whether this is such a configuration."""
    cameras = found.get("cameras")
    if isinstance(cameras, Mapping) and cameras:
        return any(isinstance(each, Mapping) and "ffmpeg" in each for each in cameras.values())
    return isinstance(found.get("go2rtc"), Mapping)


def rows(found: Mapping[object, object]) -> Sequence[RawRow]:
    """Return one row per camera, then one per stream that stands alone."""
    streams = _streams(found.get("go2rtc"))
    cameras = found.get("cameras")
    used: set[str] = set()
    made: list[RawRow] = []
    for name, conf in cameras.items() if isinstance(cameras, Mapping) else ():
        made.append(_camera(len(made) + 1, str(name), conf, streams, used))
    for name, addresses in streams.items():
        if name not in used and name not in {str(row.values.get("key")) for row in made}:
            made.append(_judged(len(made) + 1, {"name": _title(name)}, addresses))
    return made


def _camera(
    number: int, key: str, conf: object, streams: Mapping[str, Sequence[str]], used: set[str]
) -> RawRow:
    if not isinstance(conf, Mapping):
        return RawRow(
            number,
            {"name": key, "key": key},
            refused="This camera has no settings that can be read.",
        )
    name = conf.get("friendly_name")
    values: dict[str, object] = {
        "name": name if isinstance(name, str) and name else _title(key),
        "key": key,
    }
    if conf.get("enabled") is False:
        values["enabled"] = False
    paths = [path for _, path in sorted(_inputs(conf.get("ffmpeg")), key=lambda pair: pair[0])]
    if not paths:
        return RawRow(number, values, refused="This camera has no input.")
    addresses: list[str] = []
    for path in paths:
        restream = _RESTREAM.match(path)
        inner = streams.get(restream[1], ()) if restream else ()
        if restream and inner:
            used.add(restream[1])
        addresses += inner or [path]
    return _judged(number, values, addresses)


def _judged(number: int, values: Mapping[str, object], addresses: Sequence[str]) -> RawRow:
    usable = [address for address in map(_plain, addresses) if _PLAIN.match(address)]
    if not usable:
        return RawRow(
            number, values, refused="None of its inputs is an address that can be pulled."
        )
    address = next((each for each in usable if not _PLACEHOLDER.search(each)), None)
    if address is None:
        return RawRow(
            number,
            values,
            refused="The address has a variable of Frigate in it; put the real value in its place.",
        )
    return RawRow(number, {**values, "url": address})


def _inputs(ffmpeg: object) -> Iterator[tuple[int, str]]:
    inputs = ffmpeg.get("inputs") if isinstance(ffmpeg, Mapping) else None
    for each in inputs if isinstance(inputs, list) else ():
        path = each.get("path") if isinstance(each, Mapping) else None
        if isinstance(path, str):
            roles = each.get("roles")
            told = roles if isinstance(roles, list) else []
            # What is recorded is the best picture; what is detected on is often a small one.
            yield (
                min((_ROLES.index(role) for role in told if role in _ROLES), default=len(_ROLES)),
                path,
            )


def _streams(go2rtc: object) -> Mapping[str, Sequence[str]]:
    streams = go2rtc.get("streams") if isinstance(go2rtc, Mapping) else None
    found: dict[str, Sequence[str]] = {}
    for name, told in streams.items() if isinstance(streams, Mapping) else ():
        every = told if isinstance(told, list) else [told]
        found[str(name)] = [address for address in every if isinstance(address, str)]
    return found


def _plain(address: str) -> str:
    """Return the address that go2rtc pulls, without what it is to do with it."""
    address = address.removeprefix("ffmpeg:")
    return address.partition("#")[0] if _PLAIN.match(address) else address


def _title(name: str) -> str:
    return name.replace("_", " ").strip() or name
