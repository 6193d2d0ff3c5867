"""One deploy, phase by phase, and the way back: what is done is written before the next begins.

Nothing here knows how a phase is done; `Steps` does.  Every step may be repeated: who continues
after a crash cannot know whether the interrupted one had an effect.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Problem, Unavailable
from pantau.operations.release_steps.state import (
    Deployment,
    Outcome,
    Phase,
    Release,
    read_state,
    write_state,
)

log = structlog.get_logger()

Changes = Mapping[str, Any]
"""What a step learned: fields of the deployment."""
ROLL_BACK: Final = "roll_back"
DATABASE_CHOICES: Final = ("auto", "keep", "restore")


class GateError(Conflict):
    """The new release runs, and is not good enough; the message says why."""


class Steps(Protocol):
    """How the phases are done.  Each raises Problem when it cannot be."""

    async def install(self, deployment: Deployment) -> Changes: ...
    async def back_up(self, deployment: Deployment) -> Changes: ...
    async def rehearse(self, deployment: Deployment) -> Changes: ...
    async def measure(self, deployment: Deployment) -> Changes: ...
    async def migrate(self, deployment: Deployment) -> Changes: ...
    async def switch(self, deployment: Deployment) -> Changes: ...
    async def renew(self, deployment: Deployment) -> Changes: ...
    async def verify(self, deployment: Deployment) -> Changes:
        """Raise GateError when the release must be taken back."""
        ...

    async def hand_over(self, deployment: Deployment) -> None:
        """Have the worker watch, and let go of what is not needed any more."""

    async def stop_watching(self) -> None:
        """End the watch of the newest release, if there is one."""

    async def turn_back(self, release: Release) -> None:
        """Have `current` name the release of before."""

    async def restore_database(self, deployment: Deployment, choice: str) -> str:
        """Have the database be one that the release of before can use; return what was done."""
        ...

    async def renew_back(self, deployment: Deployment, before: Release) -> bool:
        """Have what was replaced run the release of before, ready; False: nothing runs."""
        ...

    def is_current(self, release: Release) -> bool:
        """Tell whether `current` names a release."""
        ...


@dataclass(frozen=True, slots=True)
class Deployer:
    """Carries deploys out; the caller holds the lock of the folder."""

    folder: Path
    steps: Steps
    clock: Clock
    tell: Callable[[str], None]

    async def deploy(self, deployment: Deployment) -> Deployment:
        """Take every phase that is left; with a failure, go back unless it `keeps`.

        Return the deployment as it ended; its `sentence` says what happened and what runs.
        """
        if deployment.phase is Phase.RETURNING:
            return await self.roll_back(deployment, database=deployment.database)
        deployment = self._note(deployment)
        try:
            for phase, say, work in self._left(deployment):
                self.tell(say)
                changes = await work(deployment)
                deployment = self._note(deployment, phase=phase, **changes)
        except Problem as problem:
            log.warning("deploy_failed", phase=deployment.phase.value, why=problem.sentence)
            return await self._failed(deployment, problem)
        after = deployment.after
        is_running = deployment.renewed_at is not None
        sentence = (
            f"Pantau {after.version} (build {after.build}) runs in worker and web."
            if is_running
            else f"Pantau {after.version} (build {after.build}) is current, and nothing runs: it "
            "begins with the next start."
        )
        try:
            await self.steps.hand_over(deployment)
        except Problem as problem:
            sentence += f" But it is not watched: {problem.sentence}"
        return self._note(deployment, outcome=Outcome.DEPLOYED, sentence=sentence)

    async def roll_back(
        self, deployment: Deployment, *, database: str = "auto", why: str = ""
    ) -> Deployment:
        """Have the release of before run again, whatever phase was reached; may be repeated.

        Raises Conflict when there is none.
        """
        before = deployment.before
        if before is None:
            raise Conflict(
                "release.nothing_before", "There is no release to go back to: this is the first."
            )
        # What was said of it when it stayed is no reason why it goes.
        stayed = deployment.outcome is Outcome.DEPLOYED
        reason = why or ("" if stayed else deployment.sentence)
        deployment = self._note(
            deployment,
            phase=Phase.RETURNING,
            outcome=Outcome.UNDER_WAY,
            database=database,
            sentence=reason,
        )
        try:
            await self.steps.stop_watching()
            self.tell(f"Going back to {before.version} (build {before.build}).")
            await self.steps.turn_back(before)
            about_database = await self.steps.restore_database(deployment, database)
            is_running = await self.steps.renew_back(deployment, before)
        except Problem as problem:
            sentence = (
                f"{reason} Going back to {before.version} (build {before.build}) failed as well: "
                f"{problem.sentence} Repair that, and run “pantau release rollback” again."
            )
            return self._note(deployment, outcome=Outcome.FAILED, sentence=sentence.strip())
        now_runs = (
            f"Pantau {before.version} (build {before.build}) runs again."
            if is_running
            else f"Pantau {before.version} (build {before.build}) is current again; nothing runs."
        )
        sentence = " ".join(part for part in (reason, now_runs, about_database) if part)
        return self._note(deployment, outcome=Outcome.ROLLED_BACK, sentence=sentence)

    def _left(
        self, deployment: Deployment
    ) -> Sequence[tuple[Phase, str, Callable[[Deployment], Awaitable[Changes]]]]:
        steps, after = self.steps, deployment.after
        work = [
            (Phase.INSTALLED, f"Installing {after.name} beside what runs.", steps.install),
            (Phase.BACKED_UP, "Backing up the database.", steps.back_up),
            (Phase.REHEARSED, "Rehearsing the steps of the database on a copy.", steps.rehearse),
            (Phase.MEASURED, "Measuring how the hub does before.", steps.measure),
            (Phase.MIGRATED, "Bringing the tables to the new release.", steps.migrate),
            (Phase.SWITCHED, "Turning to the new release.", steps.switch),
            (Phase.RENEWED, "Replacing worker, then web; media goes on.", steps.renew),
            (Phase.VERIFIED, "Watching whether it is stable.", steps.verify),
        ]
        order = [Phase.BEGUN, *(phase for phase, _, _ in work)]
        return work[order.index(deployment.phase) :]

    async def _failed(self, deployment: Deployment, problem: Problem) -> Deployment:
        if not self.steps.is_current(deployment.after):
            sentence = f"{problem.sentence} Nothing that runs was changed."
            if deployment.phase is Phase.MIGRATED:
                sentence += " The tables have what the new release added; the old one ignores it."
            return self._note(deployment, outcome=Outcome.GIVEN_UP, sentence=sentence)
        if deployment.keeps:
            sentence = (
                f"{problem.sentence} It was kept as you asked: “pantau release rollback” goes back."
            )
            return self._note(deployment, outcome=Outcome.FAILED, sentence=sentence)
        if deployment.before is None:
            sentence = f"{problem.sentence} There is no release to go back to."
            return self._note(deployment, outcome=Outcome.FAILED, sentence=sentence)
        return await self.roll_back(deployment, why=problem.sentence)

    def _note(self, deployment: Deployment, **changes: Any) -> Deployment:
        changed = deployment.moved(self.clock.now(), **changes)
        try:
            write_state(self.folder, read_state(self.folder).with_deployment(changed))
        except OSError as error:
            raise Unavailable(
                "release.state_not_written",
                f"{self.folder} cannot be written: {error.strerror}. Make room there; then "
                "“pantau release deploy --resume” goes on, or “pantau release rollback” back.",
            ) from error
        return changed
