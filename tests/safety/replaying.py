"""A hub with footage of its cameras, and what somebody may replay of it over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.app.camera_editing import camera_editor
from pantau.app.recording_work import places_of
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import Visibility
from pantau.media.archive.naming import stem
from pantau.recordings.rights.credentials import COOKIE
from tests.recordings.footage import footage
from tests.safety.house import House, Told, open_house
from tests.safety.outsider import soon
from tests.support.recordings import write_recording

AGES_MIN: Final = {"young": 10, "old": 300, "ancient": 3_000}
"""Within the preview, within a day, and beyond both."""


@dataclass
class Hub:
    """The house, its cameras by name, and the footage of each by age."""

    house: House
    cameras: dict[str, int]
    starts_ms: dict[str, int]

    def file(self, age: str, camera: str = "Gate") -> str:
        """Return the address of a recording."""
        return f"/api/recordings/{self.cameras[camera]}/stream/{stem(self.starts_ms[age])}.mp4"

    async def read(self, path: str, *, device: str) -> Told:
        """Read as a browser that activated a token."""
        return await self.house.ask("GET", path, cookie="", Cookie=f"{COOKIE}={device}")

    async def seen(self, *, camera: str = "Gate", device: str = "", **more: str) -> set[str]:
        """Return the ages of the recordings that somebody gets."""
        found = set()
        for age in AGES_MIN:
            answer = await self.status("GET", self.file(age, camera), device=device, **more)
            assert answer in {200, 404}, answer
            if answer == 200:
                found.add(age)
        return found

    async def status(self, method: str, path: str, *, device: str = "", **headers: str) -> int:
        """Return the status of an answer that may be bytes."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        if device:
            sent["cookie"] = f"{COOKIE}={device}"
        url = f"http://127.0.0.1:{self.house.port}{path}"
        async with self.house.http.request(method, url, headers=sent) as answer:
            await answer.read()
            return answer.status

    async def make(self, key: str, **more: Any) -> dict[str, Any]:
        """Make a token as a program with an API key does."""
        body = {"label": "Village office", "scope": "all", "window_hours": 24, **more}
        made = await self.house.ask("POST", "/api/recordings/tokens", json=body, key=key)
        assert made.status == 201, made.text
        data: dict[str, Any] = made.json["data"]
        return data

    async def let_in(self, token: str, *, device: str = "", **headers: str) -> tuple[Told, str]:
        """Send the form of the page; return the answer and the cookie that it sets."""
        csrf = self.house.csrf()
        cookie = f"csrf_token={csrf}" + (f"; {COOKIE}={device}" if device else "")
        body = f"csrf_token={csrf}&kode={quote(token)}"
        url = f"http://127.0.0.1:{self.house.port}/putar"
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "cookie": cookie,
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        async with self.house.http.post(
            url, data=body, headers=sent, allow_redirects=False
        ) as answer:
            text = await answer.text()
            lines = answer.headers.getall("set-cookie", [])
            set_to = [line for line in lines if line.startswith(f"{COOKIE}=")]
            told = Told(answer.status, {**answer.headers, "cookies": "\n".join(lines)}, text, None)
            return told, set_to[0].partition(";")[0].partition("=")[2] if set_to else ""


@asynccontextmanager
async def open_hub(folder: Path, **settings: Any) -> AsyncIterator[Hub]:
    """Run a web process with three cameras and footage of each."""
    async with open_house(folder, **settings) as house:
        cameras = {}
        for name, visibility in (
            ("Gate", Visibility.PUBLIC),
            ("Yard", Visibility.PUBLIC),
            ("Vault", Visibility.PRIVATE),
        ):
            change = CameraChange(name=name, address="rtsp://10.77.0.9/live", visibility=visibility)
            stored = await camera_editor(house.base).create(change, by=AT_THE_CONSOLE)
            cameras[name] = int(stored.camera.id)
        now_ms = int(house.clock.unix_s() * 1000)
        starts_ms = {age: now_ms - minutes * 60_000 for age, minutes in AGES_MIN.items()}
        root = places_of(house.base).local[0].root
        for camera_id in cameras.values():
            for start_ms in starts_ms.values():
                write_recording(root, camera_id, start_ms)
        async with footage(house.base.database, [root], house.clock) as kept:
            await kept.indexer.thorough()
        hub = Hub(house, cameras, starts_ms)

        async def is_known() -> bool:
            return bool(await hub.seen())

        await soon(is_known, "the cameras are known", timeout_s=60)
        yield hub
