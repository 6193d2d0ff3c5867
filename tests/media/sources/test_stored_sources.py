"""Files and the test card behave as cameras do."""

from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import VIDEO_TIME_BASE, Item, Packet, Tracks
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.kinds import kind_of, make_source
from tests.media.clips import clip
from tests.media.sources.stored import FastClock, decoded, pictures


def take(url: str, count: int) -> list[Item]:
    source = make_source(kind_of(url), SourceConfig(url), clock=FastClock())
    return list(islice(source.items(), count))


@pytest.mark.parametrize("container", ["mp4", "mpegts", "matroska", "flv"])
@pytest.mark.parametrize("audio", [None, "aac"])
def test_a_file_plays_for_ever_with_growing_timestamps(
    tmp_path: Path, container: str, audio: str | None
) -> None:
    path = tmp_path / "a clip"
    path.write_bytes(clip(container=container, audio=audio))
    items = take(path.as_uri(), 160)
    assert isinstance(items[0], Tracks)
    seen = pictures(items)
    assert len(seen) > 60
    assert decoded(items) == len(seen)
    assert all(2_000 < b.dts - a.dts < 12_000 for a, b in pairwise(seen))
    if audio:
        heard = [item for item in items if isinstance(item, Packet) and not item.is_video]
        assert items[0].audio is not None or any(
            isinstance(item, Tracks) and item.audio for item in items
        )
        assert all(b.pts > a.pts for a, b in pairwise(heard))


def test_h265_in_a_file_is_h265(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    quiet = (("preset", "ultrafast"), ("x265-params", "log-level=none:pools=none"))
    path.write_bytes(clip(codec="libx265", options=quiet))
    items = take(path.as_uri(), 30)
    assert isinstance(items[0], Tracks)
    assert items[0].video.codec == "h265"
    assert decoded(items) == len(pictures(items))


def test_g711_in_a_file_becomes_aac(tmp_path: Path) -> None:
    path = tmp_path / "clip.mov"
    path.write_bytes(clip(container="mov", audio="pcm_mulaw"))
    tracks = [item for item in take(path.as_uri(), 60) if isinstance(item, Tracks)]
    assert tracks[0].audio is not None
    assert tracks[0].audio.sample_rate_hz == 8_000


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (None, Cause.NOT_FOUND),
        (b"this is not media, however often it is read\n" * 100, Cause.NOT_MEDIA),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n" * 20, None),
        (b"ffconcat version 1.0\nfile 'http://127.0.0.1:9/a.ts'\n", None),
    ],
)
def test_a_file_that_is_no_media_is_named_without_its_path(
    tmp_path: Path, content: bytes | None, cause: Cause | None
) -> None:
    path = tmp_path / "secret.m3u8"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        take(path.as_uri(), 1)
    assert caught.value.cause is (cause or Cause.NOT_MEDIA)
    assert "secret" not in str(caught.value)


def test_motion_jpeg_in_a_file_is_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    path.write_bytes(clip(container="avi", codec="mjpeg", options=()))
    with pytest.raises(SourceError) as caught:
        take(path.as_uri(), 1)
    assert caught.value.cause is Cause.UNSUPPORTED


def test_a_truncated_file_gives_a_cause_or_a_loop(tmp_path: Path) -> None:
    whole = clip(container="mpegts")
    path = tmp_path / "clip.ts"
    for length in range(1_000, len(whole), len(whole) // 12):
        path.write_bytes(whole[:length])
        with suppress(SourceError):
            assert take(path.as_uri(), 40)


def test_the_test_card_is_a_camera() -> None:
    items = take("testcard:", 200)
    seen = pictures(items)
    assert decoded(items) == len(seen) == 199
    assert {b.dts - a.dts for a, b in pairwise(seen)} == {VIDEO_TIME_BASE // 12}
    assert seen[0].is_keyframe
    assert sum(len(packet.data) for packet in seen) < 1_000_000


def test_an_interrupted_source_comes_back_at_once() -> None:
    source = make_source("testcard", SourceConfig("testcard:"), clock=SystemClock())
    items = source.items()
    next(items)
    source.interrupt()
    with pytest.raises(SourceError):
        list(islice(items, 3))


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://10.0.0.7/a", "rtsp"),
        ("rtsps://10.0.0.7/a", "rtsp"),
        ("https://a.example/live/index.m3u8?token=1", "hls"),
        ("http://10.0.0.7/mjpg/video.mjpg", "mjpeg"),
        ("file:///srv/a.mp4", "file"),
        ("testcard:", "testcard"),
    ],
)
def test_the_kind_follows_from_the_address(url: str, kind: str) -> None:
    assert kind_of(url) == kind


@pytest.mark.parametrize("url", ["ftp://a/b", "/etc/passwd", "", "gopher:"])
def test_an_address_of_another_kind_is_unsupported(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        kind_of(url)
    assert caught.value.cause is Cause.UNSUPPORTED
