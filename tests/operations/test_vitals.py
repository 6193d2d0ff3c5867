"""Every process tells how it is; what is torn, foreign or dead is left out."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from pantau.core.histograms import BOUNDS_S
from pantau.operations.vitals import (
    Asked,
    CacheVitals,
    Latencies,
    Vitals,
    VitalsFile,
    drop_dead,
    process_facts,
    read_vitals,
)
from tests.support.clock import START


def vitals(**changes: object) -> Vitals:
    told: dict[str, object] = {
        "process": "web",
        "pid": os.getpid(),
        "version": "1.2.3",
        "build": "0123456789ab",
        "started_at": START,
        "at": START,
        **process_facts(),
        **changes,
    }
    return Vitals.model_validate(told)


def test_what_is_written_is_read_by_others(tmp_path: Path) -> None:
    told = vitals(
        requests={"api": {"200": 7, "500": 1, "503": 2}},
        latencies={"list": Latencies(counts=(0,) * 6 + (10,) + (0,) * 19, sum_s=0.04)},
        cache={"/api/stream": CacheVitals(hour=Asked(hits=8, misses=2), ttl_s=None)},
        lines={"warning": 3},
    )
    VitalsFile(tmp_path, "web", os.getpid()).write(told)
    (file,) = tmp_path.iterdir()
    assert file.name == f"vitals-web-{os.getpid()}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (read,) = read_vitals(tmp_path, now=START)
    assert read == told
    assert (read.answers, read.server_errors) == (10, 1)
    p95_s = read.latencies["list"].quantile_s(0.95)
    assert p95_s is not None
    assert 0.003 < p95_s <= 0.005


def test_torn_files_and_those_of_the_dead_are_left_out_and_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    VitalsFile(tmp_path, "worker", gone.pid).write(vitals(process="worker", pid=gone.pid))
    # A later process of the same number.
    VitalsFile(tmp_path, "media", 1).write(vitals(process="media", kernel_start=1))
    (tmp_path / "vitals-web-7.json").write_text('{"process": "web", "pi')
    VitalsFile(tmp_path, "web", os.getpid()).write(vitals())
    assert [each.process for each in read_vitals(tmp_path, now=START)] == ["web"]
    drop_dead(tmp_path, now=START)
    assert {file.name for file in tmp_path.iterdir()} == {
        "vitals-web-7.json",
        f"vitals-web-{os.getpid()}.json",
    }


@pytest.mark.parametrize(("age_s", "is_there"), [(1, True), (14, True), (16, False), (-16, False)])
def test_processes_of_other_containers_are_there_while_they_write(
    tmp_path: Path, *, age_s: float, is_there: bool
) -> None:
    VitalsFile(tmp_path, "web", 7).write(vitals(namespace="pid:[1]", pid=7))
    found = read_vitals(tmp_path, now=START + timedelta(seconds=age_s))
    assert bool(found) == is_there


def test_a_release_reads_what_others_wrote_with_their_own_buckets(tmp_path: Path) -> None:
    other = json.loads(vitals().model_dump_json())
    other["bounds_s"] = [0.1, 1.0]
    other["latencies"] = {"list": {"counts": [1, 1, 0], "sum_s": 0.5, "new": 1}}
    other["something_new"] = {"a": 1}
    del other["jobs"], other["pool"]
    (tmp_path / f"vitals-web-{os.getpid()}.json").write_text(json.dumps(other))
    (read,) = read_vitals(tmp_path, now=START)
    assert read.bounds_s != BOUNDS_S
    assert read.latencies["list"].quantile_s(1.0, read.bounds_s) == 1.0


def test_a_write_that_was_under_way_leaves_nothing_after_the_end(tmp_path: Path) -> None:
    file = VitalsFile(tmp_path, "web", os.getpid())
    file.write(vitals())
    file.drop()
    file.write(vitals())
    assert list(tmp_path.iterdir()) == []
