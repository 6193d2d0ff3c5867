"""Cameras that nobody watches are opened now and then for a still, two at a time."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.decisions import PublicDecision
from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.service import Catalogue
from pantau.core.errors import Unavailable
from pantau.core.ids import CameraId
from pantau.thumbnails.addresses import FORMS, StillForm
from pantau.thumbnails.shelf import Shelf
from pantau.thumbnails.stills import Still
from pantau.thumbnails.warming import Warmer
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


@dataclass
class Origin:
    clock: HandWoundClock
    taken_at: dict[str, datetime] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    dead: set[str] = field(default_factory=set)
    lost: bool = False

    async def still(
        self, stream_key: str, *, width_px: int, form: StillForm = "jpg", late: bool = False
    ) -> Still | None:
        if self.lost:
            raise Unavailable("thumbnail.origin_unreachable", "away")
        taken_at = self.taken_at.get(stream_key)
        return Still(f"{form} {width_px}".encode(), taken_at) if taken_at else None

    async def open_camera(self, stream_key: str, *, timeout_s: float) -> bool:
        self.opened.append(stream_key)
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        await asyncio.sleep(0)
        self.open_now -= 1
        if stream_key in self.dead:
            return False
        self.taken_at[stream_key] = self.clock.now()
        return True


class Network:
    def __init__(self, folder: Path, *cameras: Camera) -> None:
        self.clock = HandWoundClock()
        self.origin = Origin(self.clock)
        self.shelf = Shelf(folder)
        self.catalogue = Catalogue(cameras, clock=self.clock)
        self.warmer = Warmer(
            origin=self.origin,
            catalogue=self.catalogue,
            shelf=self.shelf,
            clock=self.clock,
            warm_every_s=300.0,
            start_timeout_s=12.0,
        )


async def test_every_idle_camera_gets_a_still_and_never_more_than_two_are_opened_at_once(
    tmp_path: Path,
) -> None:
    network = Network(tmp_path, *(camera(number) for number in range(1, 9)))
    await network.warmer.round()
    assert len(network.origin.opened) == 8
    assert network.origin.open_most == 2
    assert all(network.shelf.get(CameraId(number), 320) for number in range(1, 9))


async def test_camera_is_not_opened_again_before_its_still_is_old(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1))
    await network.warmer.round()
    network.clock.wind(200)
    await network.warmer.round()
    assert len(network.origin.opened) == 1
    network.clock.wind(101)
    await network.warmer.round()
    assert len(network.origin.opened) == 2


async def test_camera_that_is_watched_anyway_is_not_opened(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1))
    network.origin.taken_at[key_of(1)] = network.clock.now() - timedelta(seconds=3)
    await network.warmer.round()
    assert network.origin.opened == []
    assert network.shelf.get(CameraId(1), 640) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"on_demand": False},
        {"status": "maintenance"},
        {"enabled": False},
        {"recorded": True},
        {"decision": PublicDecision(delay_s=60)},
    ],
)
async def test_camera_that_is_not_ours_to_open_is_left_alone(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    network = Network(tmp_path, camera(1, **changes))
    await network.warmer.round()
    assert network.origin.opened == []


async def test_dead_camera_is_tried_more_and_more_seldom_and_holds_up_nobody(
    tmp_path: Path,
) -> None:
    network = Network(tmp_path, camera(1), camera(2))
    network.origin.dead = {key_of(1)}
    for _ in range(60):
        await network.warmer.round()
        network.clock.wind(5)
    assert network.shelf.get(CameraId(2), 320) is not None
    assert 4 <= network.origin.opened.count(key_of(1)) <= 10


async def test_media_server_that_is_away_is_asked_again_soon(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1))
    network.origin.lost = True
    await network.warmer.round()
    network.origin.lost = False
    network.clock.wind(5)
    await network.warmer.round()
    assert network.shelf.get(CameraId(1), 320) is not None


def test_stills_of_cameras_that_are_gone_leave_the_disk(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    taken_at = HandWoundClock().now()
    for number in (1, 2):
        shelf.put(CameraId(number), 320, Still(b"x", taken_at))
    shelf.keep_only({CameraId(2)})
    assert shelf.get(CameraId(1), 320) is None
    assert shelf.get(CameraId(2), 320) == Still(b"x", taken_at)


async def test_a_camera_that_health_calls_dead_is_not_opened_for_a_still(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1), camera(2))
    network.warmer.is_dead = lambda camera_id: camera_id == 1
    await network.warmer.round()
    assert network.origin.opened == [key_of(2)]


async def test_both_forms_are_on_the_shelf(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1))
    await network.warmer.round()
    for form in FORMS:
        still = network.shelf.get(CameraId(1), 320, form)
        assert still is not None
        assert still.data == f"{form} 320".encode()


async def test_stills_of_another_source_leave_the_shelf_at_once(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1))
    await network.warmer.round()
    network.origin.taken_at.clear()
    network.origin.dead = {key_of(1)}
    network.catalogue.replace([camera(1, stream_revision=1)])
    await network.warmer.round()
    assert network.shelf.get(CameraId(1), 320) is None


@dataclass
class Owner:
    asked: list[CameraId] = field(default_factory=list)

    async def stills(self, camera: Camera) -> dict[tuple[int, StillForm], Still]:
        self.asked.append(camera.id)
        return {(320, "webp"): Still(b"theirs", HandWoundClock().now())}


async def test_who_is_not_pulled_gets_the_picture_of_the_owner_unless_dead(tmp_path: Path) -> None:
    page = CameraSource("https://example.org/", kind="embed", snapshot_url="https://example.org/s")
    network = Network(tmp_path, camera(1, source=page), camera(2), camera(3, source=page))
    owner = network.warmer.owner = Owner()
    network.warmer.is_dead = lambda camera_id: camera_id == 3
    await network.warmer.round()
    assert owner.asked == [1]
    assert network.origin.opened == [key_of(2)]
    assert network.shelf.get(CameraId(1), 320, "webp") is not None
    network.clock.wind(200)
    await network.warmer.round()
    assert owner.asked == [1]


async def test_without_an_engine_of_ours_every_picture_is_the_other_servers(tmp_path: Path) -> None:
    network = Network(tmp_path, camera(1), camera(2))
    network.warmer.origin = None
    owner = network.warmer.owner = Owner()
    await network.warmer.round()
    assert owner.asked == [1, 2]
    assert network.origin.opened == []


def test_a_still_is_there_all_the_time_while_it_is_replaced(tmp_path: Path) -> None:
    """Defect 56 of the reference: nothing between taking away and putting there."""
    shelf, done = Shelf(tmp_path), threading.Event()
    bodies = [bytes([number]) * 50_000 for number in range(2)]
    shelf.put(CameraId(1), 320, Still(bodies[0], START))

    def replace_in_thread() -> None:
        for number in range(60):
            shelf.put(CameraId(1), 320, Still(bodies[number % 2], START))
        done.set()

    thread = threading.Thread(target=replace_in_thread)
    thread.start()
    while not done.is_set():
        still = shelf.get(CameraId(1), 320)
        assert still is not None
        assert still.data in bodies
        assert still.taken_at == START
    thread.join()
