"""`pantau release`: from one build to the next without an interruption, and back."""

import asyncio
import json
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pantau.cli import release_judging
from pantau.cli.failing import FAILED, MISUSED, fail, settings_or_exit
from pantau.core.clock import SystemClock
from pantau.core.errors import Invalid, Problem
from pantau.settings import Settings

if TYPE_CHECKING:
    from pantau.operations.release_steps.state import Deployment

app = typer.Typer(
    help="""
    Deploy a release, watch it, go back.

    A deploy makes an environment of its own beside what runs, backs up the database, rehearses its
    steps on a copy, replaces worker and web without a refused visitor, and watches: when the new
    release is worse, it goes back by itself. Cameras and recordings go on meanwhile.

    Examples:

      pantau release plan pantau-0.2.0-py3-none-any.whl

      pantau release deploy pantau-0.2.0-py3-none-any.whl

      pantau release rollback
    """,
    no_args_is_help=True,
)

app.command("verify")(release_judging.verify)
app.command("watch")(release_judging.watch)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_WithMedia = Annotated[
    bool, typer.Option("--with-media", help="Restart media too: pictures and recordings break off.")
]
_TARGET = "A wheel file, a version such as 0.2.0, an environment folder, or a source checkout."
_MONITOR = 3
_Result = TypeVar("_Result")


@app.command()
def plan(
    target: Annotated[str, typer.Argument(metavar="TARGET", help=_TARGET)],
    *,
    with_media: _WithMedia = False,
    as_json: _Json = False,
) -> None:
    """
    Say what a deploy would do, and change nothing.

    Exit code 1 when it would be refused, and 2 when TARGET is nothing that can be deployed.

    Examples:

      pantau release plan pantau-0.2.0-py3-none-any.whl

      pantau release plan 0.2.0 --json | jq .database
    """
    from pantau.app.release import planned

    settings = _settings()
    found = _run(planned(settings, target, clock=SystemClock(), with_media=with_media))
    if as_json:
        typer.echo(json.dumps(found.told(), ensure_ascii=False))
    else:
        typer.echo("\n".join(found.sentences()))
        for refusal in found.refusals:
            typer.echo(refusal, err=True)
    if found.refusals:
        raise typer.Exit(FAILED)


@app.command()
def deploy(
    target: Annotated[str | None, typer.Argument(metavar="TARGET", help=_TARGET)] = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue a deploy that was interrupted.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do not go back by itself, whatever happens.")
    ] = False,
    with_media: _WithMedia = False,
    accept_break: Annotated[
        bool,
        typer.Option(
            "--accept-break",
            help="Go on although the release of today cannot use the new tables.",
        ),
    ] = False,
    gate: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=300,
            help="Seconds to watch it before it counts as stable; else as release.stable_s says.",
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """
    Deploy TARGET, and go back by itself when it fails.

    Exit code 0: it runs. 1: it does not; what runs is said. 2: TARGET is nothing that can be
    deployed. 3: it runs, and somebody should look. Deploying what runs already does nothing.

    Examples:

      pantau release deploy pantau-0.2.0-py3-none-any.whl

      pantau release deploy --resume
    """
    from pantau.app import release

    if (target is None) is not resume:
        fail("Give either TARGET or --resume.", code=MISUSED)
    settings, clock = _settings(), SystemClock()
    if target is None:
        done: Deployment | None = _run(release.resume(settings, clock=clock, tell=_tell))
    else:
        wishes = release.Wishes(
            with_media=with_media, keeps=keep, accepts_break=accept_break, gate_s=gate
        )
        done = _run(release.deploy(settings, target, wishes, clock=clock, tell=_tell))
    if done is None:
        sentence = "That build is current and runs already: nothing was done."
        typer.echo(json.dumps({"outcome": "same", "sentence": sentence}) if as_json else sentence)
        return
    _end(done, as_json=as_json)


