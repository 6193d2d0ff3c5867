"""Releases of this installation, for its commands: deployed, gone back from, told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantau.app.release_facts import (
    Meant,
    current_release,
    meant_by,
    plan_of,
    running_release,
)
from pantau.app.release_trail import (
    AUTOMATIC,
    account_here,
    of_deploy,
    of_way_back,
    person_here,
    tell_trail,
)
from pantau.app.release_work import InstallationSteps
from pantau.audit.actors import Actor
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Exhausted, NotFound, Problem
from pantau.core.releases import current_environment
from pantau.operations.release_steps import environments
from pantau.operations.release_steps.deploying import Deployer
from pantau.operations.release_steps.planning import Plan
from pantau.operations.release_steps.renewing import Manner, look
from pantau.operations.release_steps.state import (
    Deployment,
    Outcome,
    Phase,
    Release,
    alone,
    is_deploying,
    read_state,
)
from pantau.settings import Settings

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a deploy is to be done."""

    with_media: bool = False
    keeps: bool = False
    accepts_break: bool = False
    gate_s: float | None = None


async def planned(settings: Settings, text: str, *, clock: Clock, with_media: bool = False) -> Plan:
    """Return what a deploy of TARGET would do; raises Invalid and Unavailable."""
    return await plan_of(meant_by(text, settings), settings, clock, with_media=with_media)


async def deploy(
    settings: Settings, text: str, wishes: Wishes, *, clock: Clock, tell: Tell
) -> Deployment | None:
    """Deploy TARGET; None: that build is current and runs already, and nothing was done.

    Raises Problem when it did not begin: then nothing is changed.
    """
    folder = settings.releases_folder
    with alone(folder):
        _refuse_interrupted(read_state(folder).interrupted)
        meant = meant_by(text, settings)
        plan = await plan_of(meant, settings, clock, with_media=wishes.with_media)
        if plan.refusals:
            raise Exhausted("release.refused", " ".join(plan.refusals))
        if plan.is_same and _is_running(settings, clock, plan.after):
            return None
        before = adopted(settings, clock)
        proved = frozenset() if meant.package else frozenset({meant.release.build})
        begun = _begun(meant, before, wishes, clock)
        work = _deployer(settings, clock, tell, proved).deploy(begun)
        return await _Told(settings, clock, tell).deploy(begun, work)


async def resume(settings: Settings, *, clock: Clock, tell: Tell) -> Deployment:
    """Continue the deploy that was interrupted, or its way back; raises NotFound without one."""
    folder = settings.releases_folder
    with alone(folder):
        interrupted = read_state(folder).interrupted
        if interrupted is None:
            raise NotFound("release.none_interrupted", "No deploy was interrupted here.")
        work = _deployer(settings, clock, tell).deploy(interrupted)
        told = _Told(settings, clock, tell)
        if interrupted.phase is Phase.RETURNING:
            return await told.way_back(interrupted, work, person_here())
        return await told.deploy(interrupted, work)


async def roll_back(
    settings: Settings,
    *,
    clock: Clock,
    tell: Tell,
    to: str = "",
    database: str = "auto",
    why: str = "",
    is_automatic: bool = False,
) -> Deployment:
    """Have the release of before run again, or the one that `to` names.

    `is_automatic`: a verdict asks for it, and no person.  Raises NotFound for a release that is
    not there, and Conflict when there is nothing to go back to.
    """
    folder = settings.releases_folder
    with alone(folder):
        chosen = _way_back(settings, clock, to)
        work = _deployer(settings, clock, tell).roll_back(chosen, database=database, why=why)
        who = AUTOMATIC if is_automatic else person_here()
        return await _Told(settings, clock, tell).way_back(chosen, work, who)


def adopted(settings: Settings, clock: Clock) -> Release:
    """Have the environment that runs be the current release, unless one is; return it."""
    folder = settings.releases_folder
    known = current_release(settings)
    if known is not None:
        # Where `pantau init` made the link, nobody knows the release by its name yet.
        environments.name_current(folder, known)
        return known
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    release = running_release(settings, clock)
    environments.turn_to(folder, release)
    return release


def status(settings: Settings, *, clock: Clock) -> dict[str, Any]:
    """Return what is current, what runs where since when, and how the last deploy ended."""
    folder = settings.releases_folder
    environment = current_environment(folder)
    hub = look(settings.sockets_dir, now=clock.now())
    last = read_state(folder).last
    return {
        "current": _named(folder, environment) if environment else None,
        "environment": str(environment) if environment else None,
        "manner": hub.manner.value,
        "processes": [
            {
                "name": each.name,
                "pid": each.pid,
                "version": each.version,
                "build": each.build,
                "since": each.started_at.isoformat(),
                "ready": each.is_ready,
                "python": each.python,
            }
            for each in hub.processes
        ],
        "kept": [place.name for place in environments.kept_releases(folder)],
        "deploying": is_deploying(folder),
        "last": last.model_dump(mode="json") if last else None,
    }


