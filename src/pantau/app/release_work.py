"""How the phases of a deploy are done in this installation."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pantau.app.database import database_place
from pantau.app.database_releases import roll_back_database, take_snapshot
from pantau.app.release_facts import meant_by
from pantau.app.release_hub import hub_at
from pantau.backups.snapshots import FOLDER as SNAPSHOTS
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, NotFound
from pantau.core.releases import current_environment
from pantau.migrations.upgrade import read_standing
from pantau.operations.release.gathering import read_baseline, record_baseline
from pantau.operations.release.kept_watch import Noted, note_verdict
from pantau.operations.release.verdict import Action, Verdict
from pantau.operations.release.verifying import verify
from pantau.operations.release.watching import begin_watch, end_watch
from pantau.operations.release.words import metric_names, sayings, sentence
from pantau.operations.release_steps import environments
from pantau.operations.release_steps.deploying import Changes, GateError
from pantau.operations.release_steps.renewing import Manner, look, renew, restart_media
from pantau.operations.release_steps.state import Deployment, Release
from pantau.settings import Settings

BASELINES: Final = "baselines"
_KEPT: Final = 3
_BASELINE_S: Final = 5.0
_REHEARSAL_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class InstallationSteps:
    """The steps of a deploy, for the hub of these settings."""

    settings: Settings
    clock: Clock
    tell: Callable[[str], None]
    proved: frozenset[str] = frozenset()
    """Builds that told themselves a moment ago, from the environment that is meant."""

    async def install(self, deployment: Deployment) -> Changes:
        """Make the environment, and have it prove that it is the build that was meant."""
        after = deployment.after
        if not self._is_there(after):
            meant = meant_by(deployment.target, self.settings)
            if meant.release.build != after.build:
                raise Conflict(
                    "release.target_changed",
                    f"TARGET: {deployment.target} is build {meant.release.build} by now, and "
                    f"{after.build} was meant. Deploy it anew.",
                )
            environments.make(
                after.environment,
                meant.target,
                lock=meant.lock,
                source=self._source(deployment),
                tell=self.tell,
            )
        is_proved = after.build in self.proved
        proved = after if is_proved else environments.inspect(after.environment)
        if proved.build != after.build:
            raise Conflict(
                "release.wrong_build",
                f"The environment {after.environment} says that it is build {proved.build}, and "
                f"{after.build} was meant. Remove that folder, and deploy anew.",
            )
        environments.register(self.settings.releases_folder, after)
        return {}

    async def back_up(self, deployment: Deployment) -> Changes:
        """Take a snapshot; there is no deploy without one where there is a database."""
        standing = await read_standing(database_place(self.settings), clock=self.clock)
        if standing.stored is None:
            return {}
        before = deployment.before
        taken = await take_snapshot(
            self.settings,
            self.clock,
            build=before.build if before else "",
            version=before.version if before else "",
        )
        file = self.settings.data_dir.absolute() / SNAPSHOTS / taken.name
        self.tell(f"Snapshot: {file} ({taken.size_bytes / 2**20:.1f} MiB).")
        return {"backup": file, "step_before": taken.step}

    async def rehearse(self, deployment: Deployment) -> Changes:
        """Have the new code take its steps on a copy."""
        if not self._has_steps(deployment):
            return {}
        environment = deployment.after.environment
        told = json.loads(
            environments.run_in(environment, "database", "dry-run", "--json", within_s=_REHEARSAL_S)
        )
        if told["breaks"] and not deployment.accepts_break:
            raise Conflict(
                "release.breaks",
                "The release of today could not go on beside the new tables: "
                f"{' '.join(told['breaks'])} With --accept-break it is done nevertheless, with an "
                "interruption.",
            )
        if told["steps"]:
            self.tell(f"{len(told['steps'])} steps took {told['seconds']:.1f} s on the copy.")
        return {}

    async def measure(self, deployment: Deployment) -> Changes:
        """Record the baseline; what does not run has none."""
        if not self._runs():
            return {}
        folder = self.settings.releases_folder / BASELINES
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / f"{deployment.id}.json"
        build = deployment.before.build if deployment.before else ""
        for_s = min(_BASELINE_S, deployment.gate_s or _BASELINE_S)
        await record_baseline(hub_at(self.settings, build), file, clock=self.clock, for_s=for_s)
        return {"baseline": file}

    async def migrate(self, deployment: Deployment) -> Changes:
        """Have the new code bring the tables to its own: all steps or none."""
        if deployment.step_before == deployment.after.step:
            return {}
        environments.run_in(
            deployment.after.environment,
            "database",
            "upgrade",
            "--json",
            within_s=_REHEARSAL_S,
        )
        return {}

    async def switch(self, deployment: Deployment) -> Changes:
        """Turn `current`."""
        environments.turn_to(self.settings.releases_folder, deployment.after)
        return {}

    async def renew(self, deployment: Deployment) -> Changes:
        """Replace worker and web, and media when somebody asked for it."""
        after = deployment.after
        if not await self._renew_to(after):
            return {}
        if deployment.with_media:
            self.tell("Restarting media, as you asked.")
            await restart_media(self.settings.sockets_dir, build=after.build, clock=self.clock)
        return {"renewed_at": self.clock.now()}

    async def verify(self, deployment: Deployment) -> Changes:
        """Have the gate judge; raises GateError when it says that the release must go."""
        if deployment.renewed_at is None:
            return {}
        baseline = read_baseline(deployment.baseline) if deployment.baseline else None
        verified = await verify(
            hub_at(self.settings, deployment.after.build),
            baseline,
            self.settings.release,
            clock=self.clock,
            for_s=deployment.gate_s,
            tell=self.tell,
        )
        verdict = verified.verdict
        with contextlib.suppress(OSError):
            note_verdict(self.settings.releases_folder, Noted(watch="", verdict=verdict))
        if verdict.action is Action.ROLL_BACK:
            raise GateError("release.gate", reasons(verdict))
        if verdict.action is Action.MONITOR:
            self.tell(reasons(verdict))
        return {"verdict": verdict.action.value}

    async def hand_over(self, deployment: Deployment) -> None:
        """Have the worker watch, and remove old environments that nobody uses."""
        if deployment.renewed_at is not None:
            begin_watch(
                self.settings.releases_folder,
                hub=hub_at(self.settings, deployment.after.build),
                baseline_file=deployment.baseline,
                rules=self.settings.release,
                clock=self.clock,
                rolls_back=not deployment.keeps,
            )
        releases = [each for each in (deployment.before, deployment.after) if each]
        hub = look(self.settings.sockets_dir, now=self.clock.now())
        gone = environments.prune(
            self.settings.releases_folder,
            keep=_KEPT,
            needed=[each.environment for each in releases],
            in_use=[
                *(each.python for each in hub.processes if each.python),
                *(each.python for each in hub.family.children.values() if each.python),
            ],
        )
        if gone:
            self.tell(f"Removed old environments: {', '.join(gone)}.")

    async def stop_watching(self) -> None:
        """End the watch, which is always of the newest release."""
        end_watch(self.settings.releases_folder)

    async def turn_back(self, release: Release) -> None:
        """Turn `current` back, if that release is still there."""
        if not self._is_there(release):
            raise NotFound(
                "release.gone", f"The environment {release.environment} is not there any more."
            )
        environments.turn_to(self.settings.releases_folder, release)

    async def restore_database(self, deployment: Deployment, choice: str) -> str:
        """Roll the database back where the release of before needs it, or as told."""
        if deployment.backup is None or choice == "keep":
            return "The database was left as it is." if choice == "keep" else ""
        rolled = await roll_back_database(
            self.settings, self.clock, to=deployment.backup.name, anyway=choice == "restore"
        )
        return rolled.sentence

    async def renew_back(self, deployment: Deployment, before: Release) -> bool:
        """Replace worker and web again, and media where it was asked for and is of this deploy."""
        if not await self._renew_to(before):
            return False
        if deployment.with_media:
            await restart_media(
                self.settings.sockets_dir,
                build=before.build,
                clock=self.clock,
                left=deployment.after.build,
            )
        return True

    def is_current(self, release: Release) -> bool:
        """Tell whether `current` names a release."""
        return current_environment(self.settings.releases_folder) == release.environment

    async def _renew_to(self, release: Release) -> bool:
        return await renew(
            self.settings.sockets_dir, build=release.build, clock=self.clock, tell=self.tell
        )

    def _has_steps(self, deployment: Deployment) -> bool:
        return deployment.backup is not None and deployment.step_before != deployment.after.step

    def _runs(self) -> bool:
        hub = look(self.settings.sockets_dir, now=self.clock.now())
        return hub.manner is not Manner.NOTHING_RUNS

    def _is_there(self, release: Release) -> bool:
        environment = release.environment
        is_ours = environment.parent == self.settings.releases_folder
        if is_ours:
            return environments.is_whole(environment)
        return (environment / "bin" / "python").exists()

    def _source(self, deployment: Deployment) -> Path | None:
        return deployment.before.environment if deployment.before else None


def reasons(verdict: Verdict) -> str:
    """Return in sentences why a verdict is no plain yes: the rows that asked for what it says."""
    names, words = metric_names(str), sayings(str)
    return " ".join(
        f"{names.get(row.metric, row.metric)}: {sentence(row.measured, words)}"
        for row in verdict.rows
        if row.action is verdict.action
    )