@app.command()
def rollback(
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="RELEASE", help="A kept release, by version or build.")
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            help="auto: rolled back only where the older release needs it. keep: never. "
            "restore: in any case; what was recorded since then stays."
        ),
    ] = "auto",
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="A reason, for the record and the alert.")
    ] = "",
    automatic: Annotated[
        bool, typer.Option("--automatic", hidden=True, help="Nobody typed this: the watch did.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """
    Go back to the release of before, or to another that is kept.

    Works after a deploy that was interrupted, and from the `pantau` of either release; when the new
    one does not even start, use the one of `releases/previous/bin`.

    Examples:

      pantau release rollback

      pantau release rollback --to 0.1.0 --database keep
    """
    from pantau.app.release import roll_back
    from pantau.operations.release_steps.deploying import DATABASE_CHOICES

    if database not in DATABASE_CHOICES:
        fail(f"--database is one of {', '.join(DATABASE_CHOICES)}.", code=MISUSED)
    settings = _settings()
    work = roll_back(
        settings,
        clock=SystemClock(),
        tell=_tell,
        to=to,
        database=database,
        why=why,
        is_automatic=automatic,
    )
    done = _run(work)
    _end(done, as_json=as_json, good="rolled_back")


@app.command()
def status(*, as_json: _Json = False) -> None:
    """
    Say which release is current, what runs, since when, and how the last deploy ended.

    Examples:

      pantau release status --json | jq -r .current
    """
    from pantau.app.release import status as told_status

    settings = _settings()

    async def work() -> dict[str, Any]:
        return told_status(settings, clock=SystemClock())

    known = _run(work())
    if as_json:
        typer.echo(json.dumps(known, ensure_ascii=False))
        return
    typer.echo(f"Current release: {known['current'] or 'none yet'}")
    for each in known["processes"]:
        ready = "ready" if each["ready"] else "not ready"
        typer.echo(
            f"  {each['name']:<8}{each['version']}-{each['build']}  since {each['since'][:19]}Z  "
            f"{ready}"
        )
    if not known["processes"]:
        typer.echo("  Nothing runs.")
    last = known["last"]
    if last:
        typer.echo(f"Last deploy: {last['after']['version']}-{last['after']['build']}, ")
        typer.echo(f"  {last['outcome']} in phase {last['phase']}. {last['sentence']}")
    if known["deploying"]:
        typer.echo("A deploy or rollback is under way at this moment.")


@app.command()
def adopt(*, as_json: _Json = False) -> None:
    """
    Have the environment that runs now be the current release, where there is none yet.

    `pantau init` and the first deploy do it by themselves.

    Examples:

      pantau release adopt
    """
    from pantau.app.release import adopted

    settings = _settings()

    async def work() -> Any:
        return adopted(settings, SystemClock())

    release = _run(work())
    if as_json:
        typer.echo(release.model_dump_json())
    else:
        typer.echo(f"Current release: {release.name}, in {release.environment}.")


def _end(done: "Deployment", *, as_json: bool, good: str = "deployed") -> None:
    typer.echo(done.model_dump_json() if as_json else done.sentence)
    if done.outcome.value != good:
        raise typer.Exit(FAILED)
    if done.verdict == "monitor" and good == "deployed":
        raise typer.Exit(_MONITOR)


def _settings() -> Settings:
    from pantau.app.running import prepare_log

    settings = settings_or_exit()
    prepare_log(settings, "release")
    return settings


def _tell(sentence: str) -> None:
    # Progress is for people: what stands on stdout stays one answer.
    typer.echo(sentence, err=True)


def _run(work: Coroutine[Any, Any, _Result]) -> _Result:
    try:
        return asyncio.run(work)
    except Problem as problem:
        fail(problem.sentence, code=MISUSED if isinstance(problem, Invalid) else FAILED)
    except KeyboardInterrupt:
        fail(
            "Interrupted. “pantau release deploy --resume” continues what was begun, “pantau "
            "release rollback” goes back."
        )
