"""Durations as MediaMTX writes them ("10s", "1m30s", "500ms", "7d18h"), to seconds and back."""

import re
from typing import Final

_UNITS_NS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3_600 * 1_000_000_000,
}
_SECOND_NS: Final = _UNITS_NS["s"]
_DAY_NS: Final = 24 * _UNITS_NS["h"]
_MOST_NS: Final = 2**63 - 1
_DAYS: Final = re.compile(r"([0-9]+)d")
_TERM: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")


class DurationError(ValueError):
    """The text is no duration; the message is the one a Go program gives."""


def parse_ns(text: str) -> int:
    """Return nanoseconds; raises `DurationError`.  A sign may come first, then days: "-1d12h"."""
    rest = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    total_ns = 0
    days = _DAYS.match(rest)
    if days:
        total_ns = int(days[1]) * _DAY_NS
        rest = rest[days.end() :]
    if not rest and not days:
        raise DurationError(f'time: invalid duration "{text}"')
    if rest and rest != "0":
        total_ns += _terms_ns(rest, text)
    if total_ns > _MOST_NS:
        raise DurationError(f'time: invalid duration "{text}"')
    return -total_ns if text.startswith("-") else total_ns


def _terms_ns(rest: str, text: str) -> int:
    total_ns, at = 0, 0
    while at < len(rest):
        term = _TERM.match(rest, at)
        if term is None:
            if re.fullmatch(r"[0-9]+(\.[0-9]*)?", rest[at:]):
                raise DurationError(f'time: missing unit in duration "{text}"')
            raise DurationError(f'time: invalid duration "{text}"')
        whole, _, fraction = term[1].partition(".")
        unit_ns = _UNITS_NS[term[2]]
        total_ns += int(whole or 0) * unit_ns
        if fraction:
            total_ns += int(fraction) * unit_ns // 10 ** len(fraction)
        at = term.end()
    return total_ns


def parse_s(text: str) -> float:
    """Return seconds; raises `DurationError`."""
    return parse_ns(text) / _SECOND_NS


def format_ns(value_ns: int) -> str:
    """Write a duration as MediaMTX echoes it: whole days, then Go's own form ("1d", "1m30s")."""
    if value_ns == 0:
        return "0s"
    days, rest_ns = divmod(abs(value_ns), _DAY_NS)
    sign = "-" if value_ns < 0 else ""
    return sign + (f"{days}d" if days else "") + (_go_form(rest_ns) if rest_ns else "")


def _go_form(value_ns: int) -> str:
    for unit, unit_ns in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if value_ns < unit_ns * 1_000:
            return f"{_decimal(value_ns, unit_ns)}{unit}"
    minutes, second_ns = divmod(value_ns, 60 * _SECOND_NS)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{_decimal(second_ns, _SECOND_NS)}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _decimal(value_ns: int, unit_ns: int) -> str:
    whole, part = divmod(value_ns, unit_ns)
    digits = len(str(unit_ns)) - 1
    fraction = f"{part:0{digits}d}".rstrip("0") if digits and part else ""
    return f"{whole}.{fraction}" if fraction else str(whole)
