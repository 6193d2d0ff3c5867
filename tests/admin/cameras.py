"""Cameras for tests of the pages: in the database, and in the memory that tells their states."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.cameras.changes import CameraChange
from pantau.cameras.models import LiveState, Observation
from pantau.cameras.repository import stored_cameras, update_cameras
from pantau.cameras.stored import CameraKeeper, StoredCamera
from tests.admin.house import SEALER, AdminHouse

ADDRESS = "rtsp://admin:geheim@10.0.0.21:554/stream2"


async def add_camera(
    house: AdminHouse,
    name: str = "Simpang Lima",
    address: str = ADDRESS,
    managed_by: CameraKeeper = "operator",
    **more: Any,
) -> StoredCamera:
    """Add a camera as the console does, or as if it stood in the settings."""
    new = CameraChange(name=name, address=address, **more)
    stored = await house.editor.create(new, by=AT_THE_CONSOLE)
    if managed_by != "operator":
        stored = replace(stored, managed_by=managed_by, configured_as=name)
        async with house.database.write() as work:
            await update_cameras(work, [stored], sealer=SEALER)
    await remember(house)
    return stored


async def remember(house: AdminHouse, **states: LiveState) -> None:
    """Have the catalogue know the cameras of the database; `c3=LiveState.OFFLINE` measures one."""
    async with house.database.read() as reading:
        stored = await stored_cameras(reading, None)
    house.catalogue.replace(each.camera for each in stored if each.removed_at is None)
    now = house.clock.now()
    house.catalogue.observe(
        {
            each.camera.id: Observation(state, now - timedelta(hours=2), now, "h264")
            for each in stored
            if (state := states.get(f"c{each.camera.id}")) is not None
        }
    )
