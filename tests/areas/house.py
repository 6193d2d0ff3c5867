"""Areas with their API on a database of the test, among real cameras, users and the trail."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pantau.accounts.area_rows import RowsOfAreaRights
from pantau.areas.api import AreaApi
from pantau.areas.editing import AreaEditing
from pantau.areas.service import AreaService
from pantau.cameras.area_rows import CamerasInAreas
from pantau.core.clock import always
from pantau.db.database import Database
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Principal
from tests.accounts.asking import Answer, Asking
from tests.accounts.house import House, house_on
from tests.audit.trails import trail_on
from tests.support.hub import Hub

AREAS = "/api/areas"
ADMIN = Principal(kind="session", user_id=1, username="admin", role="admin", session_id=1)


def operator(*area_ids: int) -> Principal:
    """Somebody who may change these areas only."""
    return Principal(
        kind="session",
        user_id=2,
        username="siti",
        role="operator",
        session_id=2,
        area_ids=frozenset(area_ids),
    )


@dataclass
class Town:
    database: Database
    hub: Hub
    accounts: House
    editing: AreaEditing
    service: AreaService
    asking: Asking

    async def add(self, name: str, **values: Any) -> int:
        """Add an area as an admin does; return its number."""
        answer = await self.asking.post(AREAS, {"name": name, **values})
        assert answer.status == 201, answer.body
        number: int = answer.data["id"]
        return number

    async def camera(self, number: int, area_id: int | None, **values: Any) -> None:
        await self.hub.add_camera(number, area_id=area_id, **values)

    async def areas_of_cameras(self) -> dict[int, int | None]:
        stored = (await self.hub.cameras()).values()
        return {int(each.camera.id): each.camera.area_id for each in stored}

    async def one(self, number: int) -> Answer:
        return await self.asking.get(f"{AREAS}/{number}")


def town_on(database: Database, folder: Path) -> Town:
    hub = Hub(database, folder)
    cameras = CamerasInAreas(hub.clock, always(ZoneInfo("Asia/Jakarta")))
    editing = AreaEditing(
        database,
        cameras=cameras,
        rights=RowsOfAreaRights(),
        trail=trail_on(database, hub.clock),
        clock=hub.clock,
    )
    return Town(
        database=database,
        hub=hub,
        accounts=house_on(database),
        editing=editing,
        service=AreaService(database, count_cameras=cameras.public),
        asking=Asking([AreaApi(editing, ClientAddresses()).endpoints]),
    )
