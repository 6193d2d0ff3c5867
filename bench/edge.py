"""The edge beside nginx: playlists, segments, 250 and 1,000 viewers, cached lists."""

import json
import re
import secrets
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from bench.processes import Meter, family, need, pss_mb, running
from bench.rows import Row

SERVER_CORE, CLIENT_CORE = 0, 1
STREAMS = 50
RUN_S = 3
REPEATS = 3
WEB_PORT, NGINX_PORT = 18300, 18301


@dataclass(frozen=True)
class Peers:
    """Both servers, up and idle; each repetition visits them in turn."""

    web_pid: int
    nginx_pid: int
    keys: list[str]


def camera_settings(keys: list[str]) -> str:
    blocks = [
        f'[[cameras]]\nname = "Bench {n}"\nsource = "rtsp://127.0.0.1:9/{n}"\n'
        f'stream_key = "{key}"\n'
        for n, key in enumerate(keys)
    ]
    return "\n".join(blocks)


def nginx_settings(root: Path) -> str:
    return (
        f"daemon off; worker_processes 1; pid {root}/nginx.pid;\n"
        f"error_log {root}/error.log; user root;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; sendfile on; tcp_nopush on;\n"
        " keepalive_requests 1000000; keepalive_timeout 75;\n"
        " types { application/vnd.apple.mpegurl m3u8; video/mp4 mp4; application/json json; }\n"
        f" server {{ listen 127.0.0.1:{NGINX_PORT} backlog=4096; root {root}/www; }} }}\n"
    )


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=15) as response:
        body: bytes = response.read()
        return body


