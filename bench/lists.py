"""The public lists of a thousand cameras: how fast they are read, how long, how quickly renewed."""

import gzip
import random
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Final

from bench.edge import (
    NGINX_PORT,
    REPEATS,
    SERVER_CORE,
    WEB_PORT,
    nginx_settings,
    until_answers,
    wrk,
)
from bench.processes import need, running
from bench.rows import Row
from pantau.cameras.models import Camera, CameraSource, LiveState, Neighbourhood, Observation
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.ids import AreaId, CameraId
from pantau.core.slugs import slug_of
from pantau.streaming.snapshots import StreamSnapshots

CAMERAS: Final = 1_000
_WORDS: Final = [
    "Simpang",
    "Jalan",
    "Pasar",
    "Alun",
    "Terminal",
    "Jembatan",
    "Taman",
    "Balai",
    "Desa",
    "Raya",
    "Utara",
    "Selatan",
    "Timur",
    "Barat",
    "Kota",
    "Polsek",
    "Stasiun",
]
_GZIP: Final = ("Accept-Encoding: gzip",)


def thousand_cameras() -> list[Camera]:
    """Return cameras as a city has them: names of places, measured coordinates, random keys."""
    chance = random.Random(5)  # the same cameras in every run
    return [_camera(number, chance) for number in range(1, CAMERAS + 1)]


def _camera(number: int, chance: random.Random) -> Camera:
    name = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"
    area = number % 60 + 1
    return Camera(
        id=CameraId(number),
        slug=slug_of(name),
        stream_key=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        name=name,
        source=CameraSource(""),
        location=f"{chance.choice(_WORDS)} {chance.choice(_WORDS)}",
        area_id=AreaId(area),
        area_name=f"Kelurahan {area}",
        latitude=round(-7.1 + chance.random() / 5, 6),
        longitude=round(111.8 + chance.random() / 5, 6),
        place=Neighbourhood(
            rt=f"{number % 9:02}",
            rw=f"{number % 7:02}",
            kelurahan=f"Kelurahan {area}",
            kecamatan=f"Kecamatan {area % 10}",
        ),
    )


def settings_of(cameras: list[Camera]) -> str:
    """Return the same cameras as pantau.toml says them."""
    blocks = [
        f'[[cameras]]\nid = {camera.id}\nname = "{camera.name}"\n'
        f'source = "rtsp://127.0.0.1:9/{camera.id}"\nstream_key = "{camera.stream_key}"\n'
        f'area = "{camera.area_name}"\nlocation = "{camera.location}"\n'
        f"latitude = {camera.latitude}\nlongitude = {camera.longitude}\n"
        for camera in cameras
    ]
    return "\n".join(blocks)


def rebuilds() -> list[Row]:
    """Measure what a change costs between the database and the encoded lists."""
    cameras, clock = thousand_cameras(), SystemClock()
    chance = random.Random(7)  # the same moments in every run
    catalogue = Catalogue(cameras, clock=clock)
    now = clock.now()
    observed = {
        camera.id: Observation(
            LiveState.LIVE,
            now - timedelta(seconds=chance.randrange(90_000)),
            now - timedelta(seconds=chance.randrange(30)),
            "h264",
        )
        for camera in cameras
    }
    catalogue.observe(observed)
    for camera in cameras:
        catalogue.still_taken(camera.id, now - timedelta(seconds=chance.randrange(300)))
    lists = StreamSnapshots(catalogue, clock=clock, public_url="")
    sizes = [
        Row(
            f"{name} of {CAMERAS} cameras, gzip",
            len(gzip.compress(body, level)) / 1024,
            "KiB",
            must=limit,
            aim=limit,
        )
        for name, body, level, limit in (
            ("/api/cameras/active", lists.active.body, 9, 60),
            ("/api/stream", lists.streams.body, 9, 74),
        )
    ]

    def change_one() -> None:
        changed = list(cameras)
        changed[500] = replace(cameras[500], name=f"changed {time.monotonic_ns()}")
        catalogue.replace(changed)
        lists.rebuild()

    def change_all() -> None:
        later = {number: replace(seen, checked_at=clock.now()) for number, seen in observed.items()}
        catalogue.observe(later)
        lists.rebuild()

    return [
        *sizes,
        Row("lists after one camera changed", _milliseconds(change_one), "ms", must=50, aim=50),
        Row("lists after all were looked at", _milliseconds(change_all), "ms"),
    ]


def _milliseconds(work: Callable[[], None]) -> float:
    """Return the processor's time: whoever else is on this machine does not count."""
    took = []
    for _ in range(7):
        began_s = time.process_time()
        work()
        took.append((time.process_time() - began_s) * 1_000)
    return median(took)


def reads() -> list[Row]:
    """Measure the lists beside nginx with the same bytes, compressed as browsers take them."""
    with ExitStack() as stack:
        shm = Path(mkdtemp(prefix="pantau-bench-", dir="/dev/shm"))  # a disk adds noise
        stack.callback(subprocess.run, ["rm", "-rf", str(shm)], check=False)
        (shm / "pantau.toml").write_text(settings_of(thousand_cameras()))
        (shm / "run").mkdir(mode=0o700)
        (shm / "www").mkdir()
        env = {
            "PANTAU_CONFIG": str(shm / "pantau.toml"),
            "PANTAU_DATA_DIR": str(shm / "data"),
            "PANTAU_RUNTIME_DIR": str(shm / "run"),
            "PANTAU_PORT": str(WEB_PORT),
        }
        command = [sys.executable, "-m", "pantau", "serve", "web"]
        stack.enter_context(running(command, core=SERVER_CORE, env=env, log=shm / "web.log"))
        base = f"http://127.0.0.1:{WEB_PORT}"
        until_answers(f"{base}/health/live")
        paths = ("/api/cameras/active", "/api/stream", "/api/stream/7")
        for number, path in enumerate(paths):
            (shm / "www" / f"{number}.json").write_bytes(_compressed(base + path))
        (shm / "nginx.conf").write_text(nginx_settings(shm))
        nginx = [need("nginx", "nginx-light"), "-c", str(shm / "nginx.conf"), "-p", str(shm)]
        stack.enter_context(running(nginx, core=SERVER_CORE))
        until_answers(f"http://127.0.0.1:{NGINX_PORT}/0.json")
        return [_beside_nginx(path, number) for number, path in enumerate(paths)]


def _compressed(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # ours
    with urllib.request.urlopen(request, timeout=15) as response:
        body: bytes = response.read()
        return body


def _beside_nginx(path: str, number: int) -> Row:
    ours, theirs = (
        f"http://127.0.0.1:{WEB_PORT}{path}",
        f"http://127.0.0.1:{NGINX_PORT}/{number}.json",
    )
    pairs = [(wrk(ours, headers=_GZIP), wrk(theirs, headers=_GZIP)) for _ in range(REPEATS)]
    name = path.replace("/7", "/:id")
    return Row(
        f"{name} with {CAMERAS} cameras, c=50",
        median(pair[0] for pair in pairs),
        "req/s",
        "nginx",
        median(pair[1] for pair in pairs),
        0.22,
        0.6,
        less_is_better=False,
    )


def rows(*, quick: bool) -> list[Row]:  # noqa: ARG001  # it is quick
    return [*rebuilds(), *reads()]
