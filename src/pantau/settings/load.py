"""Reads the settings, and turns every mistake in them into a sentence that names its place."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as UnreadableVariableError

from pantau.settings.model import Settings

CONFIG_VARIABLE: Final = "PANTAU_CONFIG"
DEFAULT_FILE: Final = "pantau.toml"
_PREFIX: Final = "PANTAU_"
_NOT_SETTINGS: Final = (CONFIG_VARIABLE, "PANTAU_TEST_", "PANTAU_SOAK_", "PANTAU_BENCH_")
_SECRET_FIELDS: Final = {
    "access_key",
    "secret_key",
    "source",
    "hls_secret",
    "rtsp_url",
    "url",
    "read_url",
    "shared_state_url",
}


class SettingsError(Exception):
    """Settings that cannot be used; `findings` are sentences that name the place of a mistake."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


def load_settings() -> Settings:
    """Read `pantau.toml` (or the file named by PANTAU_CONFIG) and `PANTAU_*`, which win.

    Raises SettingsError with every mistake found, not only the first.
    """
    named = os.environ.get(CONFIG_VARIABLE, "")
    file = Path(named or DEFAULT_FILE)
    written = _read_file(file, must_exist=bool(named))
    try:
        variables: dict[str, Any] = EnvSettingsSource(Settings)()
    except UnreadableVariableError as error:
        raise SettingsError([f"environment: {error}"]) from error
    findings = [*_unknown_keys(written, Settings, f"{file.name}: "), *_unknown_variables()]
    try:
        settings = Settings(**_merged(written, variables))
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        findings += [_sentence(mistake, file.name) for mistake in mistakes if not _said(mistake)]
    if findings:
        raise SettingsError(findings)
    return settings


def _read_file(file: Path, *, must_exist: bool) -> dict[str, Any]:
    if not file.exists() and not must_exist:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{file.name}: not valid TOML: {error}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{file.name}: not UTF-8 text"]) from error
    except OSError as error:
        raise SettingsError([f"{file.name}: cannot be read: {error.strerror}"]) from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            both[key] = _merged(under, value)
        else:
            both[key] = value
    return both


def _unknown_keys(table: Mapping[str, Any], model: type[BaseModel], where: str) -> Iterator[str]:
    for key, value in table.items():
        field = model.model_fields.get(key)
        if field is None:
            yield f"{where}`{key}` is not a setting{_nearest(key, model.model_fields)}"
            continue
        inner = _model_in(field.annotation)
        if inner is None:
            continue
        if isinstance(value, dict):
            yield from _unknown_keys(value, inner, f"{where}{key}.")
        elif isinstance(value, list):
            for number, item in enumerate(value, start=1):
                if isinstance(item, dict):
                    yield from _unknown_keys(item, inner, f"{where}{_entry(key, number, item)}: ")


def _unknown_variables() -> Iterator[str]:
    known = set(_variables(Settings, _PREFIX))
    for name in sorted(os.environ):
        if not name.startswith(_PREFIX) or name.startswith(_NOT_SETTINGS) or name in known:
            continue
        yield f"environment: `{name}` is not a setting{_nearest(name, known)}"


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        inner = _model_in(field.annotation)
        if inner is not None:
            yield from _variables(inner, f"{prefix}{name.upper()}__")


def _model_in(annotation: object) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _nearest(name: str, known: Mapping[str, object] | set[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(sorted(known))}"


def _entry(key: str, number: int, item: Mapping[str, Any]) -> str:
    name = item.get("name")
    return f"{key}[{number}]" + (f" ({name})" if isinstance(name, str) else "")


def _said(mistake: ErrorDetails) -> bool:
    # Found before validation as well, there with the nearest name.
    return mistake["type"] == "extra_forbidden"


def _sentence(mistake: ErrorDetails, file: str) -> str:
    place = mistake["loc"]
    variable = _PREFIX + "__".join(str(part) for part in place).upper()
    where = variable if variable in os.environ else f"{file}: {_written_place(place)}"
    message = mistake["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = mistake.get("input")
    tell = isinstance(value, str | int | float) and place and place[-1] not in _SECRET_FIELDS
    return f"{where}: {message}" + (f" (it is {value!r})" if tell else "")


def _written_place(place: Sequence[str | int]) -> str:
    text = ""
    for part in place:
        # People count the cameras of a file from one.
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "settings"


def config_file() -> Path:
    """Return the file that settings are read from, whether it is there or not."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)