@dataclass(frozen=True, slots=True)
class _Told:
    """Does what is told to the audit trail, whichever way it ends."""

    settings: Settings
    clock: Clock
    tell: Tell

    async def deploy(self, begun: Deployment, work: Awaitable[Deployment]) -> Deployment:
        done, problem = await self._ended(begun, work)
        happenings = of_deploy(done, person_here())
        await tell_trail(self.settings, self.clock, done, happenings, tell=self.tell)
        return _or_raised(done, problem)

    async def way_back(
        self, begun: Deployment, work: Awaitable[Deployment], who: Actor
    ) -> Deployment:
        done, problem = await self._ended(begun, work)
        happenings = of_way_back(done, who)
        await tell_trail(self.settings, self.clock, done, happenings, tell=self.tell)
        return _or_raised(done, problem)

    async def _ended(
        self, begun: Deployment, work: Awaitable[Deployment]
    ) -> tuple[Deployment, Problem | None]:
        try:
            return await work, None
        except Problem as problem:
            failed = begun.moved(
                self.clock.now(), outcome=Outcome.FAILED, sentence=problem.sentence
            )
            return failed, problem


def _or_raised(done: Deployment, problem: Problem | None) -> Deployment:
    if problem is not None:
        raise problem
    return done


def _begun(meant: Meant, before: Release, wishes: Wishes, clock: Clock) -> Deployment:
    now = clock.now()
    path = meant.target.path
    return Deployment(
        id=f"{now:%Y%m%dT%H%M%SZ}-{meant.release.build}",
        by=account_here(),
        started_at=now,
        changed_at=now,
        before=before,
        after=meant.release,
        target=str(path) if path else meant.target.text,
        with_media=wishes.with_media,
        keeps=wishes.keeps,
        accepts_break=wishes.accepts_break,
        gate_s=wishes.gate_s,
    )


def _refuse_interrupted(interrupted: Deployment | None) -> None:
    if interrupted is not None:
        raise Conflict(
            "release.interrupted",
            f"The deploy of {interrupted.after.name} was interrupted after the phase "
            f"“{interrupted.phase.value}”. Continue it with “pantau release deploy --resume”, or "
            "go back with “pantau release rollback”.",
        )


def _is_running(settings: Settings, clock: Clock, release: Release) -> bool:
    hub = look(settings.sockets_dir, now=clock.now())
    return hub.manner is Manner.NOTHING_RUNS or hub.is_only(release.build)


def _way_back(settings: Settings, clock: Clock, to: str) -> Deployment:
    known = read_state(settings.releases_folder)
    last = known.last
    if not to:
        if last is None or last.outcome in {Outcome.ROLLED_BACK, Outcome.GIVEN_UP}:
            raise Conflict(
                "release.nothing_before",
                "There is nothing to go back from: the last deploy did not stay. Name a release "
                "with --to; “pantau release status” lists those that are kept.",
            )
        return last
    wanted = environments.inspect(_kept(settings.releases_folder, to))
    left = next((each for each in reversed(known.deployments) if _is_from(each, wanted)), None)
    now = clock.now()
    return Deployment(
        id=f"{now:%Y%m%dT%H%M%SZ}-{wanted.build}",
        by=account_here(),
        started_at=now,
        changed_at=now,
        before=wanted,
        after=current_release(settings) or wanted,
        phase=Phase.RETURNING,
        backup=left.backup if left else None,
    )


def _is_from(deployment: Deployment, release: Release) -> bool:
    return deployment.before is not None and deployment.before.build == release.build


def _kept(folder: Path, to: str) -> Path:
    found = [
        place
        for place in environments.kept_releases(folder)
        if to in {place.name, place.name.rpartition("-")[0], place.name.rpartition("-")[2]}
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(place.name for place in environments.kept_releases(folder)) or "none"
    if found:
        raise Conflict("release.several", f"--to: {to} is several of these: {known}.", field="to")
    raise NotFound("release.unknown", f"--to: {to} is not here. Kept are: {known}.", field="to")


def _named(folder: Path, environment: Path) -> str:
    places = environments.kept_releases(folder)
    return next((each.name for each in places if each.resolve() == environment), environment.name)


def _deployer(
    settings: Settings, clock: Clock, tell: Tell, proved: frozenset[str] = frozenset()
) -> Deployer:
    steps = InstallationSteps(settings, clock, tell, proved)
    return Deployer(settings.releases_folder, steps, clock, tell)
