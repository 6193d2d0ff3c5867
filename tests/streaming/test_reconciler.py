"""Desired and actual paths of a media server come together, and nobody else's path is touched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.streaming.media_server import ServerInfo
from pantau.streaming.owned_paths import OwnedPaths
from pantau.streaming.reconciler import OnDemandTimes, Reconciler, path_conf
from tests.support.cameras import camera, key_of
from tests.support.clock import HandWoundClock

pytestmark = pytest.mark.anyio


@dataclass
class PathsInMemory:
    """A media server that remembers configurations and counts what is done to it."""

    version: str | None = "v1.20.0-pantau.1"
    confs: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    lost: bool = False
    done: list[str] = field(default_factory=list)

    async def info(self) -> ServerInfo:
        if self.lost:
            raise Unavailable("media_server.unreachable", "away")
        return ServerInfo(self.version, None)

    async def config_paths(self) -> Mapping[str, Mapping[str, Any]]:
        return {name: dict(conf) for name, conf in self.confs.items()}

    async def replace(self, name: str, conf: Mapping[str, Any]) -> None:
        if name in self.refuses:
            raise Invalid("media_server.refused", "no")
        self.done.append(f"put {name}")
        self.confs[name] = {"maxReaders": 0, **conf}

    async def delete(self, name: str) -> None:
        self.done.append(f"delete {name}")
        if self.confs.pop(name, None) is None:
            raise NotFound("media_server.no_such_path", "gone")


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
    assert sweep.foreign == 2
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
    assert sweep.failed == {key_of(2): "media_server.refused"}


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
    assert sweep.failed == {key_of(2): "media_server.unsupported_source"}
    assert not any(name.startswith("pantau") for name in hub.server.confs[key_of(1)])


async def test_remembered_before_done_so_that_a_crash_leaves_no_orphan(tmp_path: Path) -> None:
    hub = Hub(tmp_path, camera(1))
    hub.server.refuses = {key_of(1)}
    await hub.reconciler.sweep()
    assert OwnedPaths(tmp_path / "paths.json").names == {key_of(1)}


def test_damaged_memory_of_paths_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "paths.json").write_text("{broken", encoding="utf-8")
    assert OwnedPaths(tmp_path / "paths.json").names == frozenset()


def test_configuration_says_what_the_camera_asks_for() -> None:
    source = CameraSource("http://10.0.0.1/mjpg", kind="mjpeg", transport="udp", encode=True)
    conf = path_conf(
        camera(1, source=source, on_demand=False, low_latency=True),
        OnDemandTimes(start_timeout_s=10, close_after_s=90),
        is_ours=True,
    )
    assert conf == {
        "source": "http://10.0.0.1/mjpg",
        "sourceOnDemand": False,
        "sourceOnDemandStartTimeout": "10s",
        "sourceOnDemandCloseAfter": "1m30s",
        "sourceFingerprint": "",
        "rtspTransport": "udp",
        "pantauKind": "mjpeg",
        "pantauEncode": True,
        "pantauLowLatency": True,
    }
