"""Health is what was measured, with an age, and names what is down."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pantau.core.clock import always
from pantau.core.errors import Unavailable
from pantau.health import probes
from pantau.health.api import HealthPages
from pantau.health.monitor import Finding, Monitor, Part
from pantau.web.exchange import Reply
from tests.support.clock import HandWoundClock
from tests.support.requests import hot

pytestmark = pytest.mark.anyio


class House:
    def __init__(self) -> None:
        self.clock = HandWoundClock()
        self.is_stopping = False
        self.found = {"media_server": Finding(ok=True), "disk": Finding(ok=True)}
        self.monitor = Monitor(
            [
                Part("media_server", self.probe("media_server"), essential=True),
                Part("disk", self.probe("disk"), essential=False),
            ],
            clock=self.clock,
        )
        pages = HealthPages(
            self.monitor,
            clock=self.clock,
            zone=always(ZoneInfo("Asia/Makassar")),
            security={"securityHeaders": True},
            build=lambda: "0123456789ab",
            is_stopping=lambda: self.is_stopping,
        )
        self.routes = pages.routes()

    def probe(self, name: str) -> Any:
        async def probe() -> Finding:
            return self.found[name]

        return probe

    def ask(self, path: str = "/health") -> tuple[int, dict[str, Any]]:
        reply = self.routes[path].handler(hot(path))
        assert isinstance(reply, Reply)
        return reply.status, json.loads(reply.body)


async def test_everything_works() -> None:
    house = House()
    await house.monitor.look()
    status, body = house.ask()
    assert (status, body["status"], body["down"]) == (200, "ok", [])
    assert body["timestamp"] == "2026-03-01T08:00:00.000Z"
    assert body["timestampLocal"] == "2026-03-01T16:00:00+08:00"
    assert body["timezone"] == "Asia/Makassar (WITA, UTC+8)"
    assert body["security"] == {"securityHeaders": True}


async def test_essential_part_down_is_503_with_its_name() -> None:
    house = House()
    house.found["media_server"] = Finding(ok=False, message="The media server does not answer.")
    await house.monitor.look()
    status, body = house.ask()
    assert (status, body["status"], body["down"]) == (503, "down", ["media_server"])
    assert body["parts"]["media_server"]["message"] == "The media server does not answer."
    assert house.ask("/health/live")[0] == 200


async def test_visitors_are_sent_to_pages_although_the_media_server_is_down() -> None:
    house = House()
    house.found["media_server"] = Finding(ok=False, message="The media server does not answer.")
    await house.monitor.look()
    status, body = house.ask("/health/ready")
    assert (status, body["down"], body["degraded"]) == (200, [], ["media_server"])
    assert body["build"] == house.ask()[1]["build"] == "0123456789ab"


async def test_nobody_is_sent_to_a_process_that_starts_stops_or_measures_nothing() -> None:
    house = House()
    assert house.ask("/health/ready")[1]["down"] == ["starting"]
    await house.monitor.look()
    assert house.ask("/health/ready")[0] == 200
    house.is_stopping = True
    assert house.ask("/health/ready")[0] == 503
    assert house.ask("/health/ready")[1]["down"] == ["stopping"]
    assert house.ask("/health/live")[0] == 200
    house.is_stopping = False
    house.clock.wind(31)
    assert house.ask("/health/ready")[1]["down"] == ["monitor"]


async def test_other_part_down_is_told_but_people_can_watch() -> None:
    house = House()
    house.found["disk"] = Finding(ok=False, message="full")
    await house.monitor.look()
    status, body = house.ask()
    assert (status, body["status"], body["down"]) == (200, "degraded", ["disk"])
    assert house.ask("/health/ready")[0] == 200


def test_what_was_not_measured_is_not_claimed() -> None:
    status, body = House().ask()
    assert (status, body["status"]) == (503, "down")
    assert House().ask("/health/ready")[0] == 503


async def test_monitor_that_has_stopped_is_itself_a_fault() -> None:
    house = House()
    await house.monitor.look()
    house.clock.wind(31)
    assert house.ask()[0] == 503


async def test_probe_that_fails_is_a_finding() -> None:
    house = House()

    async def broken() -> Finding:
        raise PermissionError(13, "Permission denied")

    monitor = Monitor([Part("disk", broken, essential=False)], clock=house.clock)
    await monitor.look()
    assert monitor.report().others_down == ("disk",)


async def test_late_loop_is_measured() -> None:
    house = House()

    async def late(duration_s: float) -> None:
        house.clock.wind(duration_s + 2.0)

    house.clock.sleep = late  # type: ignore[method-assign]  # a loop that is two seconds late
    await house.monitor.look()
    await house.monitor.measure_lag()
    _, body = house.ask()
    assert body["parts"]["event_loop"] == {"ok": False, "lag_ms": 2000}
    assert house.ask("/health/live")[1]["loop_lag_ms"] == 2000


@pytest.mark.parametrize(("ago_s", "ok"), [(None, False), (0.4, True), (9.9, True), (10.1, False)])
async def test_media_server_is_alive_while_its_answers_are_young(
    ago_s: float | None, *, ok: bool
) -> None:
    assert (await probes.media_server(lambda: ago_s)()).ok is ok


async def test_worker_is_alive_while_its_sweeps_are_young(tmp_path: Path) -> None:
    clock = HandWoundClock()
    probe = probes.worker(tmp_path, clock)
    assert not (await probe()).ok
    probes.write_heartbeat(tmp_path, at_mono_s=clock.mono_s(), paths=8, failed=1)
    finding = await probe()
    assert finding.ok
    assert finding.facts == {"sweep_ago_s": 0.0, "paths": 8, "paths_failed": 1}
    clock.wind(31)
    assert not (await probe()).ok


async def test_worker_that_failed_says_why_until_it_works_again(tmp_path: Path) -> None:
    clock = HandWoundClock()
    probe = probes.worker(tmp_path, clock)
    probes.write_heartbeat(tmp_path, at_mono_s=clock.mono_s(), paths=8, failed=1)
    probes.write_failure(tmp_path, clock.mono_s(), "database.too_new")
    finding = await probe()
    assert not finding.ok
    assert finding.facts == {"reason": "database.too_new"}
    probes.write_heartbeat(tmp_path, at_mono_s=clock.mono_s(), paths=8, failed=1)
    assert (await probe()).ok


async def test_disk_is_tried_and_not_assumed(tmp_path: Path) -> None:
    finding = await probes.disk(tmp_path)()
    assert finding.ok
    with pytest.raises(OSError, match="No such file"):
        await probes.disk(tmp_path / "missing")()


async def test_a_look_that_is_refused_is_a_finding_and_ends_nothing() -> None:
    async def refused() -> Finding:
        raise Unavailable("database.away", "The database does not answer.")

    monitor = Monitor([Part("films", refused, essential=False)], clock=HandWoundClock())
    await monitor.look()
    assert monitor.report().findings["films"].message == "The database does not answer."


async def test_a_sign_of_life_does_not_age_with_the_time_that_somebody_sets(tmp_path: Path) -> None:
    clock = HandWoundClock()
    probes.write_heartbeat(tmp_path, at_mono_s=clock.mono_s() + 5, paths=1, failed=0)
    # From the future: of before a boot, after which the clock began anew.
    assert not (await probes.worker(tmp_path, clock)()).ok
