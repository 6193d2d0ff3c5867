"""The probe as a process: JSON in, JSON out, always an end, and no secret anywhere."""

import base64
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pantau.demo.behaviour import Behaviour, Login
from pantau.media.errors import SENTENCES, Cause
from tests.media.sources.flv_tags import endless, flv
from tests.media.sources.web_server import Web, serving
from tests.support.farm import FarmInThread
from tests.support.waiting import until_in_thread

COMMAND = (sys.executable, "-m", "pantau.media.probing")
LOOPBACK = ["127.0.0.0/8"]


def begun() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def probe(asked: dict[str, Any] | bytes) -> dict[str, Any]:
    """Run a probe to its end; nothing may be on standard error."""
    given = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    out, err = begun().communicate(given, timeout=60)
    assert err == b""
    answer = json.loads(out)
    assert isinstance(answer, dict)
    return answer


def test_a_camera_is_described_and_left_politely() -> None:
    with FarmInThread() as farm:
        camera = farm.add("cam")
        answer = probe({"url": farm.url("cam"), "allowed_networks": LOOPBACK, "look_s": 3.0})
        until_in_thread(lambda: camera.counters.teardowns == 1)
    assert (answer["ok"], answer["cause"], answer["sentence"]) == (True, None, "")
    assert (answer["kind"], answer["video_codec"]) == ("rtsp", "h264")
    assert (answer["width_px"], answer["height_px"]) == (320, 180)
    assert answer["frame_rate"] > 5
    assert answer["audio"].startswith("AAC")
    assert answer["first_picture_s"] >= 0
    assert base64.b64decode(answer["still_base64"]).startswith(b"\xff\xd8")
    assert answer.keys() == {
        "ok", "kind", "cause", "sentence", "detail", "video_codec", "codecs", "width_px",
        "height_px", "frame_rate", "bit_rate_bps", "key_frame_interval_s", "audio",
        "first_picture_s", "still_base64",
    }  # fmt: skip


def test_flv_is_described_too() -> None:
    with serving(Web({"/live": endless(flv())})) as web:
        asked = {"url": web.url("/live"), "kind": "flv", "trusted": True, "look_s": 1.0}
        answer = probe(asked)
    assert (answer["ok"], answer["kind"], answer["video_codec"]) == (True, "flv", "h264")


@pytest.mark.parametrize("trusted", [False, "yes"])
def test_reserved_addresses_are_closed_unless_they_are_allowed(trusted: object) -> None:
    asked = {"url": "rtsp://127.0.0.1:1/a", "trusted": trusted}
    answer = probe(asked)
    assert answer["cause"] == "not_allowed"
    assert answer["sentence"] == SENTENCES[Cause.NOT_ALLOWED]
    assert probe({**asked, "allowed_networks": LOOPBACK})["cause"] == "refused"


def test_trusted_sources_may_lead_anywhere() -> None:
    assert probe({"url": "rtsp://127.0.0.1:1/a", "trusted": True})["cause"] == "refused"


def test_a_wrong_password_is_told_and_not_repeated() -> None:
    with FarmInThread() as farm:
        farm.add("cam", behaviour=Behaviour(login=Login(password="right")))
        url = farm.url("cam", user="admin", password="hunter2")
        answer = probe({"url": url, "allowed_networks": LOOPBACK})
    assert answer["cause"] == "login_refused"
    assert "hunter2" not in json.dumps(answer)


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"url": "rtsp://a/", "headers": [1]}',
        b'{"url": "rtsp://a/", "allowed_networks": ["secret"]}',
        b'{"url": "rtsp://a/", "look_s": "long"}',
    ],
)
def test_nonsense_gets_an_answer(asked: bytes) -> None:
    answer = probe(asked)
    assert (answer["ok"], answer["cause"]) == (False, "broken")
    assert "secret" not in json.dumps(answer)


@contextmanager
def mute() -> Iterator[int]:
    """A peer that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_nothing_secret_is_seen_from_outside_while_it_runs() -> None:
    with mute() as port, begun() as running:
        assert running.stdin is not None
        url = f"rtsp://admin:hunter2@127.0.0.1:{port}/a"
        running.stdin.write(json.dumps({"url": url, "trusted": True}).encode())
        running.stdin.close()
        seen = Path(f"/proc/{running.pid}")
        until_in_thread(lambda: b"probing" in (seen / "cmdline").read_bytes())
        assert b"hunter2" not in (seen / "cmdline").read_bytes() + (seen / "environ").read_bytes()
        running.kill()
        running.wait(10)


def test_a_probe_that_hangs_ends_by_itself() -> None:
    code = (
        "import threading, pantau.media.probing as p; p.HARD_LIMIT_S = 0.5; "
        "p.probe_in_thread = lambda *_, **__: threading.Event().wait(); "
        "from pantau.core.clock import SystemClock; p.run(SystemClock())"
    )
    asked = json.dumps({"url": "rtsp://127.0.0.1/a", "look_s": 0.1}).encode()
    done = subprocess.run(
        (sys.executable, "-c", code), check=False, input=asked, capture_output=True, timeout=60
    )
    answer = json.loads(done.stdout)
    assert (answer["cause"], answer["detail"]) == ("timed_out", "the probe hung")


def test_the_kernel_ends_what_nothing_else_can() -> None:
    code = (
        "import ctypes, pantau.media.probing as p; p.HARD_LIMIT_S = -2; "
        # A call that keeps the interpreter's lock: no other thread gets its turn.
        "p.probe_in_thread = lambda *_, **__: ctypes.PyDLL(None).pause(); "
        "from pantau.core.clock import SystemClock; p.run(SystemClock())"
    )
    asked = json.dumps({"url": "rtsp://127.0.0.1/a", "look_s": 1}).encode()
    done = subprocess.run(
        (sys.executable, "-c", code), check=False, input=asked, capture_output=True, timeout=60
    )
    assert done.returncode == -signal.SIGALRM or b"timed_out" in done.stdout


def test_an_error_of_ours_repeats_nothing() -> None:
    code = (
        "import pantau.media.probing as p\n"
        "def broken(config, **_): raise RuntimeError(config.url)\n"
        "p.probe_in_thread = broken\n"
        "from pantau.core.clock import SystemClock; p.run(SystemClock())"
    )
    asked = json.dumps({"url": "rtsp://admin:hunter2@127.0.0.1/a"}).encode()
    done = subprocess.run(
        (sys.executable, "-c", code), check=False, input=asked, capture_output=True, timeout=60
    )
    assert b"hunter2" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["detail"] == "an error in the probe: RuntimeError"
