"""`pantau init`: five questions, or flags, and everything an installation needs is written."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from pantau.cli.failing import FAILED, MISUSED, fail, told
from pantau.core.errors import Invalid
from pantau.operations.installing.answers import (
    PROXIES,
    SUPERVISORS,
    Answers,
    Proxy,
    Supervisor,
    mistakes,
    plain_domain,
)

if TYPE_CHECKING:
    from pantau.operations.installing.writing import Comparison

_CONFIG_VARIABLE: Final = "PANTAU_CONFIG"


_Name = Annotated[str | None, typer.Option(help="What visitors call the hub.")]
_Domain = Annotated[
    str | None, typer.Option(help="Name under which visitors come; “” where there is none.")
]
_Port = Annotated[int | None, typer.Option(help="Where the hub listens.")]
_Data = Annotated[Path | None, typer.Option(help="Folder for all that must survive.")]
_Footage = Annotated[
    Path | None, typer.Option(help="Folder for footage, such as a disk of its own.")
]
_Keeper = Annotated[
    str | None, typer.Option(help="Who keeps it running: systemd, pm2, containers or none.")
]
_Https = Annotated[str | None, typer.Option(help="Who speaks HTTPS: nginx, caddy or none.")]
_User = Annotated[str | None, typer.Option(help="The account that it runs as.")]
_Config = Annotated[Path | None, typer.Option(help="The settings file to write.")]
_OneUnit = Annotated[
    bool, typer.Option("--one-unit", help="One systemd unit for all instead of three.")
]
_Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing; take the defaults.")]
_Force = Annotated[
    bool, typer.Option("--force", help="Replace files that differ; the old ones are kept.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def init(  # noqa: PLR0913 - one option each
    *,
    name: _Name = None,
    domain: _Domain = None,
    port: _Port = None,
    data: _Data = None,
    recordings: _Footage = None,
    supervisor: _Keeper = None,
    proxy: _Https = None,
    user: _User = None,
    config: _Config = None,
    one_unit: _OneUnit = False,
    yes: _Yes = False,
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """
    Write everything an installation needs, after five questions or from flags.

    Settings, units of systemd or apps of PM2 or files for containers, and the site of nginx or
    Caddy. It writes only beside the settings file, never over a file that differs, and does
    nothing that needs root: that stands in install.sh, which you read and run. Asked twice with
    the same answers, it changes nothing. Exit code 1 when files differ and --force is not given.

    Examples:

      pantau init

      pantau init --yes --domain cctv.example.org --proxy caddy

      pantau init --yes --supervisor pm2 --proxy nginx --domain cctv.example.org --data /srv/hub
    """
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(
            "There is nobody to ask: give --yes, and what you want different from the defaults "
            "with --name, --domain, --port, --data, --recordings, --supervisor and --proxy.",
            code=MISUSED,
        )
    given = {
        "name": name,
        "domain": domain,
        "port": port,
        "data": data,
        "recordings": recordings,
        "supervisor": supervisor,
        "proxy": proxy,
    }
    flags = {field: str(value) for field, value in given.items() if value is not None}
    answers = _gathered(_defaults(config), flags, asks=not yes)
    answers = replace(answers, user=user or _user(answers))
    wrong = list(mistakes(answers))
    if wrong:
        fail("\n".join(f"--{flag}: {sentence}" for flag, sentence in wrong), code=MISUSED)
    _carry_out(answers, one_unit=one_unit, force=force, as_json=as_json)


def _gathered(answers: Answers, flags: Mapping[str, str], *, asks: bool) -> Answers:
    for field, text in flags.items():
        answers = _taken(answers, field, text)
    return _asked(answers, set(flags)) if asks else answers


def _defaults(config: Path | None) -> Answers:
    is_root = os.geteuid() == 0
    here = Path.cwd()
    named = config or Path(os.environ.get(_CONFIG_VARIABLE) or "")
    chosen = named if named.name else (Path("/etc/pantau") if is_root else here) / "pantau.toml"
    data_dir = Path("/var/lib/pantau") if is_root else here / "data"
    has_systemd = Path("/run/systemd/system").exists()
    return Answers(
        domain="",
        port=3000,
        data_dir=data_dir,
        recordings_dir=data_dir / "recordings",
        supervisor="systemd" if has_systemd else "none",
        proxy="none",
        name="Pantau",
        config_file=chosen.absolute(),
        user="",
        environment=Path(sys.prefix),
    )


def _user(answers: Answers) -> str:
    return "pantau" if answers.supervisor == "systemd" else getpass.getuser()


def _taken(answers: Answers, field: str, text: str) -> Answers:
    try:
        return _with(answers, field, text.strip())
    except Invalid as error:
        fail(f"--{field}: {error.sentence}", code=MISUSED)


def _with(answers: Answers, field: str, text: str) -> Answers:
    """Return the answers with one more; raises Invalid for what it cannot be."""
    match field:
        case "domain":
            domain = plain_domain(text)
            # Who has a name wants HTTPS: browsers warn of everything else.
            proxy: Proxy = "nginx" if domain and answers.proxy == "none" else answers.proxy
            changed = replace(answers, domain=domain, proxy=proxy)
        case "port":
            if not text.isascii() or not text.isdigit():
                raise Invalid("init.port", "A port is a number from 1 to 65535.", field=field)
            changed = replace(answers, port=int(text))
        case "data":
            folder = _folder(text)
            changed = replace(answers, data_dir=folder, recordings_dir=folder / "recordings")
        case "recordings":
            changed = replace(answers, recordings_dir=_folder(text))
        case "supervisor":
            changed = replace(answers, supervisor=cast("Supervisor", _one_of(text, SUPERVISORS)))
        case "proxy":
            changed = replace(answers, proxy=cast("Proxy", _one_of(text, PROXIES)))
        case _:
            changed = replace(answers, name=text)
    return changed


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _one_of(text: str, known: Sequence[str]) -> str:
    if text.lower() not in known:
        raise Invalid("init.choice", f"“{text}” is none of {', '.join(known)}.")
    return text.lower()


_QUESTIONS: Final[Sequence[tuple[str, str, Callable[[Answers], str]]]] = (
    ("name", "1 of 5  What is your hub called?", lambda answers: answers.name),
    (
        "domain",
        "2 of 5  Under which name do visitors come, such as cctv.example.org? (none: leave empty)",
        lambda answers: answers.domain,
    ),
    (
        "port",
        "3 of 5  On which port shall it listen on this machine?",
        lambda answers: str(answers.port),
    ),
    (
        "data",
        "4 of 5  In which folder shall everything live that must survive?",
        lambda answers: str(answers.data_dir),
    ),
    (
        "recordings",
        "        And the recordings, which need much room?",
        lambda answers: str(answers.recordings_dir),
    ),
    (
        "supervisor",
        f"5 of 5  Who keeps it running: {', '.join(SUPERVISORS)}?",
        lambda answers: answers.supervisor,
    ),
    (
        "proxy",
        f"        And who speaks HTTPS with visitors: {', '.join(PROXIES)}?",
        lambda answers: answers.proxy,
    ),
)


def _asked(answers: Answers, given: set[str]) -> Answers:
    for field, question, default in _QUESTIONS:
        if field not in given:
            answers = _answer(answers, field, question, default(answers))
    return answers


def _answer(answers: Answers, field: str, question: str, default: str) -> Answers:
    from pantau.app.installing_notes import notes_of

    while True:
        text = str(typer.prompt(question, default=default, show_default=bool(default)))
        try:
            changed = _with(answers, field, text.strip())
        except Invalid as error:
            typer.echo(f"        {error.sentence}")
            continue
        # Without a name no proxy fits, and of these two it is the one that is asked last.
        asked = {field, "domain"} if field == "proxy" else {field}
        about = [sentence for flag, sentence in mistakes(_complete(changed)) if flag in asked]
        for sentence in (*about, *notes_of(_complete(changed), field)):
            typer.echo(f"        {sentence}")
        if not about:
            return changed


def _complete(answers: Answers) -> Answers:
    return replace(answers, user=answers.user or _user(answers))


def _carry_out(answers: Answers, *, one_unit: bool, force: bool, as_json: bool) -> None:
    from pantau.app.installing import make_folders, next_commands, planned_files
    from pantau.app.installing_notes import notes
    from pantau.operations.installing.writing import compare, write

    with told(Invalid, OSError):
        compared = [compare(file) for file in planned_files(answers, one_unit=one_unit)]
        different = [each for each in compared if each.standing == "different"]
        refused = bool(different) and not force
        kept = () if refused else write(compared)
        if not refused and answers.supervisor in {"pm2", "none"}:
            make_folders(answers)
    commands = next_commands(answers, one_unit=one_unit)
    hints = notes(answers)
    if as_json:
        _print_json(compared, kept, commands, hints, written=not refused)
    else:
        _print_text(compared, kept, () if refused else commands, hints)
    if refused:
        fail(
            f"Nothing was written: {len(different)} of these files differ from what is there. "
            "--force replaces them and keeps the old ones beside them.",
            code=FAILED,
        )


def _print_json(
    compared: "Sequence[Comparison]",
    kept: Sequence[Path],
    commands: Sequence[str],
    hints: Mapping[str, tuple[str, ...]],
    *,
    written: bool,
) -> None:
    files = [
        {
            "path": str(each.file.path),
            "purpose": each.file.purpose,
            "standing": each.standing,
            "diff": each.diff,
        }
        for each in compared
    ]
    told_now = {
        "written": written,
        "files": files,
        "kept": [str(path) for path in kept],
        "next": list(commands),
        "notes": {flag: list(sentences) for flag, sentences in hints.items()},
    }
    typer.echo(json.dumps(told_now, ensure_ascii=False))


def _print_text(
    compared: "Sequence[Comparison]",
    kept: Sequence[Path],
    commands: Sequence[str],
    hints: Mapping[str, tuple[str, ...]],
) -> None:
    words = {"new": "new      ", "same": "unchanged", "different": "differs  "}
    for each in compared:
        typer.echo(f"{words[each.standing]}  {each.file.path}  ({each.file.purpose})")
        if each.diff:
            typer.echo(each.diff)
    for path in kept:
        typer.echo(f"kept       {path}")
    for flag, sentences in hints.items():
        for sentence in sentences:
            typer.echo(f"note       --{flag}: {sentence}")
    if commands:
        typer.echo("\nNext, type:\n")
        for number, command in enumerate(commands, start=1):
            typer.echo(f"  {number}.  {command}")
