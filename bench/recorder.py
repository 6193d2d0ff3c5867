"""Recording: our writer beside libav's hybrid muxer over the same packets, and over live alone.

`python -m bench.recorder ours|libav` measures one of them in a process of its own.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp

import av
import uvloop

from bench.ingest import farm
from bench.processes import Meter, pss_mb
from bench.rows import Row
from pantau.core.clock import SystemClock
from pantau.demo.clips import BENCH, clip_path, made_clip
from pantau.media.archive.disk import DiskRules
from pantau.media.archive.index import Ending
from pantau.media.archive.orders import RecordOrder, RecordRules
from pantau.media.archive.recorders import Recorders
from pantau.media.codecs import audio_track, parameter_sets_from_extradata, video_track
from pantau.media.engine import Engine, PathConfig
from pantau.media.packets import VIDEO_TIME_BASE, Packet, Tracks
from pantau.media.sources.base import SourceConfig

CLIPS = Path(".cache/bench-clips").absolute()
CAMERAS = 10
SYNC_S = 10.0
LIVE_CAMERAS = 20
HYBRID = {
    "movflags": "hybrid_fragmented+empty_moov+default_base_moof+frag_keyframe",
    "frag_duration": "1000000",
}


class MediaClock:
    """Goes as fast as the packets do, so that files are synced as often as for real."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(1e9 + self.at_s, UTC)

    def unix_s(self) -> float:
        return 1e9 + self.at_s

    def mono_s(self) -> float:
        return self.at_s

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(min(duration_s, 0.01))

    def wait_in_thread(self, event: threading.Event, duration_s: float) -> bool:
        return event.wait(duration_s)


def clip_packets() -> tuple[Tracks, list[Packet], float]:
    """Return the bench clip as packets of a run, and its length."""
    made_clip(CLIPS, BENCH)
    with av.open(str(clip_path(CLIPS, BENCH))) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        sets = parameter_sets_from_extradata("h264", video.codec_context.extradata or b"")
        sound = audio_track(audio.codec_context.extradata or b"")
        packets = []
        for packet in file.demux():
            if not packet.size or packet.dts is None or packet.pts is None or packet.dts < 0:
                continue
            is_video = packet.stream is video
            rate_hz = VIDEO_TIME_BASE if is_video else sound.sample_rate_hz
            base = packet.time_base * rate_hz
            pts, dts = round(packet.pts * base), round(packet.dts * base)
            packets.append(Packet(is_video, pts, dts, packet.is_keyframe, bytes(packet), 0.0))
    packets.sort(key=lambda packet: packet.dts / _rate(packet, sound.sample_rate_hz))
    length_s = 1 + int(packets[-1].dts / _rate(packets[-1], sound.sample_rate_hz))
    return Tracks(video_track("h264", sets), sound), packets, float(length_s)


def looped(packets: list[Packet], length_s: float, sound_hz: int, seconds: int) -> Iterator[Packet]:
    """Yield the packets of so many seconds, with the times of one long run."""
    for loop in range(int(seconds / length_s)):
        for packet in packets:
            rate_hz = _rate(packet, sound_hz)
            later = round(loop * length_s * rate_hz)
            dts = packet.dts + later
            yield Packet(
                packet.is_video,
                packet.pts + later,
                dts,
                packet.is_keyframe,
                packet.data,
                1e9 + dts / rate_hz,
            )


def _rate(packet: Packet, sound_hz: int) -> int:
    return VIDEO_TIME_BASE if packet.is_video else sound_hz


def measure_ours(root: Path, seconds: int) -> dict[str, float]:
    """Feed all recorders of one process; return what it cost for a camera."""
    tracks, packets, length_s = clip_packets()
    assert tracks.audio is not None
    clock = MediaClock()
    recorders = Recorders(clock=clock, rules=DiskRules(most_queued_bytes_in_all=2**31))
    rules = RecordRules((root,), segment_s=100_000, sync_s=SYNC_S, reserve_bytes=0)
    made = [recorders.recorder(f"c{n}", RecordOrder(n + 1, rules)) for n in range(CAMERAS)]
    for recorder in made:
        recorder.begin(tracks, clock.unix_s())
    base_mb = pss_mb([os.getpid()])
    nothing_s = _cost_of_feeding(packets, length_s, tracks.audio.sample_rate_hz, seconds)
    began_s = time.process_time()
    feed = looped(packets, length_s, tracks.audio.sample_rate_hz, seconds)
    for fed, packet in enumerate(feed):
        clock.at_s = packet.received_unix_s - 1e9
        for recorder in made:
            recorder.write(packet)
        while fed % 50 == 0 and any(recorder.waiting_bytes for recorder in made):
            time.sleep(0.001)
    cpu_s = time.process_time() - began_s - nothing_s
    grown_mb = pss_mb([os.getpid()]) - base_mb
    began_s = time.process_time()
    for recorder in made:
        recorder.end()
        recorder.close(Ending.BOUNDARY)
    asyncio.run(recorders.stop(600))
    close_s = time.process_time() - began_s
    assert all(recorder.status().dropped == 0 for recorder in made)
    return _result(cpu_s, close_s, grown_mb, int(seconds / length_s) * length_s)


