"""Path configurations as the control API takes and gives them: checked, merged, completed."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pantau.media.archive.orders import RecordRules
from pantau.mediaserver import go_durations
from pantau.mediaserver.path_fields import FIELDS, Field, Kind

PUBLISHER: Final = "publisher"
"""The source of a path that waits for a publisher; this engine pulls only: it stays empty."""

_NAME: Final = re.compile(r"[0-9a-zA-Z_\-/.~]+", re.ASCII)
_SIZE: Final = re.compile(r"[0-9]+(\.[0-9]+)?([KMGTPE]I?)?B?", re.ASCII | re.IGNORECASE)
_PATTERNS: Final = frozenset({"all", "all_others"})
_HEADER_NAME: Final = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_NO_HEADERS: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "range", "accept-encoding"}
)
_DELAYS_S: Final = range(86_401)
_KINDS_OF_SCHEME: Final[dict[str, tuple[str, ...]]] = {
    "rtsp": ("rtsp",),
    "rtsps": ("rtsp",),
    "http": ("hls", "flv", "mjpeg"),
    "https": ("hls", "flv", "mjpeg"),
    "file": ("file",),
    "testcard": ("testcard",),
}


class ConfError(ValueError):
    """The configuration cannot be used.  The message never repeats the address of a source."""


def check_name(name: str) -> None:
    """Raise `ConfError` unless `name` may name a path."""
    if not name:
        raise ConfError("invalid path name '': cannot be empty")
    if name in _PATTERNS or name.startswith("~"):
        raise ConfError(f"invalid path name '{name}': patterns are not supported")
    reason = ""
    if name.startswith("/"):
        reason = "can't begin with a slash"
    elif name.endswith("/"):
        reason = "can't end with a slash"
    elif not _NAME.fullmatch(name):
        reason = "can contain only alphanumeric characters, underscore, dot, tilde, minus or slash"
    elif any(part in {"", ".", ".."} for part in name.split("/")):
        reason = "can't contain empty or dot segments"
    if reason:
        raise ConfError(f"invalid path name '{name}': {reason}")


def decode(body: bytes) -> dict[str, Any]:
    """Return the well-typed fields of a body, durations in normal form.  Raises `ConfError`."""
    try:
        given = json.loads(body) if body.strip() else None
    except (ValueError, RecursionError) as error:
        raise ConfError("the body is not valid JSON") from error
    if given is None:
        raise ConfError("unexpected end of JSON input")
    if not isinstance(given, dict):
        raise ConfError(
            f"json: cannot unmarshal {_json_name(given)} into Go value of type conf.Path"
        )
    conf: dict[str, Any] = {}
    for key, value in given.items():
        field = FIELDS.get(key)
        if field is None:
            raise ConfError(f'json: unknown field "{key}"')
        conf[key] = _typed(key, field, value)
    return conf


def defaults() -> dict[str, Any]:
    """Return the configuration of a path about which nothing was said."""
    return {name: field.default for name, field in FIELDS.items()}


def complete(name: str, given: Mapping[str, Any], *, over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `over` changed by what was `given`; raises `ConfError` if that makes no sense."""
    check_name(name)
    conf = {**over, **given, "name": name}
    _check_source(conf)
    _check_own(conf)
    if conf["disablePublisherOverride"] is not None:
        conf["overridePublisher"] = not conf["disablePublisherOverride"]
    if conf["sourceProtocol"] is not None:
        conf["rtspTransport"] = conf["sourceProtocol"]
    return conf


def engine_part(
    conf: Mapping[str, Any],
    *,
    allowed_networks: Sequence[str] = (),
    spool: str = "",
    recording: RecordRules | None = None,
) -> dict[str, Any] | None:
    """Return what a shard needs to know, or None for a path that nothing is pulled for.

    `allowed_networks` are what a guarded source may be dialled at although it is reserved; `spool`
    is the folder for delayed pictures; `recording` is what all recorders have in common, None where
    this server has no folder for them.
    """
    if conf["source"] == PUBLISHER:
        return None
    delay_s = go_durations.parse_s(conf["pantauDelay"])
    is_recorded = conf["pantauRecord"] and recording is not None
    return {
        "kind": kind_of(conf),
        "url": conf["source"],
        "transport": conf["rtspTransport"],
        "fingerprint": conf["sourceFingerprint"],
        "encode": conf["pantauEncode"],
        "low_latency": conf["pantauLowLatency"],
        # What is recorded or shown late must have been taken, whether somebody watches or not.
        "on_demand": conf["sourceOnDemand"] and not delay_s and not is_recorded,
        "start_timeout_s": go_durations.parse_s(conf["sourceOnDemandStartTimeout"]),
        "close_after_s": go_durations.parse_s(conf["sourceOnDemandCloseAfter"]),
        "networks": list(allowed_networks) if conf["pantauGuarded"] else None,
        "headers": [list(_header(line)) for line in conf["pantauHeaders"]],
        "tls": conf["pantauTls"],
        "proxy": conf["pantauProxy"],
        "relayed": conf["pantauRelayed"],
        "delay_s": delay_s,
        "spool": spool if delay_s else "",
        "record": _record_part(conf, recording) if recording and is_recorded else None,
    }


