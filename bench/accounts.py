"""Signing in: how many a second beside bcrypt, and whether viewers notice."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import aiohttp
import bcrypt

from bench.edge import camera_settings, crowd, until_answers
from bench.processes import cpu_s, running
from bench.rows import Row

PORT = 18310
STREAMS = 10
VIEWERS = 100
LOGINS_PER_S = 20
# Several people: attempts on one account wait for each other.
NAMES = ("ani", "budi", "citra", "dewi")
PASSWORD = f"Kettle-{secrets.token_hex(8)}!A"
# One address signs in over and over: the limits would end the measurement.
FREE = {
    "PANTAU_LIMITS__AUTH_PER_MINUTE": "1000000",
    "PANTAU_LIMITS__ADDRESS_FAILURES": "1000",
}


def start(stack: ExitStack) -> tuple[int, list[str]]:
    """Start an origin and a web process with one person in it; return its pid and the keys."""
    folder = Path(mkdtemp(prefix="pantau-bench-", dir="/dev/shm"))
    stack.callback(subprocess.run, ["rm", "-rf", str(folder)], check=False)
    keys = [f"00000000-0000-4000-8000-{n:012d}" for n in range(STREAMS)]
    (folder / "pantau.toml").write_text(camera_settings(keys))
    (folder / "run").mkdir(mode=0o700)
    env = {
        "PANTAU_CONFIG": str(folder / "pantau.toml"),
        "PANTAU_DATA_DIR": str(folder / "data"),
        "PANTAU_RUNTIME_DIR": str(folder / "run"),
        "PANTAU_PORT": str(PORT),
        **FREE,
    }
    origin = [sys.executable, "-m", "bench.stub_origin", str(folder / "run"), *keys]
    stack.enter_context(running(origin, log=folder / "origin.log"))
    for name in NAMES:
        subprocess.run(
            [sys.executable, "-m", "pantau", "users", "add", name, "--role", "admin"],
            input=PASSWORD + "\n",
            text=True,
            env={**os.environ, **env},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    web = [sys.executable, "-m", "pantau", "serve", "web"]
    child = stack.enter_context(running(web, env=env, log=folder / "web.log"))
    until_answers(f"http://127.0.0.1:{PORT}/health/live")
    for key in keys:
        until_answers(f"http://127.0.0.1:{PORT}/hls/{key}/index.m3u8")
    return child.pid, keys


async def log_in(session: aiohttp.ClientSession, number: int) -> None:
    body = {"username": NAMES[number % len(NAMES)], "password": PASSWORD}
    url = f"http://127.0.0.1:{PORT}/api/auth/login"
    async with session.post(url, json=body) as answer:
        told = await answer.json()
        if answer.status != 200 or not told["success"]:
            raise SystemExit(f"a sign-in was refused: {answer.status} {told}")


async def logins_in_a_loop(seconds: float, *, side_by_side: int) -> float:
    """Return sign-ins a second."""
    end, done = time.monotonic() + seconds, 0

    async def one_after_another(number: int) -> None:
        nonlocal done
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            while time.monotonic() < end:
                await log_in(session, number)
                done += 1

    await asyncio.gather(*(one_after_another(n) for n in range(side_by_side)))
    return done / seconds


async def logins_at_a_pace(seconds: float) -> list[float]:
    """Sign in LOGINS_PER_S times a second; return how long each took in ms."""
    taken: list[float] = []
    start_mono = time.monotonic()

    async def one(n: int, session: aiohttp.ClientSession) -> None:
        due_mono = start_mono + n / LOGINS_PER_S
        await asyncio.sleep(max(0.0, due_mono - time.monotonic()))
        began = time.monotonic()
        await log_in(session, n)
        taken.append((time.monotonic() - began) * 1000)

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        number = int(seconds * LOGINS_PER_S)
        await asyncio.gather(*(one(n, session) for n in range(number)))
    return sorted(taken)


def bcrypt_per_s(seconds: float, *, threads: int) -> float:
    """Return checks a second of bcrypt cost 10: all that a server built on it could reach."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10))
    end = time.monotonic() + seconds

    def check() -> int:
        done = 0
        while time.monotonic() < end:
            bcrypt.checkpw(PASSWORD.encode(), hashed)
            done += 1
        return done

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: check(), range(threads))) / seconds


def with_logins(keys: list[str], seconds: int) -> tuple[dict[str, float], list[float]]:
    """Let a crowd watch while people sign in; return what both saw."""
    with ThreadPoolExecutor(1) as pool:
        watched = pool.submit(crowd, PORT, VIEWERS, seconds, keys)
        taken = asyncio.run(logins_at_a_pace(seconds + 2.0))
        return watched.result(), taken


def rows(*, quick: bool) -> list[Row]:
    seconds = 6 if quick else 20
    cores = len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        pid, keys = start(stack)
        used_s = cpu_s([pid])
        pairs = [
            (
                asyncio.run(logins_in_a_loop(seconds / 3, side_by_side=2 * cores)),
                bcrypt_per_s(seconds / 3, threads=cores),
            )
            for _ in range(3)
        ]
        used_s = cpu_s([pid]) - used_s
        alone = crowd(PORT, VIEWERS, seconds, keys)
        beside, taken = with_logins(keys, seconds)
    here, there = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    cpu_ms = 1000 * used_s / (sum(pair[0] for pair in pairs) * seconds / 3)
    p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    return [
        Row(
            "sign-ins, argon2id",
            here,
            "/s",
            "bcrypt 10, bare checks",
            there,
            must=2,
            aim=4,
            less_is_better=False,
        ),
        Row(
            "CPU of the server for one sign-in",
            cpu_ms,
            "ms",
            "one bare check of bcrypt 10",
            1000 * cores / there,
            must=0.5,
            aim=0.35,
        ),
        Row("sign-in, 20 a second: median", p50, "ms", must=40, note=f"p99 {p99:.0f} ms"),
        Row(
            f"{VIEWERS} viewers while 20 a second sign in: p99 lateness",
            beside["p99_ms"],
            "ms",
            "the same without",
            alone["p99_ms"],
            must=3,
            aim=1.5,
        ),
        Row("the same: errors", beside["errors"] + beside["missed"], "rounds", must=0, aim=0),
    ]
