"""What goes wrong hours after a deploy: whoever watches sees it, and the worker takes it back."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pantau.operations.release.kept_watch import Watch, owning_watch, read_history, read_watch
from pantau.operations.release.verdict import Action
from pantau.operations.release_steps.state import Outcome
from tests.boot.test_managed_cameras import Operator
from tests.support.deployed_hub import TOML, DeployedHub, deployed
from tests.support.planted_releases import CRASH, ERRORS, LATER, make_release
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]

OFTEN = TOML.replace("[release]\n", "[release]\nwatch_every_s = 10\nwatch_for_s = 3600\n")
SHORT = TOML.replace("[release]\n", "[release]\nwatch_every_s = 15\nwatch_for_s = 60\n")


@contextmanager
def heard() -> Iterator[tuple[str, list[str]]]:
    """Listen as a webhook does; give its address and what it was told."""
    told: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/alarms", told
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()


def send_alarms_to(hub: DeployedHub, address: str) -> None:
    operator = Operator(hub)
    target = {"name": "Ops", "language": "en", "to": {"form": "webhook", "url": address}}
    status, answer = operator.ask("POST", "/api/admin/alerts/targets", target)
    assert status == 201, answer
    windows = {"gather_s": 0, "down_after_s": 10, "up_after_s": 10}
    status, answer = operator.ask("PUT", "/api/admin/alerts/settings", windows)
    assert status == 200, answer
    rule = {
        "name": "All",
        "kinds": ["release", "release_back"],
        "target_ids": [answer_id(operator)],
    }
    status, answer = operator.ask("POST", "/api/admin/alerts/rules", rule)
    assert status == 201, answer


def answer_id(operator: Operator) -> int:
    number = operator.ask("GET", "/api/admin/alerts/targets")[1]["data"][0]["id"]
    assert isinstance(number, int)
    return number


def watch_of(hub: DeployedHub) -> Watch:
    asked = read_watch(hub.releases)
    assert asked is not None
    return asked


def is_owned(hub: DeployedHub) -> bool:
    with owning_watch(hub.releases) as is_ours:
        return not is_ours


@pytest.mark.parametrize(
    ("harm", "metric"), [(ERRORS, "critical"), (CRASH, "stable")], ids=["errors", "crash"]
)
def test_the_worker_takes_back_what_turns_bad_after_the_deploy(
    tmp_path: Path, harm: str, metric: str
) -> None:
    sign = tmp_path / "now"
    plant = LATER.format(sign=str(sign), harm=harm)
    late = make_release(tmp_path / "late", version="0.1.1", plant=plant)
    with heard() as (address, told), deployed(tmp_path, OFTEN) as hub:
        send_alarms_to(hub, address)
        hub.until_recording(1)
        media, before = hub.pid_of("media"), hub.counts()
        code, last, said = hub.deploy(late)
        assert code in {0, 3}, said
        assert last.outcome is Outcome.DEPLOYED, said
        assert last.before is not None
        # It is judged well once, by the worker: what follows began after the deploy.
        until_in_thread(lambda: judged(hub), timeout_s=120, what="a verdict of the worker")
        assert judged(hub)[-1] is not Action.ROLL_BACK

        sign.touch()

        until_in_thread(
            lambda: hub.last().outcome is Outcome.ROLLED_BACK, timeout_s=240, what="the way back"
        )
        hub.until_only(last.before.build)
        verdict = next(
            each.verdict
            for each in read_history(hub.releases)
            if each.watch and each.verdict.action is Action.ROLL_BACK
        )
        assert metric in {row.metric for row in verdict.rows if row.action is Action.ROLL_BACK}
        assert verdict.build == last.after.build
        asked = watch_of(hub)
        assert (asked.is_over, asked.was_rolled_back) == (True, True)
        assert "runs again" in hub.last().sentence
        assert (hub.releases / "current").resolve() == last.before.environment
        assert hub.pid_of("media") == media
        after = hub.counts()
        assert all(after[table] >= before[table] for table in before), (before, after)
        until_in_thread(
            lambda: any("0.1.1" in each and "taken back" in each.lower() for each in told),
            timeout_s=120,
            what=f"the alarm in {told}",
        )
        assert hub.get("/api/cameras/active")[0] == 200


def judged(hub: DeployedHub) -> list[Action]:
    """Return what the watch came to so far."""
    return [each.verdict.action for each in read_history(hub.releases) if each.watch]


def test_a_watch_whose_terminal_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with deployed(tmp_path, SHORT) as hub:
        assert hub.command("release", "adopt").returncode == 0
        # Nobody deployed: the command begins a watch, and carries it out before the worker can.
        terminal = hub.started("release", "watch")
        try:
            until_in_thread(lambda: judged(hub), timeout_s=120, what="its first verdict")
        finally:
            os.kill(terminal.pid, signal.SIGKILL)
            terminal.wait(30)
        first = watch_of(hub)
        assert not first.is_over
        until_in_thread(lambda: is_owned(hub), timeout_s=60, what="the worker that goes on")

        followed = hub.command("release", "watch", "--json")

        assert followed.returncode in {0, 3}, followed.stderr
        assert "The worker watches this release" in followed.stderr
        assert json.loads(followed.stdout)["build"] == first.build
        whole = watch_of(hub)
        assert (whole.id, whole.is_over) == (first.id, True)
        assert whole.ran_s >= 60
        # Counted from the beginning, not anew: its last verdict is about the whole time.
        assert [each.watch for each in read_history(hub.releases)] == [first.id] * len(judged(hub))
        assert read_history(hub.releases)[-1].verdict.running_s >= 60
