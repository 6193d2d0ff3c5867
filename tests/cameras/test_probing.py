"""A look at a source before it is saved: in a child that is ended, and that tells no secret."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pantau.cameras.capabilities import Carrier, SourceKind
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import CameraSource
from pantau.cameras.probing import Prober, ProbeReport, hints_for
from pantau.core.clock import SystemClock
from pantau.core.errors import Unavailable
from tests.support.farm import FarmInThread
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

SOURCE = CameraSource("rtsp://admin:geheim@192.0.2.1/live")
GOOD = {"ok": True, "kind": "rtsp", "video_codec": "h264", "audio": "none", "height_px": 720}


class StandIn:
    """A program in the place of the real one; it writes its number and what it was asked."""

    def __init__(self, folder: Path, body: str) -> None:
        self.notes = folder / "notes"
        self.notes.mkdir()
        script = folder / "stand_in.py"
        script.write_text(
            "import json, os, pathlib, sys, time\n"
            "asked = json.load(sys.stdin)\n"
            f"notes = pathlib.Path({str(self.notes)!r})\n"
            "note = {'asked': asked, 'argv': sys.argv, 'environment': dict(os.environ)}\n"
            "part = notes / f'{os.getpid()}.part'\n"
            "part.write_text(json.dumps(note))\n"
            "part.rename(notes / str(os.getpid()))\n" + body
        )
        self.program = (sys.executable, str(script))

    @property
    def pids(self) -> list[int]:
        return sorted(int(path.name) for path in self.notes.iterdir() if path.name.isdigit())

    def note(self) -> dict[str, Any]:
        (pid,) = self.pids
        told: dict[str, Any] = json.loads((self.notes / str(pid)).read_text())
        return told


def answering(folder: Path, answer: object) -> StandIn:
    return StandIn(folder, f"print({json.dumps(answer)!r})\n")


def hanging(folder: Path) -> StandIn:
    return StandIn(folder, "time.sleep(600)\n")


def prober(stand_in: StandIn, **more: Any) -> Prober:
    return Prober(clock=SystemClock(), program=stand_in.program, **more)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_what_the_child_is_asked_and_what_it_tells(tmp_path: Path) -> None:
    stand_in = answering(tmp_path, GOOD)
    source = CameraSource(
        "https://me:geheim@cdn.example.org/a.m3u8",
        headers=(("Authorization", "geheim"),),
        proxy="http://me:geheim@10.0.0.9:3128",
        tls="insecure",
    )
    report = await prober(stand_in, allowed_networks=("127.0.0.0/8",)).look(source)
    assert (report.ok, report.video_codec, report.audio) == (True, "h264", None)
    note = stand_in.note()
    assert note["asked"] == {
        "url": source.url,
        "kind": "hls",
        "transport": "automatic",
        "encode": False,
        "tls_fingerprint": "",
        "tls": "insecure",
        "headers": [["Authorization", "geheim"]],
        "proxy": source.proxy,
        "allowed_networks": ["127.0.0.0/8"],
        "trusted": False,
        "look_s": 6.0,
    }
    assert "geheim" not in json.dumps(note["argv"]) + json.dumps(note["environment"])


async def test_no_secret_comes_back_whatever_the_camera_says(tmp_path: Path) -> None:
    source = CameraSource(
        "rtsp://admin:gehe%40im@192.0.2.1/live?token=tok77",
        headers=(("X-Pass", "kopf99"),),
    )
    said = "admin:gehe@im gehe%40im tok77 kopf99 rtsp://admin:gehe%40im@192.0.2.1/live"
    told = {"ok": False, "cause": "login_refused", "sentence": "Refused.", "detail": said}
    report = await prober(answering(tmp_path, told)).look(source)
    for secret in ("gehe@im", "gehe%40im", "tok77", "kopf99"):
        assert secret not in str(report)
    assert report.cause == "login_refused"


async def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    stand_in = hanging(tmp_path)
    report = await prober(stand_in, deadline_s=1.5).look(SOURCE)
    assert (report.ok, report.cause) == (False, "timed_out")
    assert not any(is_running(pid) for pid in stand_in.pids)


async def test_who_stops_waiting_ends_the_child(tmp_path: Path) -> None:
    stand_in = hanging(tmp_path)
    look = asyncio.ensure_future(prober(stand_in).look(SOURCE))
    await until(lambda: stand_in.pids, timeout_s=45)
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    await until(lambda: not any(is_running(pid) for pid in stand_in.pids))


@pytest.mark.parametrize("said", ["", "nonsense", "[]", '{"kind": "rtsp"}', '{"ok": "x"}'])
async def test_what_cannot_be_read_is_a_failed_look(tmp_path: Path, said: str) -> None:
    stand_in = StandIn(tmp_path, f"print({said!r})\n")
    report = await prober(stand_in).look(SOURCE)
    assert (report.ok, report.cause) == (False, "crashed")


async def test_two_look_at_once_and_the_crowd_is_sent_away(tmp_path: Path) -> None:
    stand_in = hanging(tmp_path)
    one = prober(stand_in, wait_s=600)
    looks = [asyncio.ensure_future(one.look(SOURCE)) for _ in range(10)]
    await until(lambda: len(stand_in.pids) == 2, timeout_s=45)
    with pytest.raises(Unavailable) as refused:
        await one.look(SOURCE)
    assert refused.value.code == "cameras.probes_busy"
    assert len(stand_in.pids) == 2
    for look in looks:
        look.cancel()
    await asyncio.gather(*looks, return_exceptions=True)


async def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    stand_in = hanging(tmp_path)
    one = prober(stand_in, wait_s=0.05)
    looks = [asyncio.ensure_future(one.look(SOURCE)) for _ in range(2)]
    await until(lambda: len(stand_in.pids) == 2, timeout_s=45)
    with pytest.raises(Unavailable):
        await one.look(SOURCE)
    for look in looks:
        look.cancel()
    await asyncio.gather(*looks, return_exceptions=True)


async def test_a_live_camera_is_not_asked_once_more(tmp_path: Path) -> None:
    stand_in = answering(tmp_path, GOOD)
    live = {"key-1": ProbeReport(ok=True, kind="rtsp", video_codec="h265")}

    async def live_report(stream_key: str) -> ProbeReport | None:
        return live.get(stream_key)

    async def key_of(source: CameraSource) -> str:
        return "key-1" if source == SOURCE else ""

    one = prober(stand_in, live_report=live_report, key_of=key_of)
    for report in (await one.look(SOURCE), await one.look(SOURCE, stream_key="key-1")):
        assert (report.is_from_live, report.video_codec) == (True, "h265")
        assert report.hints
    assert stand_in.pids == []
    live.clear()
    assert not (await one.look(SOURCE)).is_from_live
    assert len(stand_in.pids) == 1


async def test_what_nobody_here_opens_is_not_looked_at(tmp_path: Path) -> None:
    stand_in = answering(tmp_path, GOOD)
    for kind, url in (("embed", "https://a.example/x"), ("mpegts_ws", "wss://a.example/x")):
        source = CameraSource(url, kind=kind)
        report = await prober(stand_in).look(source)
        assert report.ok is (kind == "embed")
        assert report.sentence
        assert capabilities_for(source).carrier in {Carrier.PAGE, Carrier.NOBODY}
    assert stand_in.pids == []
    assert {kind.value for kind in SourceKind} >= {"embed", "mpegts_ws"}


def test_hints_tell_what_could_be_better() -> None:
    fine = ProbeReport(
        ok=True, video_codec="h264", width_px=1280, height_px=720, audio="AAC",
        key_frame_interval_s=2.0,
    )  # fmt: skip
    assert hints_for(fine) == ()
    poor = ProbeReport(
        ok=True, video_codec="h265", width_px=3840, height_px=2160, key_frame_interval_s=10.0
    )
    told = " ".join(hints_for(poor))
    for word in ("10 s", "H.265", "3840 × 2160", "no sound"):
        assert word in told
    assert "small" in " ".join(hints_for(ProbeReport(ok=True, width_px=320, height_px=180)))
    assert hints_for(ProbeReport(ok=False, video_codec="h265")) == ()


@pytest.mark.timeout(120)
async def test_the_real_program_looks_at_a_real_camera() -> None:
    with FarmInThread() as farm:
        farm.add("gate")
        url = farm.url("gate")
        allowed = Prober(clock=SystemClock(), allowed_networks=("127.0.0.0/8",), look_s=2.0)
        report = await allowed.look(CameraSource(url))
        assert (report.ok, report.cause) == (True, None), report
        assert (report.video_codec, report.width_px, report.height_px) == ("h264", 320, 180)
        assert report.audio is not None
        assert report.still_base64
        refused = await Prober(clock=SystemClock(), look_s=1.0).look(CameraSource(url))
        assert (refused.ok, refused.cause) == (False, "not_allowed"), refused
