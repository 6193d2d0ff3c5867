"""What metrics tell of the release that runs and of whoever watches it."""

import os
from pathlib import Path

from pantau.app.release_hub import address_here
from pantau.core.build import build_id
from pantau.operations.release.desk import Meant, ReleaseDesk
from pantau.operations.release.gathering import Hub
from pantau.operations.release.kept_watch import Noted, begin_watch, end_watch, note_verdict
from pantau.operations.release.rules import Rules
from pantau.operations.vitals import Vitals, VitalsFile, process_facts
from pantau.settings import Settings
from tests.operations.release.found import NOW, OLD, baseline, measured, verdict
from tests.support.clock import HandWoundClock


def desk(folder: Path, clock: HandWoundClock) -> ReleaseDesk:
    hub = Hub(address="http://127.0.0.1:9", sockets_dir=folder, build=build_id())
    meant = Meant(hub=hub, baseline_file=None)
    return ReleaseDesk(folder, meant=lambda: meant, rules=Rules(), clock=clock)


def test_a_verdict_on_what_does_not_run_any_more_is_not_told(tmp_path: Path) -> None:
    bad = verdict(measured(errors=600), baseline())
    releases = desk(tmp_path, HandWoundClock())

    note_verdict(tmp_path, Noted(watch="", verdict=bad.model_copy(update={"build": build_id()})))
    told = releases.figures()
    note_verdict(tmp_path, Noted(watch="", verdict=bad.model_copy(update={"build": OLD})))
    os.utime(tmp_path / "verdicts.json", (1, 1))

    assert told["release_verdict"][("roll_back",)] == 1
    assert "release_verdict" not in releases.figures()


def test_a_watch_that_nobody_carries_out_falls_silent(tmp_path: Path) -> None:
    clock = HandWoundClock()
    releases = desk(tmp_path, clock)
    assert releases.figures()["release_watch_silent_seconds"] is None

    hub = Hub(address="http://127.0.0.1:9", sockets_dir=tmp_path, build=build_id())
    begin_watch(tmp_path, hub=hub, baseline_file=None, rules=Rules(), clock=clock, rolls_back=False)
    written = clock.unix_s() - 700
    os.utime(tmp_path / "watch.json", (written, written))
    assert releases.figures()["release_watch_silent_seconds"] == 700

    end_watch(tmp_path)
    assert releases.figures()["release_watch_silent_seconds"] is None


def test_a_hub_at_any_free_port_is_asked_where_it_says_that_it_is(tmp_path: Path) -> None:
    fixed = Settings(data_dir=tmp_path, port=3000)
    free = Settings(data_dir=tmp_path, port=0)
    free.sockets_dir.mkdir(mode=0o700, parents=True)
    vitals = {
        "process": "web",
        "pid": os.getpid(),
        "version": "1.1.0",
        "started_at": NOW,
        "at": NOW,
        "address": "http://127.0.0.1:45678",
        **process_facts(),
    }
    VitalsFile(free.sockets_dir, "web", os.getpid()).write(Vitals.model_validate(vitals))

    assert address_here(free) == "http://127.0.0.1:45678"
    assert address_here(fixed) == "http://127.0.0.1:3000"
