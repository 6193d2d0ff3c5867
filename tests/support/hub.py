"""A hub's data folder, its keys and its database, as its processes have them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pantau.areas.models import Area
from pantau.areas.repository import insert_areas
from pantau.cameras.configured import ConfiguredCameras
from pantau.cameras.repository import insert_cameras, stored_cameras
from pantau.cameras.stored import StoredCamera
from pantau.cameras.synchronising import Plan, Wanted
from pantau.core.ids import AreaId
from pantau.core.sealing import Sealer, keyring
from pantau.core.supervisor import Supervisor
from pantau.db.changes import Topic
from pantau.db.database import Database
from pantau.settings import CameraSettings
from pantau.web.response_cache import ResponseCache
from tests.support.cameras import camera
from tests.support.clock import START, HandWoundClock

SECRET = b"s" * 32


def table(name: str, **values: object) -> CameraSettings:
    return CameraSettings.model_validate(
        {"name": name, "source": "rtsp://admin:geheim@10.0.0.1/", **values}
    )


@dataclass
class Hub:
    """One process of a hub; two of them on one database are two processes."""

    database: Database
    data_dir: Path
    clock: HandWoundClock = field(default_factory=HandWoundClock)

    def __post_init__(self) -> None:
        self.sealer = Sealer(keyring(self.data_dir / "sealing.keys"))

    @property
    def configured(self) -> ConfiguredCameras:
        return ConfiguredCameras(
            database=self.database,
            sealer=self.sealer,
            secret=SECRET,
            data_dir=self.data_dir,
            clock=self.clock,
        )

    async def synchronise(self, *tables: CameraSettings) -> Plan:
        return await self.configured.synchronise(Wanted(each, "settings") for each in tables)

    async def cameras(self) -> dict[str, StoredCamera]:
        async with self.database.read() as reading:
            stored = await stored_cameras(reading, self.sealer)
        return {row.camera.name: row for row in stored}

    async def add_camera(self, number: int, **changes: Any) -> StoredCamera:
        stored = StoredCamera(camera=camera(number, **changes), created_at=START, updated_at=START)
        async with self.database.write() as writing:
            await insert_cameras(writing, [stored], sealer=self.sealer)
        return stored

    async def add_area(self, number: int, name: str, **values: Any) -> Area:
        values.setdefault("slug", f"area-{number}")
        area = Area(id=AreaId(number), name=name, created_at=START, **values)
        async with self.database.write() as writing:
            await insert_areas(writing, [area])
        return area


@asynccontextmanager
async def response_cache(hub: Hub) -> AsyncIterator[ResponseCache]:
    """A cache that forgets what changes, as the web process wires it."""
    supervisor = Supervisor(hub.clock)
    cache = ResponseCache(
        clock=hub.clock, spawn=supervisor.spawn, most_entries=100, most_bytes=2**20
    )
    topics: tuple[Topic, ...] = ("areas", "cameras", "site")
    for topic in topics:
        hub.database.changes.on(topic, partial(_forget, cache, topic))
    yield cache
    await supervisor.stop(deadline_s=1)


def _forget(cache: ResponseCache, topic: Topic) -> None:
    cache.invalidate_tag(topic)
