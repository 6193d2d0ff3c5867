"""Write docs/reference/ from the code: settings, commands, metrics; `--check` only compares."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pantau.core.metrics import metrics
from pantau.core.shapes import meanings
from pantau.settings import Settings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
KINDS: dict[object, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    Path: "path",
}
NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"


def settings_page() -> str:
    """Return every setting with its type, default and meaning."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "Read from `pantau.toml` in the working directory (or the file that `PANTAU_CONFIG`",
        "names), then from environment variables, which win: `port` is `PANTAU_PORT`,",
        "`media.shard_size` is `PANTAU_MEDIA__SHARD_SIZE`. Unknown names are refused.",
        'Durations accept `"90 s"`, `"5 min"`, `"7 d"`; sizes accept `"500 MB"`, `"10 GiB"`.',
    ]
    return "\n".join([*lines, *tables(Settings, title="Top level", prefix="")]) + "\n"


def tables(model: type[BaseModel], *, title: str, prefix: str) -> Iterator[str]:
    """Give one table for `model` and one for each model inside it."""
    yield from ("", f"## {title}", "", "| Name | Kind | Default | Meaning |", "|---|---|---|---|")
    inner: list[tuple[str, type[BaseModel]]] = []
    told = meanings(model)
    for name, field in model.model_fields.items():
        found = model_in(field.annotation)
        if found is not None:
            inner.append((name, found))
            continue
        meaning = " ".join(told.get(name, "").split())
        yield f"| `{prefix}{name}` | {kind(field.annotation)} | {default(field)} | {meaning} |"
    for name, found in inner:
        listed = get_origin(model.model_fields[name].annotation) in {list, tuple}
        yield from tables(found, title=f"`[[{name}]]`" if listed else f"`[{name}]`", prefix="")


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the settings table that a field holds, alone or in a list."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def kind(annotation: object) -> str:
    """Return a short word for a type."""
    parts = [part for part in get_args(annotation) if part is not NoneType and part is not Ellipsis]
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if parts:
        words = " or ".join(dict.fromkeys(kind(part) for part in parts if isinstance(part, type)))
        return f"list of {words or 'text'}" if get_origin(annotation) in {list, tuple} else words
    return KINDS.get(annotation, str(getattr(annotation, "__name__", "text")).lower())


def default(field: FieldInfo) -> str:
    """Return the default as one would write it."""
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "**required**"
    return f"`{value}`" if value not in {None, "", ()} else "empty"


def commands_page() -> str:
    """Return the help of every command."""
    names = [[], ["serve"], ["probe"], ["doctor"], ["openapi"], ["version"]]
    text = ["# Commands", "", NOTE]
    for name in names:
        done = subprocess.run(
            [sys.executable, "-m", "pantau", *name, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PATH": "/usr/bin:/bin"},
        )
        shown = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        text += [f"## `{' '.join(['pantau', *name])}`", "", "```", shown, "```", ""]
    return "\n".join(text)


def metrics_page() -> str:
    """Return every metric with its kind, labels and meaning."""
    lines = [
        "# Metrics",
        "",
        NOTE,
        "`GET /metrics` answers in the text format of Prometheus, to admins and to API keys with",
        "the scope `metrics:read` (header `X-API-Key`). Each web process tells its own numbers,",
        "which begin with the process; what the kernel knows of it stands beside them",
        "(`process_…`).",
        "",
        "| Name | Kind | Labels | Meaning |",
        "|---|---|---|---|",
    ]
    for _, metric in metrics():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "metrics.md": metrics_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are stale."""
    stale = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if "--check" in arguments:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"stale, run `make docs`: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