def until_answers(url: str, *, deadline_s: float = 30) -> bytes:
    """Return the first good answer of `url`."""
    end = time.monotonic() + deadline_s
    while True:
        try:
            return fetch(url)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def wrk(url: str, *, connections: int = 50, headers: tuple[str, ...] = ()) -> float:
    """Return requests a second over a short closed loop from the client core."""
    command = [
        "taskset",
        "-c",
        str(CLIENT_CORE),
        need("wrk", "wrk"),
        "-t1",
        f"-c{connections}",
        f"-d{RUN_S}s",
        *(word for header in headers for word in ("-H", header)),
        url,
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"{url} answered with errors: {text}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    return float(found[1]) if found else 0.0


def start_peers(stack: ExitStack) -> Peers:
    """Start origin, web and nginx, and warm what they cache."""
    keys = [str(uuid.uuid4()) for _ in range(STREAMS)]
    shm = Path(mkdtemp(prefix="pantau-bench-", dir="/dev/shm"))
    stack.callback(subprocess.run, ["rm", "-rf", str(shm)], check=False)
    (shm / "pantau.toml").write_text(camera_settings(keys))
    env = {
        "PANTAU_CONFIG": str(shm / "pantau.toml"),
        "PANTAU_DATA_DIR": str(shm / "data"),
        "PANTAU_RUNTIME_DIR": str(shm / "run"),
        "PANTAU_PORT": str(WEB_PORT),
    }
    (shm / "run").mkdir(mode=0o700)
    origin = [sys.executable, "-m", "bench.stub_origin", str(shm / "run"), *keys]
    stack.enter_context(running(origin, core=CLIENT_CORE, log=shm / "origin.log"))
    web = stack.enter_context(
        running(
            [sys.executable, "-m", "pantau", "serve", "web"],
            core=SERVER_CORE,
            env=env,
            log=shm / "web.log",
        )
    )
    base = f"http://127.0.0.1:{WEB_PORT}"
    until_answers(f"{base}/health/live")
    playlists = {key: until_answers(f"{base}/hls/{key}/index.m3u8") for key in keys}
    www = shm / "www" / "hls"
    for key, playlist in playlists.items():
        (www / key).mkdir(parents=True)
        (www / key / "index.m3u8").write_bytes(playlist)
        (www / key / "seg.mp4").write_bytes(secrets.token_bytes(500_000))
    (shm / "www" / "cameras.json").write_bytes(fetch(f"{base}/api/cameras/active"))
    (shm / "nginx.conf").write_text(nginx_settings(shm))
    nginx_path = need("nginx", "nginx-light")
    nginx = stack.enter_context(
        running([nginx_path, "-c", str(shm / "nginx.conf"), "-p", str(shm)], core=SERVER_CORE)
    )
    until_answers(f"http://127.0.0.1:{NGINX_PORT}/cameras.json")
    return Peers(web.pid, nginx.pid, keys)


def segment_url(key: str) -> str:
    base = f"http://127.0.0.1:{WEB_PORT}/hls/{key}"
    names = re.findall(rb"^([^#\n]+)$", fetch(f"{base}/index.m3u8"), re.MULTILINE)
    return f"{base}/{names[-1].decode()}"


def beside_nginx(
    ours: Callable[[], str], theirs: str, *, connections: int = 50
) -> tuple[float, float]:
    """Return median requests a second of Pantau and nginx, visited in turn."""
    pairs = []
    for _ in range(REPEATS):
        url = ours()
        fetch(url)
        pairs.append((wrk(url, connections=connections), wrk(theirs, connections=connections)))
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def throughput(peers: Peers) -> list[Row]:
    key = peers.keys[0]
    web, nginx = f"http://127.0.0.1:{WEB_PORT}", f"http://127.0.0.1:{NGINX_PORT}"
    cases: list[tuple[str, Callable[[], str], str, float, float]] = [
        (
            "playlist with presence touch, c=50",
            lambda: f"{web}/hls/{key}/index.m3u8",
            f"{nginx}/hls/{key}/index.m3u8",
            0.22,
            0.6,
        ),
        (
            "segment of 500 KB, c=50",
            lambda: segment_url(key),
            f"{nginx}/hls/{key}/seg.mp4",
            0.9,
            1.0,
        ),
        (
            "/api/cameras/active with 50 cameras, c=50",
            lambda: f"{web}/api/cameras/active",
            f"{nginx}/cameras.json",
            0.22,
            0.6,
        ),
    ]
    rows = []
    for name, ours, theirs, must, aim in cases:
        here, there = beside_nginx(ours, theirs)
        rows.append(Row(name, here, "req/s", "nginx", there, must, aim, less_is_better=False))
    return rows


def crowd(port: int, viewers: int, seconds: int, keys: list[str]) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "bench.viewers",
        "127.0.0.1",
        str(port),
        str(viewers),
        str(seconds),
        *keys,
    ]
    done = subprocess.run(
        ["taskset", "-c", str(CLIENT_CORE), *command], check=True, capture_output=True, text=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def viewers(
    peers: Peers, *, number: int, seconds: int, limits: tuple[float, float, float, float]
) -> list[Row]:
    """Measure a crowd; `limits` are must and aim for CPU per cent, then for p99 lateness in ms."""
    pids = family(peers.web_pid)
    meter = Meter(pids)
    seen = crowd(WEB_PORT, number, seconds, peers.keys)
    cpu = meter.percent_of_core()
    note = f"{seconds} s, {seen['errors']:.0f} errors, {pss_mb(pids):.0f} MB"
    return [
        Row(f"{number} viewers: CPU", cpu, "% of a core", must=limits[0], aim=limits[1], note=note),
        Row(
            f"{number} viewers: p99 lateness",
            seen["p99_ms"],
            "ms",
            must=limits[2],
            aim=limits[3],
            note=f"median {seen['p50_ms']:.2f} ms",
        ),
        Row(f"{number} viewers: errors", seen["errors"] + seen["missed"], "rounds", must=0, aim=0),
    ]


def rows(*, quick: bool) -> list[Row]:
    with ExitStack() as stack:
        peers = start_peers(stack)
        return [
            *throughput(peers),
            *viewers(peers, number=250, seconds=10 if quick else 60, limits=(8, 4, 10, 3)),
            *viewers(peers, number=1000, seconds=8 if quick else 20, limits=(25, 12, 20, 5)),
        ]
