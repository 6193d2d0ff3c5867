"""An operator at work on the cameras of a hub, for tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pantau.accounts.client import Client
from pantau.accounts.users.asker import Asker, asker
from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.audit.trail import AuditTrail
from pantau.cameras.changes import CameraChange
from pantau.cameras.editing import CameraEditor
from pantau.cameras.lifecycle import CameraEvent
from pantau.cameras.stored import StoredCamera
from pantau.core.networks import policy_of
from pantau.db.database import Database
from pantau.web.principal import Principal
from tests.support.hub import Hub

ADDRESS = "rtsp://admin:geheim@10.0.0.1:554/live"
AUDIT_KEY = b"a" * 32


def person(*area_ids: int, role: Any = "operator", everywhere: bool = False) -> Asker:
    who = Principal(
        kind="session",
        user_id=1,
        username="siti",
        role=role,
        area_ids=None if everywhere else frozenset(area_ids),
    )
    return asker(who, Client(address="192.0.2.7"))


ADMIN = person(role="admin", everywhere=True)


@dataclass
class Desk:
    """The editor of a hub, and what it left in the logs."""

    hub: Hub
    editor: CameraEditor
    trail: AuditTrail

    async def add(
        self, name: str = "Gate", address: str = ADDRESS, *, by: Asker = ADMIN, **more: Any
    ) -> StoredCamera:
        new = CameraChange(name=name, address=address, **more)
        return await self.editor.create(new, by=by)

    async def change(self, camera_id: int, *, by: Asker = ADMIN, **changes: Any) -> StoredCamera:
        return await self.editor.change(camera_id, CameraChange(**changes), by=by)

    async def events(self, camera_id: int) -> list[CameraEvent]:
        return list((await self.editor.events(camera_id, limit=200)).rows)

    async def actions(self) -> list[str]:
        """Return what the trail says was done, the oldest first."""
        return [entry.draft.name for entry in await self.entries()]

    async def entries(self) -> list[Any]:
        page = await AuditReader(self.hub.database).page(Search(), limit=200)
        return list(reversed(page.rows))


async def open_desk(database: Database, folder: Path, *networks: str) -> Desk:
    hub = Hub(database, folder)
    trail = AuditTrail(database, key=AUDIT_KEY, clock=hub.clock)
    editor = CameraEditor(
        database,
        sealer=hub.sealer,
        trail=trail,
        clock=hub.clock,
        policy=policy_of(networks),
    )
    return Desk(hub, editor, trail)
