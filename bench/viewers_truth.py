"""A made-up crowd in real time before a real web process: are the counts what really was?

Run as `python -m bench.viewers_truth [PEOPLE CAMERAS SECONDS]`; 2,000 people before 40 cameras for
five minutes unless told otherwise.  Prints what was found, and ends with 1 where it is not true.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import mkdtemp

import aiohttp

from bench.edge import camera_settings, until_answers
from bench.processes import running
from bench.viewers_crowd import Crowd, Doing

PORT = 18320
HEAD_START_S = 3.0
SETTLES_S = 45.0
AT_ONCE = 100
LATE_S = 3.0
"""What is done later than this is not what the crowd did: people would seem to come and go."""


class Client:
    """Sends what people do, each with their own address, browser and cookie."""

    def __init__(self, http: aiohttp.ClientSession, keys: list[str]) -> None:
        self._http = http
        self._keys = keys
        self._base = f"http://127.0.0.1:{PORT}"
        self.failures: Counter[str] = Counter()
        self.latest_s = 0.0

    async def do(self, doing: Doing, began_mono: float) -> None:
        who = doing.who
        headers = {"x-forwarded-for": who.address, "user-agent": who.browser}
        if who.cookie:
            headers["cookie"] = f"pantau_visitor={who.cookie}"
        if doing.act == "poll":
            url = f"{self._base}/hls/{self._keys[who.camera - 1]}/index.m3u8"
            async with self._http.get(url, headers=headers) as answer:
                await answer.read()
                self.failures[f"poll {answer.status}"] += answer.status != 200
        elif doing.act == "start":
            told = await self._post("start", {"cameraId": who.camera}, headers)
            who.session = told["data"]["sessionId"]
        else:
            what = "heartbeat" if doing.act == "beat" else "stop"
            told = await self._post(what, {"sessionId": who.session}, headers)
            self.failures[f"{what} unknown"] += not told["success"]
        late_s = time.monotonic() - began_mono - doing.at_s
        self.latest_s = max(self.latest_s, late_s)

    async def _post(
        self, what: str, body: object, headers: dict[str, str]
    ) -> dict[str, dict[str, str]]:
        url = f"{self._base}/api/viewer/{what}"
        async with self._http.post(url, json=body, headers=headers) as answer:
            told: dict[str, dict[str, str]] = await answer.json()
            self.failures[f"{what} {answer.status}"] += answer.status != 200
            return told


async def act_out(crowd: Crowd, keys: list[str]) -> Client:
    """Have everything happen at its moment; one person's doings keep their order."""
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
        client = Client(http, keys)
        began_mono = time.monotonic()
        plans: dict[int, list[Doing]] = {}
        for doing in crowd.doings():
            plans.setdefault(id(doing.who), []).append(doing)

        async def live(plan: list[Doing]) -> None:
            for doing in plan:
                await asyncio.sleep(max(0.0, began_mono + doing.at_s - time.monotonic()))
                await client.do(doing, began_mono)

        await asyncio.gather(*(live(plan) for plan in plans.values()))
    return client


async def count_writes(file: Path, seconds: float) -> int:
    """Return how many commits the database saw."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        seen, before, ends = 0, -1, time.monotonic() + seconds
        while time.monotonic() < ends:
            (version,) = database.execute("PRAGMA data_version").fetchone()
            seen += before not in {-1, version}
            before = version
            await asyncio.sleep(0.02)
    return seen


async def run(people: int, cameras: int, seconds: float) -> bool:
    crowd = Crowd(people, cameras=cameras, seconds=seconds)
    keys = [str(uuid.uuid4()) for _ in range(cameras)]
    with ExitStack() as stack:
        shm = Path(mkdtemp(prefix="pantau-truth-", dir="/dev/shm"))
        stack.callback(subprocess.run, ["rm", "-rf", str(shm)], check=False)
        (shm / "pantau.toml").write_text(camera_settings(keys))
        env = {
            "PANTAU_CONFIG": str(shm / "pantau.toml"),
            "PANTAU_DATA_DIR": str(shm / "data"),
            "PANTAU_RUNTIME_DIR": str(shm / "run"),
            "PANTAU_PORT": str(PORT),
        }
        (shm / "run").mkdir(mode=0o700)
        origin = [sys.executable, "-m", "bench.stub_origin", str(shm / "run"), *keys]
        stack.enter_context(running(origin, log=shm / "origin.log"))
        web = [sys.executable, "-m", "pantau", "serve", "web"]
        stack.enter_context(running(web, env=env, log=shm / "web.log"))
        until_answers(f"http://127.0.0.1:{PORT}/health/live")
        for key in keys:
            until_answers(f"http://127.0.0.1:{PORT}/hls/{key}/index.m3u8")
        await asyncio.sleep(HEAD_START_S)
        file = next((shm / "data").glob("*.db"))
        lasts_s = seconds + SETTLES_S
        writing = asyncio.ensure_future(count_writes(file, lasts_s))
        client = await act_out(crowd, keys)
        writes = await writing
        return judge(crowd, file, client, writes_per_s=writes / lasts_s)


def judge(crowd: Crowd, file: Path, client: Client, *, writes_per_s: float) -> bool:
    with closing(sqlite3.connect(file)) as database:
        found = Counter(
            (camera, bool(is_bot))
            for camera, is_bot in database.execute("SELECT camera_id, is_bot FROM view_history")
        )
        query = "SELECT coalesce(sum(people + bots), 0) FROM view_glances"
        (glances,) = database.execute(query).fetchone()
        (watched_s,) = database.execute("SELECT sum(duration_s) FROM view_history").fetchone()
        (left,) = database.execute("SELECT count(*) FROM open_views").fetchone()
    views = [truth for truth in crowd.truths if truth.counts]
    truth = Counter((each.camera, each.is_bot) for each in views)
    # One look of ours per camera, by which the playlists were waited for.
    true_glances = len(crowd.truths) - len(views) + len({each.camera for each in crowd.truths})
    print(
        json.dumps(
            {
                "views": found.total(),
                "true_views": truth.total(),
                "cameras_that_differ": sorted(
                    camera for camera, _ in (found - truth) + (truth - found)
                ),
                "glances": glances,
                "true_glances": true_glances,
                "watched_s": watched_s,
                "true_watched_s": round(sum(each.lasted_s for each in views)),
                "left_open": left,
                "writes_per_s": round(writes_per_s, 3),
                "failures": dict(+client.failures),
                "latest_s": round(client.latest_s, 2),
            },
            indent=1,
        )
    )
    if client.latest_s > LATE_S:
        print("This machine is too busy to act the crowd out in time: nothing is proven.")
        return False
    return found == truth and left == 0 and writes_per_s <= 5 and not +client.failures


if __name__ == "__main__":
    chosen = [int(word) for word in sys.argv[1:]] or [2_000, 40, 300]
    sys.exit(0 if asyncio.run(run(chosen[0], chosen[1], float(chosen[2]))) else 1)
