"""Desired and actual paths of a media server come together, and nobody else's path is touched."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.service import Catalogue
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import Reconciler, Sweep
from tests.streaming.paths_in_memory import PathsInMemory
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


class Hub:
    def __init__(self, folder: Path, *cameras: Camera) -> None:
        self.server = PathsInMemory()
        self.clock = HandWoundClock()
        self.catalogue = Catalogue(cameras, clock=self.clock)
        self.folder = folder
        self.reconciler = self.fresh_reconciler()

    def fresh_reconciler(self) -> Reconciler:
        return Reconciler(
            server=self.server,
            catalogue=self.catalogue,
            owned=OwnedPaths(self.folder / "paths.json"),
            clock=self.clock,
        )


def codes(sweep: Sweep) -> dict[str, str]:
    return {path: failure.code for path, failure in sweep.failed.items()}


async def test_missing_paths_are_put_and_a_second_sweep_does_nothing(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2))
    first = await hub.reconciler.sweep()
    assert set(first.put) == {key_of(1), key_of(2)}
    second = await hub.reconciler.sweep()
    assert (second.put, second.deleted, second.unchanged) == ((), (), 2)


async def test_another_source_replaces_the_path(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    await hub.reconciler.sweep()
    hub.catalogue.replace([camera(1, url="rtsp://10.0.0.9/live")])
    assert (await hub.reconciler.sweep()).put == (key_of(1),)
    assert hub.server.confs[key_of(1)]["source"] == "rtsp://10.0.0.9/live"


async def test_disabled_camera_loses_its_path(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2))
    await hub.reconciler.sweep()
    hub.catalogue.replace([camera(1, enabled=False), camera(2)])
    assert (await hub.reconciler.sweep()).deleted == (key_of(1),)
    assert set(hub.server.confs) == {key_of(2)}


async def test_paths_of_others_are_never_touched(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.confs = {"somebody": {"source": "publisher"}, "all_others": {}}
    sweep = await hub.reconciler.sweep()
    assert sweep.foreign == ("all_others", "somebody")
    assert hub.server.done == [f"put {key_of(1)}"]


async def test_path_of_a_camera_deleted_while_we_were_away_is_removed(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2))
    await hub.reconciler.sweep()
    hub.catalogue.replace([camera(2)])
    sweep = await hub.fresh_reconciler().sweep()
    assert sweep.deleted == (key_of(1),)
    assert OwnedPaths(tmp_path / "paths.json").names == {key_of(2)}


async def test_media_server_that_lost_half_is_whole_after_one_sweep(tmp_path: Path) -> None:
    hub = Hub(tmp_path, *(camera(number) for number in range(1, 251)))
    await hub.reconciler.sweep()
    for number in range(1, 126):
        del hub.server.confs[key_of(number)]
    assert len((await hub.reconciler.sweep()).put) == 125
    assert len(hub.server.confs) == 250


async def test_one_refused_camera_does_not_stop_the_others(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2), camera(3))
    hub.server.refuses = {key_of(2)}
    sweep = await hub.reconciler.sweep()
    assert set(sweep.put) == {key_of(1), key_of(3)}
    assert codes(sweep) == {key_of(2): "media_server.refused"}


async def test_silent_media_server_deletes_nothing_and_is_told_once(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    await hub.reconciler.sweep()
    hub.server.lost = True
    assert await hub.reconciler.sweep_if_reachable() is None
    assert OwnedPaths(tmp_path / "paths.json").names == {key_of(1)}
    hub.server.lost = False
    assert await hub.reconciler.sweep_if_reachable() is not None


async def test_keys_that_an_older_server_does_not_know_cause_no_storm(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    await hub.reconciler.sweep()
    del hub.server.confs[key_of(1)]["sourceFingerprint"]
    assert (await hub.reconciler.sweep()).put == ()


async def test_foreign_media_server_gets_only_what_it_understands(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2, url="testcard:"))
    hub.server.version = "v1.20.0"
    sweep = await hub.reconciler.sweep()
    assert sweep.put == (key_of(1),)
    assert codes(sweep) == {key_of(2): "media_server.unsupported_source"}
    assert not any(name.startswith("pantau") for name in hub.server.confs[key_of(1)])


async def test_remembered_before_done_so_that_a_crash_leaves_no_orphan(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.refuses = {key_of(1)}
    await hub.reconciler.sweep()
    assert OwnedPaths(tmp_path / "paths.json").names == {key_of(1)}


def test_damaged_memory_of_paths_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "paths.json").write_text("{broken", encoding="utf-8")
    assert OwnedPaths(tmp_path / "paths.json").names == frozenset()


async def test_camera_that_makes_the_server_silent_does_not_stop_the_others(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2), camera(3))
    hub.server.silent_about = {key_of(1)}
    sweep = await hub.reconciler.sweep()
    assert set(sweep.put) == {key_of(2), key_of(3)}
    assert codes(sweep) == {key_of(1): "media_server.silent"}


async def test_what_failed_goes_last_the_next_time(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2))
    hub.server.silent_about = {key_of(1)}
    await hub.reconciler.sweep()
    hub.server.confs.clear()
    hub.server.tried.clear()
    await hub.reconciler.sweep()
    assert hub.server.tried == [key_of(2), key_of(1)]


async def test_server_lost_on_the_way_is_not_blamed_on_a_camera(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2), camera(3))
    hub.server.lost_after = 1
    assert await hub.reconciler.look_if_reachable() is None
    hub.server.lost, hub.server.lost_after = False, None
    sweep = await hub.reconciler.look_if_reachable()
    assert sweep is not None
    assert (len(sweep.put), sweep.unchanged, codes(sweep)) == (2, 1, {})


async def test_what_was_wrong_is_told_by_name_and_without_values(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1), camera(2), camera(3))
    await hub.reconciler.sweep()
    hub.server.confs[key_of(1)]["source"] = "rtsp://root:geheim@10.9.9.9/old"
    hub.server.confs[key_of(1)]["rtspTransport"] = "udp"
    del hub.server.confs[key_of(2)]
    hub.catalogue.replace([camera(1), camera(2)])
    sweep = await hub.reconciler.sweep()
    told = {each.path: (each.what, each.keys, each.camera_id) for each in sweep.corrections}
    assert told == {
        key_of(1): ("different", ("source", "rtspTransport"), 1),
        key_of(2): ("missing", (), 2),
        key_of(3): ("unwanted", (), None),
    }
    assert "geheim" not in repr(sweep)
    assert "10.9.9.9" not in repr(sweep)


async def test_forced_sweep_puts_also_what_is_right(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.confs["somebody"] = {"source": "publisher"}
    await hub.reconciler.sweep()
    hub.server.done.clear()
    sweep = await hub.reconciler.sweep(is_forced=True)
    assert hub.server.done == [f"put {key_of(1)}"]
    assert sweep.corrections[0].what == "forced"


async def test_comparing_that_takes_long_is_done_less_often(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.on_list = lambda: hub.clock.wind(0.1)
    first = await hub.reconciler.look_if_reachable()
    assert hub.server.lists == 1
    hub.clock.wind(5)
    assert await hub.reconciler.look_if_reachable() is first
    assert hub.server.lists == 1
    hub.clock.wind(6)
    await hub.reconciler.look_if_reachable()
    assert hub.server.lists == 2


async def test_restarted_server_is_whole_at_the_next_look_however_long_comparing_takes(
    tmp_path: Path,
) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.on_list = lambda: hub.clock.wind(1)
    await hub.reconciler.look_if_reachable()
    hub.server.confs.clear()
    hub.server.started_at = START + timedelta(minutes=5)
    await hub.reconciler.look_if_reachable()
    assert set(hub.server.confs) == {key_of(1)}


async def test_server_too_old_to_say_when_it_started_is_compared_every_time(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.on_list = lambda: hub.clock.wind(1)
    hub.server.version, hub.server.started_at = None, None
    await hub.reconciler.look_if_reachable()
    hub.server.confs.clear()
    await hub.reconciler.look_if_reachable()
    assert set(hub.server.confs) == {key_of(1)}


async def test_change_of_a_camera_is_compared_at_once(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.on_list = lambda: hub.clock.wind(1)
    hub.catalogue.on_cameras(hub.reconciler.wake)
    await hub.reconciler.look_if_reachable()
    hub.catalogue.replace([camera(1, url="rtsp://10.0.0.9/live")])
    await hub.reconciler.look_if_reachable()
    assert hub.server.confs[key_of(1)]["source"] == "rtsp://10.0.0.9/live"


async def test_lost_server_is_compared_as_soon_as_it_is_back(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.on_list = lambda: hub.clock.wind(1)
    await hub.reconciler.look_if_reachable()
    hub.server.lost = True
    assert await hub.reconciler.look_if_reachable() is None
    hub.server.lost = False
    hub.server.confs.clear()
    await hub.reconciler.look_if_reachable()
    assert set(hub.server.confs) == {key_of(1)}


async def test_cameras_that_nobody_is_shown_keep_their_paths_for_operators(tmp_path: Path) -> None:
    cut_off = PublicDecision(cut_off=CutOff(at=START), visibility=Visibility.PRIVATE)
    still = PublicDecision(still_only=True)
    hub = Hub(tmp_path, camera(1, decision=cut_off), camera(2, decision=still))
    assert len((await hub.reconciler.sweep()).put) == 2


async def test_cameras_that_nobody_pulls_have_no_path(tmp_path: Path) -> None:
    page = CameraSource("https://example.com/view", kind="embed")
    socket = CameraSource("wss://example.com/live", kind="mpegts_ws")
    off = camera(3, enabled=False)
    hub = Hub(tmp_path, camera(1, source=page), camera(2, source=socket), off, camera(4))
    assert (await hub.reconciler.sweep()).put == (key_of(4),)


async def test_what_a_foreign_server_cannot_do_is_told(tmp_path: Path) -> None:
    plain = CameraSource("https://example.com/live.m3u8")
    picky = replace(plain, headers=(("Referer", "https://example.com"),))
    unchecked = replace(plain, tls="insecure")
    pinned = replace(unchecked, tls_fingerprint="ab" * 32)
    flv = CameraSource("http://example.com/live.flv")
    sources = (plain, picky, unchecked, pinned, flv)
    hub = Hub(tmp_path, *(camera(number, source=each) for number, each in enumerate(sources, 1)))
    hub.server.version = "v1.9.0"
    sweep = await hub.reconciler.sweep()
    assert set(sweep.put) == {key_of(1), key_of(4)}
    assert codes(sweep) == {
        key_of(2): "media_server.unsupported_options",
        key_of(3): "media_server.unsupported_options",
        key_of(5): "media_server.unsupported_source",
    }
