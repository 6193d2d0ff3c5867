"""A web process beside the test, and those who visit it with whatever is generated."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pantau.accounts.sessions.values import SignedIn
from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.app.areas import area_editing
from pantau.app.camera_editing import camera_editor
from pantau.app.cameras import add_missing_configured
from pantau.areas.values import AreaDraft
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import CameraChange
from pantau.cameras.repository import stored_cameras
from pantau.db.place import Place
from pantau.settings import CameraSettings
from pantau.web.access import SCOPES
from tests.safety.house import PASSWORD, WIDE, House, open_house

Kind = Literal["anonymous", "viewer", "admin", "key"]

ANOTHER: Final = "Moonlight-Teapot-43"
_PATIENCE_S: Final = 60.0
FORGOTTEN_AFTER_S: Final = 11.0
FORGETFUL: Final[Mapping[str, Any]] = {
    "limits": {
        **WIDE,
        "reads_per_minute": 10**6,
        "key_per_minute": 10**6,
        # Guesses are over when the clock goes on: thousands of them should not lock anybody out.
        "failures_within_s": 10,
        "account_lock_s": 1,
        "address_lock_s": 1,
    },
    "accounts": {"session_s": 30 * 86_400, "access_s": 86_400},
    "cameras": (
        CameraSettings(name="Gate", source="testcard:", area="North", latitude=1.5, longitude=2.5),
        CameraSettings(name="Yard", source="testcard:", status="maintenance"),
    ),
}
"""For a house where wrong passwords are forgotten and sessions last while its clock is wound."""
NO_BACKUP: Final = {"version": "1.0", "exported_at": "2026-02-19T00:00:00Z", "data": {}}
PAGE: Final = "https://town.example.org/camera/7"
_Result = TypeVar("_Result")


class FuzzedHouse:
    """A web process on a loop of its own, so that tests which wait can talk to it."""

    house: House

    def __init__(self, folder: Path, place: Place | None) -> None:
        self._folder = folder
        self._place = place
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._leave: asyncio.Event
        self._numbers = count(1)
        self._there_is: Mapping[str, Any] = {}
        self.address = ""

    def do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Return what `work` comes to on the loop of the process."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def pass_time(self) -> None:
        """Let wrong passwords be forgotten, and tokens get older."""
        self.house.clock.ahead_s += FORGOTTEN_AFTER_S

    def newcomer(self, role: Literal["admin", "viewer"]) -> SignedIn:
        """Return somebody to whom nothing has happened yet."""
        name = f"{role}-{next(self._numbers)}-newcomer"
        self.do(self.house.add_user(name, role))
        return self.do(self.house.sign_in(name))

    def there_is(self) -> Mapping[str, Any]:
        """Return inputs that mean something here by name, and whole bodies by path."""
        if not self._there_is:
            newcomer = self.newcomer("viewer")
            if not self.do(self.house.accounts.keys.all()):
                self.do(self.house.add_key("metrics:read"))
            keys = self.do(self.house.accounts.keys.all())
            cameras = self.do(self.house.ask("GET", "/api/cameras/active")).json["data"]
            camera_id = self.do(self._camera())
            area_id, other_id = self.do(self._area()), self.do(self._area())
            page = {"private_rtsp_url": PAGE, "kind": "embed"}
            self._there_is = {
                "camera_id": camera_id,
                "area_id": area_id,
                "key": "landing_hero_badge",
                "/api/settings/{key}": {"value": "Two villages"},
                "/api/branding/{key}": {"value": "Town"},
                "/api/admin/settings/timezone": {"timezone": "WIB"},
                "/api/admin/backup/preview": {"backup": NO_BACKUP},
                "/api/admin/backup/import": {"backup": NO_BACKUP, "mode": "merge"},
                "/api/viewer/start": {"cameraId": cameras[0]["id"]},
                "/api/areas/{area_id}/merge": {"into": other_id},
                "/api/areas/{area_id}/move-cameras": {"into": other_id},
                "/api/cameras": {"name": "Bridge", **page},
                "/api/cameras/{camera_id}": {"enabled": True},
                "/api/cameras/bulk": {"ids": [camera_id], "action": "restore"},
                "/api/cameras/probe": page,
                "/api/cameras/{camera_id}/probe": page,
                "/api/cameras/{camera_id}/cut-off": {"reason": "An accident"},
                "user_id": newcomer.user_id,
                "session_id": newcomer.session_id,
                "key_id": keys[0].id,
                "id": cameras[0]["id"],
                "stream_key": cameras[0]["stream_key"],
                "username": newcomer.username,
                "password": PASSWORD,
                "current_password": PASSWORD,
                "new_password": ANOTHER,
                "/api/auth/login": {"username": newcomer.username, "password": PASSWORD},
                "/api/auth/refresh": {"refreshToken": newcomer.refresh_token},
                "/api/users/{user_id}/password": {"password": ANOTHER},
                "/api/admin/api-keys": {"clientName": "Wall", "scopes": ["metrics:read"]},
            }
        return self._there_is

    def was_changed(self) -> None:
        """Have others made: these may be gone."""
        self._there_is = {}

    async def _camera(self) -> int:
        """Return the number of a camera that people may change; nobody here opens it."""
        base = self.house.base
        editor = camera_editor(base)
        async with base.database.read() as reading:
            cameras = await stored_cameras(reading, None)
        for stored in cameras:
            if stored.managed_by == "operator" and stored.removed_at is None:
                return stored.camera.id
        page = CameraChange(name="Bridge", address=PAGE, kind=SourceKind.EMBED)
        return (await editor.create(page, by=AT_THE_CONSOLE)).camera.id

    async def _area(self) -> int:
        """Return the number of an area that nothing holds."""
        draft = AreaDraft(name=f"Area {next(self._numbers)}")
        return (await area_editing(self.house.base).add(draft, by=AT_THE_CONSOLE)).area.id

    async def _live(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        async with open_house(self._folder, self._place, **FORGETFUL) as self.house:
            base = self.house.base
            await add_missing_configured(
                base.settings, base.database, base.sealer, clock=base.clock
            )
            self.address = f"http://127.0.0.1:{self.house.port}"
            self._is_up.set()
            await self._leave.wait()


@contextmanager
def fuzzed_house(folder: Path, place: Place | None = None) -> Iterator[FuzzedHouse]:
    """Run a web process in another thread."""
    house = FuzzedHouse(folder, place)
    thread = threading.Thread(target=lambda: asyncio.run(house._live()))
    thread.start()
    try:
        assert house._is_up.wait(_PATIENCE_S)
        yield house
    finally:
        house._loop.call_soon_threadsafe(house._leave.set)
        thread.join(_PATIENCE_S)


@dataclass
class Visitor:
    """Somebody with a credential, who gets another one when theirs was taken away."""

    kind: Kind
    fuzzed: FuzzedHouse
    session_id: int = 0
    _sent: dict[str, str] = field(default_factory=dict)
    _is_known: bool = False

    def headers(self) -> dict[str, str]:
        """Return what a request of theirs carries."""
        if not self._is_known:
            self._sent, self._is_known = self._introduced(), True
        sent = dict(self._sent)
        if "cookie" in sent:
            token = self.fuzzed.house.csrf()
            sent["cookie"] = f"{sent['cookie']}; csrf_token={token}"
            sent["x-csrf-token"] = token
        return sent

    def was_refused(self) -> None:
        """Come as somebody else from here on: whatever was generated may have hit oneself."""
        # Keys cannot do anything to keys, and there may be no more than so many.
        self._is_known = self.kind == "key"

    def _introduced(self) -> dict[str, str]:
        if self.kind == "anonymous":
            return {}
        if self.kind == "key":
            return {"x-api-key": self.fuzzed.do(self.fuzzed.house.add_key(*SCOPES))}
        signed_in = self.fuzzed.newcomer(self.kind)
        self.session_id = signed_in.session_id
        if self.kind == "viewer":
            return {"authorization": f"Bearer {signed_in.access_token}"}
        return {"cookie": f"token={signed_in.access_token}"}
