"""Has the audit trail tell of deploys and of ways back: who, from which build to which, with what.

It is written when they have ended, into the database which is live by then: one that was rolled
back would not have kept what was written before.  A trail that cannot be written to changes
nothing of how a deploy goes.
"""

import asyncio
import os
import pwd
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pantau.app.cameras import SECRET_FILE
from pantau.app.database import database_place
from pantau.app.folder_use import using_folder
from pantau.audit.actors import Actor
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.backups.staging import Staging
from pantau.core.clock import Clock
from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.core.signing import derive_key, installation_secret
from pantau.db.database import open_database
from pantau.migrations.upgrade import meet
from pantau.operations.release_steps.state import Deployment, Outcome, Phase
from pantau.settings import Settings

log = structlog.get_logger()

AUTOMATIC: Final = Actor("system", name="automatic")
"""Nobody typed it: a release was judged, or failed, and went back by itself."""
_FIRST_STEP: Final = "0004"
_WITHIN_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry for the trail."""

    who: Actor
    name: Action


def account_here() -> str:
    """Return the account of the machine that runs this process, as the kernel knows it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        # In a container any number may run it.
        return f"uid {os.geteuid()}"


def person_here() -> Actor:
    """Return who runs this command."""
    return Actor("console", name=account_here())


def of_deploy(done: Deployment, who: Actor) -> Iterator[Happening]:
    """Yield what a deploy came to; where it went back by itself, that is a second one."""
    if done.outcome is Outcome.DEPLOYED:
        yield Happening(who, Action.DEPLOY_RELEASE)
        return
    yield Happening(who, Action.DEPLOY_RELEASE_FAILED)
    if done.phase is Phase.RETURNING:
        yield from of_way_back(done, AUTOMATIC)


def of_way_back(done: Deployment, who: Actor) -> Iterator[Happening]:
    """Yield what going back came to."""
    is_back = done.outcome is Outcome.ROLLED_BACK
    yield Happening(who, Action.ROLL_BACK_RELEASE if is_back else Action.ROLL_BACK_RELEASE_FAILED)


async def tell_trail(
    settings: Settings,
    clock: Clock,
    done: Deployment,
    happenings: Iterator[Happening],
    *,
    tell: Callable[[str], None],
) -> None:
    """Write what happened, if there is a trail; what stands in the way is told, never raised."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            await _write(settings, clock, done, tuple(happenings))
    except NotFound:
        # No database: nothing runs here yet, and nothing was ever recorded.
        return
    except (Problem, SQLAlchemyError, OSError, ValueError) as error:
        # A TimeoutError is an OSError.
        log.warning("release_not_in_trail", release=done.after.name, error=str(error))
        tell(f"The audit trail could not be told of it ({type(error).__name__}): see the log.")


async def _write(
    settings: Settings, clock: Clock, done: Deployment, happenings: tuple[Happening, ...]
) -> None:
    secret_file = settings.data_dir / SECRET_FILE
    place = database_place(settings)
    if not secret_file.exists():
        return
    async with using_folder(settings.data_dir, clock):
        if Staging(settings.data_dir).is_committed:
            raise Unavailable("release.trail", "The database is being put back at this moment.")
        if (await meet(place, clock=clock)).stored < _FIRST_STEP:
            return
        database = open_database(place, clock=clock, readers=1)
        key = derive_key(installation_secret(secret_file), "audit")
        trail = AuditTrail(database, key=key, clock=clock)
        try:
            async with database.write() as work:
                for each in happenings:
                    await trail.record(
                        work,
                        each.who,
                        each.name,
                        target=f"release {done.after.name}",
                        details=_details(done, each),
                    )
        finally:
            await database.close()


def _details(done: Deployment, happening: Happening) -> dict[str, object]:
    """Return the facts of an entry: the way went from one release to the other."""
    is_back = happening.name in {Action.ROLL_BACK_RELEASE, Action.ROLL_BACK_RELEASE_FAILED}
    before, after = (done.before.name if done.before else ""), done.after.name
    told: dict[str, object] = {
        "from_release": after if is_back else before,
        "to_release": before if is_back else after,
        "result": done.outcome.value,
        "reason": done.sentence,
        "deploy": done.id,
        "deployed_by": done.by,
    }
    if sudo := os.environ.get("SUDO_USER", ""):
        # Only a hint: whoever has this account can say anything here.
        told["sudo_user"] = sudo
    return told
