"""A hub that runs from an environment of its own, with viewers, and the commands to release it."""

import json
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from pantau.operations.release_steps.state import Deployment, Outcome, read_state
from tests.boot.installation import Installation
from tests.support.planted_releases import make_release
from tests.support.waiting import until_in_thread

_ANY_TIMES: Final = "worse_slack_ms = 60000\n"
TOML: Final = f"""
[release]
stable_s = 2
{_ANY_TIMES}
[recordings]
segment_s = 10
reserve_bytes = 1048576

[[cameras]]
name = "Gate"
id = 1
source = "testcard:"
record = true
on_demand = false
"""
"""A release is not judged by its times: a machine that is busy meanwhile is no fault of it."""
JUDGED_BY_TIMES: Final = TOML.replace(_ANY_TIMES, "")
_ASKED: Final = ("/api/cameras/active", "/api/areas/public", "/api/recordings/1/segments", "/")
_EVERY_S: Final = 0.02


class DeployedHub(Installation):
    """A whole Pantau, started by the `pantau` of an environment."""

    def __init__(self, folder: Path, environment: Path, toml: str = TOML) -> None:
        super().__init__(folder, toml)
        self.program = (str(environment / "bin" / "pantau"),)
        self.asked: Counter[str] = Counter()
        self._leaving = threading.Event()
        self._viewers = threading.Thread(target=self._view, daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        # An environment finds its packages by itself; ours must not stand before them.
        return {k: v for k, v in super().environment.items() if not k.startswith("PYTHON")}

    @property
    def releases(self) -> Path:
        return self.folder / "data" / "releases"

    def with_viewers(self) -> "DeployedHub":
        """Have somebody ask all the time, until the test is over."""
        self._viewers.start()
        return self

    def leave(self) -> None:
        """Have the viewers go."""
        self._leaving.set()
        if self._viewers.is_alive():
            self._viewers.join(60)

    def command(
        self, *arguments: str, program: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment it was started from, or of another."""
        return subprocess.run(
            [str(program) if program else self.program[0], *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def started(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command; whoever began it ends it."""
        return subprocess.Popen(
            [self.program[0], *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def deploy(self, environment: Path, *more: str) -> tuple[int, Deployment, str]:
        """Deploy; return exit code, what is remembered of it, and all that was said."""
        done = self.command("release", "deploy", str(environment), "--gate", "5", *more)
        last = read_state(self.releases).last
        assert last is not None, done.stdout + done.stderr
        return done.returncode, last, done.stdout + done.stderr

    def last(self) -> Deployment:
        """Return what is remembered of the newest deploy."""
        last = read_state(self.releases).last
        assert last is not None
        return last

    def until_only(self, build: str) -> None:
        """Wait until worker and web are of one build."""
        until_in_thread(
            lambda: self.builds() == {"worker": {build}, "web": {build}},
            timeout_s=120,
            what=f"worker and web of build {build}",
        )

    def refusals(self) -> dict[str, int]:
        """Have the viewers go; return what they were answered other than 200, how often."""
        self.leave()
        return {asked: count for asked, count in self.asked.items() if not asked.endswith("200")}

    def status(self) -> dict[str, Any]:
        said = self.command("release", "status", "--json")
        assert said.returncode == 0, said.stderr
        known: dict[str, Any] = json.loads(said.stdout)
        return known

    def builds(self) -> dict[str, set[str]]:
        """Return the builds of worker and web, as they tell themselves."""
        found: dict[str, set[str]] = {}
        for each in self.status()["processes"]:
            if each["name"] in {"worker", "web"}:
                found.setdefault(each["name"], set()).add(each["build"])
        return found

    def counts(self) -> dict[str, int]:
        """Return how much there is of what must never be lost."""
        tables = ("users", "cameras", "recording_segments", "view_history", "audit_entries")
        return {
            table: int(str(self.rows(f"SELECT count(*) FROM {table}")[0][0]))  # noqa: S608
            for table in tables
        }

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """Return the answer of the database."""
        with closing(sqlite3.connect(self.folder / "data" / "pantau.db", timeout=30)) as database:
            return database.execute(question).fetchall()

    def until_recording(self, pieces: int) -> None:
        """Wait for so many finished or growing files of footage."""
        folder = self.folder / "data" / "recordings" / "1"
        until_in_thread(
            lambda: len(list(folder.glob("*/*.idx"))) >= pieces,
            timeout_s=90,
            what=f"{pieces} files of footage",
        )

    def until_interrupted_in(self, *phases: str) -> None:
        """Wait until a deploy is in one of these phases, or beyond."""
        until_in_thread(
            lambda: (
                (last := read_state(self.releases).last) is not None
                and last.outcome is Outcome.UNDER_WAY
                and last.phase.value in phases
            ),
            timeout_s=120,
            what=f"a deploy in {phases}",
        )

    def _view(self) -> None:
        while not self._leaving.wait(_EVERY_S):
            for path in _ASKED:
                try:
                    status = self.get(path)[0]
                except OSError:
                    status = 0
                self.asked[f"{path} {status}"] += 1


@contextmanager
def deployed(
    folder: Path, toml: str = TOML, kind: type[DeployedHub] = DeployedHub
) -> Iterator[DeployedHub]:
    """Run a good release 0.1.0 in `folder`, with footage, and viewers."""
    home = folder / "hub"
    home.mkdir()
    with kind(home, make_release(folder / "good"), toml) as hub:
        try:
            yield hub.until_ready().with_viewers()
        finally:
            hub.leave()