def measure_libav(root: Path, seconds: int) -> dict[str, float]:
    """Mux the same packets with libav's own muxer, without queue, index or forced writes."""
    tracks, packets, length_s = clip_packets()
    assert tracks.audio is not None
    outputs = []
    with av.open(str(clip_path(CLIPS, BENCH))) as file:
        for number in range(CAMERAS):
            output = av.open(str(root / f"{number}.mp4"), "w", format="mp4", options=HYBRID)
            streams = [
                output.add_stream_from_template(each)
                for each in (file.streams.video[0], file.streams.audio[0])
            ]
            outputs.append((output, streams))
    bases = {True: Fraction(1, VIDEO_TIME_BASE), False: Fraction(1, tracks.audio.sample_rate_hz)}
    base_mb = pss_mb([os.getpid()])
    nothing_s = _cost_of_feeding(packets, length_s, tracks.audio.sample_rate_hz, seconds)
    began_s = time.process_time()
    for packet in looped(packets, length_s, tracks.audio.sample_rate_hz, seconds):
        for output, streams in outputs:
            coded = av.Packet(packet.data)
            coded.pts, coded.dts = packet.pts, packet.dts
            coded.duration = 3600 if packet.is_video else 1024
            coded.time_base, coded.is_keyframe = bases[packet.is_video], packet.is_keyframe
            coded.stream = streams[0 if packet.is_video else 1]
            output.mux(coded)
    cpu_s = time.process_time() - began_s - nothing_s
    grown_mb = pss_mb([os.getpid()]) - base_mb
    began_s = time.process_time()
    for output, _ in outputs:
        output.close()
    close_s = time.process_time() - began_s
    return _result(cpu_s, close_s, grown_mb, int(seconds / length_s) * length_s)


def _cost_of_feeding(packets: list[Packet], length_s: float, sound_hz: int, seconds: int) -> float:
    began_s = time.process_time()
    for _ in looped(packets, length_s, sound_hz, seconds):
        pass
    return time.process_time() - began_s


def _result(cpu_s: float, close_s: float, grown_mb: float, seconds: float) -> dict[str, float]:
    return {
        "cpu": (cpu_s + close_s) / seconds / CAMERAS * 100,
        "close_ms": close_s / CAMERAS * 1000,
        "memory_mb": grown_mb / CAMERAS,
    }


async def measure_live(root: Path | None, seconds: float, urls: list[str]) -> dict[str, float]:
    """Run the engine over real cameras, with or without recorders."""
    engine = Engine(clock=SystemClock())
    for number, url in enumerate(urls):
        record = None
        if root is not None:
            record = RecordOrder(number + 1, RecordRules((root,), sync_s=SYNC_S, reserve_bytes=0))
        engine.put(
            f"c{number}", PathConfig("rtsp", SourceConfig(url), on_demand=False, record=record)
        )
    await asyncio.sleep(25)
    meter = Meter([os.getpid()])
    await asyncio.sleep(seconds)
    cpu = meter.percent_of_core() / len(urls)
    memory_mb = pss_mb([os.getpid()]) / len(urls)
    await engine.stop(5)
    return {"cpu": cpu, "memory_mb": memory_mb}


def child(what: str, seconds: int, *more: str) -> dict[str, float]:
    """Measure in a process of its own, started as shards are."""
    root = mkdtemp(prefix="bench-recordings-", dir=CLIPS.parent)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.recorder", what, root, str(seconds), *more],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        )
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return result
    finally:
        shutil.rmtree(root)


def rows(*, quick: bool) -> list[Row]:
    """Measure our writer, libav's, and the whole engine with and without recording."""
    seconds = 120 if quick else 600
    ours, libav = child("ours", seconds), child("libav", seconds)
    with farm(CLIPS, LIVE_CAMERAS) as urls:
        live = [
            child(what, 10 if quick else 30, *urls) for what in ("live", "both", "live", "both")
        ]
    alone = min(live[0]["cpu"], live[2]["cpu"])
    both = min(live[1]["cpu"], live[3]["cpu"])
    return [
        Row(
            "recording a 2 Mbit/s camera with sound: CPU of recorder, writer and disk thread",
            ours["cpu"],
            "% of a core",
            peer="libav's hybrid muxer, without index and forced writes",
            peer_value=libav["cpu"],
            note=f"closing {ours['close_ms']:.1f} ms, libav {libav['close_ms']:.1f} ms",
        ),
        Row("the same, alone", ours["cpu"], "% of a core", must=0.15, aim=0.06),
        Row(
            "memory of a recording open for ten minutes",
            ours["memory_mb"],
            "MB",
            peer="libav's hybrid muxer",
            peer_value=libav["memory_mb"],
        ),
        Row("the same, alone", ours["memory_mb"], "MB", must=6, aim=1),
        Row(
            f"recording over live alone, {LIVE_CAMERAS} real cameras: CPU a camera",
            both - alone,
            "% of a core",
            must=0.15,
            note=f"live {alone:.3f} %, both {both:.3f} %",
        ),
        Row(
            "recording over live alone: memory a camera",
            min(live[1]["memory_mb"], live[3]["memory_mb"])
            - min(live[0]["memory_mb"], live[2]["memory_mb"]),
            "MB",
            must=6,
            aim=1,
        ),
    ]


def main(what: str, root: str, seconds: str, *urls: str) -> None:
    """Measure one thing and print a line of JSON."""
    if what == "ours":
        result = measure_ours(Path(root), int(seconds))
    elif what == "libav":
        result = measure_libav(Path(root), int(seconds))
    else:
        place = Path(root) if what == "both" else None
        result = uvloop.run(measure_live(place, float(seconds), list(urls)))
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
