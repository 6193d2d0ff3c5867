"""Values as archives hold them: the same for SQLite and PostgreSQL, and fit for neither to guess.

Pure.  JSON knows texts, numbers, true and null; moments are ISO 8601 in UTC to the microsecond,
days ISO 8601, bytes are base64, and JSON columns hold their text.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
)
from sqlalchemy.types import TypeDecorator

from pantau.backups.manifest import ColumnEntry, Kind

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LARGEST: Final = 2**63 - 1
_KINDS: Final[Mapping[type, Kind]] = {
    Boolean: "boolean",
    DateTime: "moment",
    Date: "day",
    JSON: "json",
    LargeBinary: "bytes",
    Float: "real",
    Integer: "integer",
    String: "text",
}
"""In this order: the first that fits."""
_DECLARED: Final[Mapping[str, Kind]] = {
    "BOOLEAN": "boolean",
    "DATETIME": "moment",
    "DATE": "day",
    "JSON": "json",
    "BLOB": "bytes",
    "FLOAT": "real",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "SMALLINT": "integer",
    "TEXT": "text",
    "VARCHAR": "text",
}


class ValueTrouble(ValueError):  # noqa: N818 - it is told as part of a sentence
    """A value cannot stand where it stands; the message says why."""


def columns_of(table: Table) -> tuple[ColumnEntry, ...]:
    """Return the columns of a table of ours and what their values are."""
    return tuple(ColumnEntry(name=column.name, kind=kind_of(column)) for column in table.columns)


def kind_of(column: Column[Any]) -> Kind:
    """Return what the values of a column are."""
    type_ = column.type
    plain = type_.impl if isinstance(type_, TypeDecorator) else type_
    for known, kind in _KINDS.items():
        if isinstance(plain, known):
            return kind
    raise TypeError(f"{column} has a type that backups do not know")


def kind_declared(declared: str) -> Kind:
    """Return what the values of a column are that SQLite declares so."""
    return _DECLARED[declared.partition("(")[0]]


def line_of(columns: Sequence[ColumnEntry], row: Iterable[Any]) -> bytes:
    """Return the line that stands for a row as the driver returned it."""
    values = [
        None if value is None else _TO_LINE[column.kind](value)
        for column, value in zip(columns, row, strict=True)
    ]
    return json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def values_in(columns: Sequence[ColumnEntry], line: bytes) -> list[Any]:
    """Return what SQLite is given for a line; raises ValueTrouble."""
    try:
        values = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueTrouble("it is not JSON as it should be") from error
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueTrouble(f"it has not {len(columns)} values")
    return [
        None if value is None else _checked(column, value)
        for column, value in zip(columns, values, strict=True)
    ]


def for_postgresql(kind: Kind, value: Any) -> Any:
    """Return what asyncpg is given for a value as SQLite returned it."""
    if value is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if kind == "day":
        return date.fromisoformat(value)
    return bool(value) if kind == "boolean" else value


def _checked(column: ColumnEntry, value: Any) -> Any:
    try:
        return _FROM_LINE[column.kind](value)
    except ValueTrouble as trouble:
        raise ValueTrouble(f"{column.name} {trouble}") from trouble


def _moment_line(value: Any) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    told = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return str(told.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z")


def _moment(value: Any) -> str:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueTrouble("is no moment")
    try:
        datetime.fromisoformat(value.removesuffix("Z"))
    except ValueError as error:
        raise ValueTrouble("is no moment") from error
    return value.removesuffix("Z").replace("T", " ")


def _day(value: Any) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueTrouble("is no day")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueTrouble("is no day") from error
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueTrouble("is no whole number")
    if not -_LARGEST - 1 <= value <= _LARGEST:
        raise ValueTrouble("is a number that is too large")
    return value


def _real(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueTrouble("is no number")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueTrouble("is a number that is too large") from error
    if not math.isfinite(number):
        raise ValueTrouble("is a number that is too large")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueTrouble("is no text")
    if "\0" in value:
        raise ValueTrouble("holds a zero byte")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueTrouble("holds half a character") from error
    return value


def _boolean(value: Any) -> int:
    if not isinstance(value, bool):
        raise ValueTrouble("is neither true nor false")
    return int(value)


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueTrouble("is not base64") from error


def _json(value: Any) -> str:
    try:
        json.loads(_text(value), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueTrouble("is no JSON") from error
    return str(value)


def _no_constant(name: str) -> Any:
    raise ValueTrouble(f"holds {name}")


_TO_LINE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "integer": int,
    "boolean": bool,
    "real": float,
    "text": str,
    "moment": _moment_line,
    "day": str,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
    "json": str,
}
_FROM_LINE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "integer": _integer,
    "boolean": _boolean,
    "real": _real,
    "text": _text,
    "moment": _moment,
    "day": _day,
    "bytes": _bytes,
    "json": _json,
}