def _record_part(conf: Mapping[str, Any], rules: RecordRules) -> dict[str, Any]:
    return {
        "camera_id": conf["pantauRecordAs"],
        "sound": conf["pantauRecordSound"],
        "rules": {**asdict(rules), "dirs": [str(folder) for folder in rules.dirs]},
    }


def kind_of(conf: Mapping[str, Any]) -> str:
    """Return the kind of source that is wanted, or that the address tells; "" for a publisher."""
    if conf["source"] == PUBLISHER:
        return ""
    parts = urlsplit(conf["source"])
    kinds = _KINDS_OF_SCHEME[parts.scheme]
    if conf["pantauKind"]:
        return str(conf["pantauKind"])
    if len(kinds) == 1:
        return kinds[0]
    path = parts.path.lower()
    if path.endswith((".m3u8", ".m3u")):
        return "hls"
    return "flv" if path.endswith(".flv") else "mjpeg"


def _check_source(conf: Mapping[str, Any]) -> None:
    if conf["source"] == PUBLISHER:
        if conf["sourceOnDemand"]:
            raise ConfError("'sourceOnDemand' is useless when source is 'publisher'")
        return
    try:
        parts = urlsplit(conf["source"])
        usable_port = parts.port != 0
    except ValueError as error:
        raise ConfError("'source' is not a valid URL") from error
    kinds = _KINDS_OF_SCHEME.get(parts.scheme)
    if kinds is None:
        raise ConfError(f"invalid source: this server cannot pull '{parts.scheme[:20]}' sources")
    if conf["pantauKind"] and conf["pantauKind"] not in kinds:
        raise ConfError(
            f"'pantauKind' {conf['pantauKind']} does not go with a '{parts.scheme}' source"
        )
    if kinds[0] in {"rtsp", "hls"}:
        _check_network_address(parts, usable_port=usable_port)
    if kinds[0] == "file" and (parts.netloc or not parts.path):
        raise ConfError("'source' is not a valid URL")


def _check_own(conf: Mapping[str, Any]) -> None:
    for line in conf["pantauHeaders"]:
        _header(line)
    if go_durations.parse_s(conf["pantauDelay"]) not in _DELAYS_S:
        raise ConfError("'pantauDelay' must be whole seconds, a day at most")
    if conf["pantauRecord"] and not 0 < conf["pantauRecordAs"] < 2**31:
        raise ConfError("'pantauRecord' needs the camera's number in 'pantauRecordAs'")
    if conf["pantauProxy"]:
        try:
            proxy = urlsplit(conf["pantauProxy"])
            is_fit = proxy.scheme == "http" and proxy.port != 0 and proxy.hostname
        except ValueError:
            is_fit = False
        if not is_fit or re.search(r"[\s\x00-\x1f]", conf["pantauProxy"]):
            raise ConfError("'pantauProxy' must look like http://host:port")


def _header(line: str) -> tuple[str, str]:
    """Split `Name: value`; raises `ConfError` for what could become something else on the wire."""
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not _HEADER_NAME.fullmatch(name) or re.search(r"[\x00-\x1f\x7f]", value):
        raise ConfError("an entry of 'pantauHeaders' is not like 'Name: value'")
    if name.lower() in _NO_HEADERS:
        raise ConfError(f"'pantauHeaders' cannot set {name.title()}")
    return name, value


def _check_network_address(parts: SplitResult, *, usable_port: bool) -> None:
    if not parts.hostname or not usable_port or re.search(r"[\s\x00-\x1f]", parts.geturl()):
        raise ConfError("'source' is not a valid URL")
    if parts.scheme.startswith("http") and bool(parts.username) != bool(parts.password):
        raise ConfError("username and password must be both provided")


def _typed(key: str, field: Field, value: Any) -> Any:
    if value is None:
        if isinstance(field.default, list):
            raise ConfError("cannot set slice to nil")
        return field.default
    if not _FITS[field.kind](value):
        raise ConfError(
            f"json: cannot unmarshal {_json_name(value)} into Go struct field Path.{key}"
            f" of type {field.kind}"
        )
    if field.choices and value not in field.choices:
        raise ConfError(f"invalid '{key}': allowed are {', '.join(filter(None, field.choices))}")
    if field.kind is Kind.DURATION:
        try:
            return go_durations.format_ns(go_durations.parse_ns(value))
        except go_durations.DurationError as error:
            raise ConfError(str(error)) from error
    if field.kind is Kind.SIZE and not _SIZE.fullmatch(value):
        raise ConfError(f"invalid '{key}': a size looks like 50M")
    return value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_natural(value: Any) -> bool:
    return _is_whole(value) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_whole(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(of(item) for item in value)


_FITS: Final[dict[Kind, Callable[[Any], bool]]] = {
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.WHOLE: _is_whole,
    Kind.NATURAL: _is_natural,
    Kind.NUMBER: _is_number,
    Kind.TEXT: _is_text,
    Kind.DURATION: _is_text,
    Kind.SIZE: _is_text,
    Kind.TEXTS: lambda value: _is_list(value, _is_text),
    Kind.NUMBERS: lambda value: _is_list(value, _is_number),
    Kind.NATURALS: lambda value: _is_list(value, _is_natural),
    Kind.OBJECTS: lambda value: _is_list(value, lambda item: isinstance(item, dict)),
}


def _json_name(value: Any) -> str:
    names = {bool: "bool", str: "string", int: "number", float: "number", list: "array"}
    return names.get(type(value), "null" if value is None else "object")
