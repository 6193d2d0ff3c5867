"""A whole hub tells every metric that alerts and dashboard ask for, of all its processes."""

import os
import signal
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from pantau.core.clock import SystemClock
from pantau.operations.vitals import read_vitals
from tests.boot.installation import Installation
from tests.boot.test_accounts import Browser, first_link, redeem
from tests.operations.test_monitoring import METRIC, expressions
from tests.support.waiting import until_in_thread

TOML = """
[limits]
admin_per_minute = 10000
public_per_minute = 10000

[[cameras]]
name = "Test card"
source = "testcard:"
record = true
on_demand = false
"""
LATER = {
    "pantau_backup_age_seconds",
    "pantau_newest_segment_age_seconds",
    "pantau_footage_hours_left",
    "pantau_viewers",
    "pantau_release_verdict",
    "pantau_release_missed",
    "pantau_release_watch_silent_seconds",
}
"""Not known before the first backup, the first whole segment, rate, viewer, verdict and watch."""


def samples(text: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_what_alerts_ask_for_is_told_by_a_running_hub(tmp_path: Path) -> None:
    with Installation(tmp_path, TOML) as hub:
        hub.until_ready()
        browser = Browser(hub.port)
        redeem(browser, first_link(hub))
        hub.get("/")
        hub.get("/api/stream")
        hub.get("/api/cameras/active")

        def told() -> dict[str, list[dict[str, str]]]:
            return samples(browser.ask("/metrics")[1])

        wanted = {name for each, _ in expressions() for name, _ in METRIC.findall(each)} - LATER

        def missing() -> set[str]:
            return wanted - told().keys()

        last: set[str] = set()

        def is_all_there() -> bool:
            last.clear()
            last.update(missing())
            return not last

        try:
            until_in_thread(is_all_there, timeout_s=60)
        except AssertionError:
            assert last == set()
            raise
        found = told()
        processes = {labels["process"] for labels in found["pantau_process_memory_bytes"]}
        assert processes == {"web", "worker", "media", "parent"}
        assert {labels["shard"] for labels in found["pantau_shard_memory_bytes"]} == {"shard-1"}
        assert {labels["shard"] for labels in found["pantau_shard_restarts_total"]} == {"shard-1"}
        assert {"web", "worker"} <= {
            labels["process"] for labels in found["pantau_process_restarts_total"]
        }
        endpoints = {
            labels["endpoint"] for labels in found["pantau_request_duration_seconds_bucket"]
        }
        assert {"list", "stream", "page", "admin_api"} <= endpoints
        assert "recording" in {labels["status"] for labels in found["pantau_recorders"]}
        assert {"live", "offline"} <= {labels["state"] for labels in found["pantau_cameras"]}
        jobs = {labels["work"] for labels in found["pantau_job_runs_total"]}
        assert {"streaming.reconciling", "health.sweep", "recordings.disks"} <= jobs
        folder = hub.sockets_dir
        (media,) = (each for each in read_vitals(folder, now=SystemClock().now()) if each.shards)
        (shard,) = media.shards
        assert shard.pid is not None
        os.kill(shard.pid, signal.SIGKILL)

        def restarts() -> list[int]:
            seen = read_vitals(folder, now=SystemClock().now())
            return [each.shard_restarts for each in seen if each.process == "media"]

        until_in_thread(lambda: restarts() == [1], timeout_s=20)
        assert len(read_vitals(folder, now=SystemClock().now())) == 3
    assert list(folder.glob("vitals-*")) == []
