"""A probe says what a camera gives, or what keeps it from giving anything."""

from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import SENTENCES, Cause
from pantau.media.probe import probe_in_thread
from pantau.media.sources.base import SourceConfig
from tests.media.clips import clip

CLOCK = SystemClock()


def test_a_good_camera_is_described(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip(seconds=1.2, audio="aac", size=(640, 360), key_every=10))
    report = probe_in_thread(SourceConfig(path.as_uri()), clock=CLOCK)
    assert report.cause is None
    assert (report.kind, report.video_codec) == ("file", "h264")
    assert report.codecs.startswith("avc1.")
    assert (report.width_px, report.height_px) == (640, 360)
    assert report.frame_rate == pytest.approx(25, abs=1)
    assert report.key_frame_interval_s == pytest.approx(0.4, abs=0.05)
    assert report.bit_rate_bps is not None
    assert report.bit_rate_bps > 1_000
    assert report.audio == "AAC 8000 Hz mono"
    assert report.first_picture_s is not None
    assert report.still is not None
    assert report.still.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("file:///nowhere/clip.mp4", Cause.NOT_FOUND),
        ("gopher://127.0.0.1/", Cause.UNSUPPORTED),
        ("rtsp://127.0.0.1:1/", Cause.REFUSED),
    ],
)
def test_a_camera_that_gives_nothing_is_explained(url: str, cause: Cause) -> None:
    report = probe_in_thread(SourceConfig(url), clock=CLOCK)
    assert report.cause is cause
    assert report.sentence == SENTENCES[cause]
    assert report.still is None
    assert report.first_picture_s is None


def test_a_probe_leaves_no_camera_open(tmp_path: Path) -> None:
    path = tmp_path / "clip.ts"
    path.write_bytes(clip(container="mpegts"))
    report = probe_in_thread(SourceConfig(path.as_uri()), clock=CLOCK, look_s=0.2)
    assert report.still is not None
    assert path not in [entry.resolve() for entry in Path("/proc/self/fd").iterdir()]
