"""FLV over HTTP: endless, cut off, silent, and what only says that it is FLV."""

from collections.abc import Callable
from itertools import islice, pairwise

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.packets import Item, Packet, Tracks
from pantau.media.sources.base import Deadlines, SourceConfig
from pantau.media.sources.flv import FlvSource
from pantau.media.sources.kinds import kind_of
from tests.media.clips import clip
from tests.media.sources.flv_tags import VIDEO, endless, flv, tags
from tests.media.sources.stored import decoded, pictures
from tests.media.sources.web_server import Answer, Web, body, serving, status

PATIENT = Deadlines(open_s=45.0, silence_s=45.0)


def source(web: Web, *, deadlines: Deadlines = PATIENT, most: int = 1 << 22) -> FlvSource:
    config = SourceConfig(web.url("/live.flv"), deadlines=deadlines, most_bytes_per_picture=most)
    return FlvSource(config, clock=SystemClock())


def cause_of(answer: Answer, *, most: int = 1 << 22, deadlines: Deadlines = PATIENT) -> Cause:
    with serving(Web({"/live.flv": answer})) as web, pytest.raises(SourceError) as caught:
        list(source(web, most=most, deadlines=deadlines).items())
    return caught.value.cause


@pytest.mark.parametrize(("codec", "name"), [("libx264", "h264"), ("libx265", "h265")])
def test_an_endless_stream_gives_pictures_and_sound(codec: str, name: str) -> None:
    with serving(Web({"/live.flv": endless(flv(codec=codec))})) as web:
        camera = source(web)
        items = camera.items()
        taken: list[Item] = list(islice(items, 120))
        items.close()  # type: ignore[attr-defined]
    tracks = [item for item in taken if isinstance(item, Tracks)]
    assert tracks[0].video.codec == name
    assert tracks[-1].audio is not None
    assert tracks[-1].audio.sample_rate_hz == 8_000
    video = pictures(taken)
    assert video[0].is_keyframe
    assert decoded([tracks[0], *video]) == len(video)
    assert all(later.dts > earlier.dts for earlier, later in pairwise(video))
    assert any(isinstance(item, Packet) and not item.is_video for item in taken)
    assert camera.inbound_bytes > sum(len(packet.data) for packet in video)


def test_sound_that_is_promised_and_never_comes_does_not_hold_up_the_picture() -> None:
    data = bytearray(flv(audio=None))
    data[4] |= 4  # "there is sound"
    with serving(Web({"/live.flv": endless(bytes(data))})) as web:
        taken = list(islice(source(web).items(), 30))
    assert pictures(taken)[0].is_keyframe


def test_other_parameter_sets_in_the_middle_are_told() -> None:
    small = flv(audio=None)
    large = clip(container="flv", size=(640, 360))
    both = small + b"".join(tags(large))
    with serving(Web({"/live.flv": body(both, "video/x-flv")})) as web:
        taken = list(islice(source(web).items(), 40))
    sizes = [item.video.width_px for item in taken if isinstance(item, Tracks)]
    assert sizes == [320, 640]


def test_the_end_of_the_answer_is_the_end_of_the_camera() -> None:
    assert cause_of(body(flv(), "video/x-flv")) is Cause.CLOSED


def test_a_stream_that_stops_in_a_tag_is_broken() -> None:
    assert cause_of(body(flv()[:-100], "video/x-flv")) is Cause.BROKEN


def test_a_stream_that_falls_silent_is_stalled() -> None:
    deadlines = Deadlines(open_s=45.0, silence_s=1.0)
    assert cause_of(endless(flv(), most=60), deadlines=deadlines) is Cause.STALLED


def test_sound_alone_is_no_picture() -> None:
    only_sound = flv()[:13] + b"".join(tag for tag in tags(flv()) if tag[0] != VIDEO)
    quick = Deadlines(open_s=2.5, silence_s=1.0)
    with serving(Web({"/live.flv": endless(only_sound)})) as web:
        camera = source(web, deadlines=quick)
        with pytest.raises(SourceError) as caught:
            list(camera.items())
    assert caught.value.cause in {Cause.NO_VIDEO, Cause.TIMED_OUT}


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda: body(b"<html>not found</html>", "text/html"), Cause.NOT_MEDIA),
        (lambda: body(clip(), "video/x-flv"), Cause.NOT_MEDIA),
        (lambda: body(b"FL", "video/x-flv"), Cause.NOT_MEDIA),
        (lambda: body(b"", "video/x-flv"), Cause.NOT_MEDIA),
        (lambda: status(404), Cause.NOT_FOUND),
        (lambda: status(503), Cause.BUSY),
        (lambda: body(flv()[:13] + bytes(300_000), "video/x-flv"), Cause.NOT_MEDIA),
    ],
)
def test_what_is_no_flv_has_a_cause(make: Callable[[], Answer], cause: Cause) -> None:
    assert cause_of(make()) is cause


def test_a_picture_without_end_is_refused() -> None:
    assert cause_of(endless(flv()), most=500) is Cause.TOO_LARGE


def test_a_mute_stream_is_timed_out() -> None:
    deadlines = Deadlines(open_s=2.0, silence_s=1.0)
    assert cause_of(endless(flv(), most=1), deadlines=deadlines) is Cause.TIMED_OUT


def test_an_interrupted_source_comes_back() -> None:
    with serving(Web({"/live.flv": endless(flv(), most=60)})) as web:
        camera = source(web, deadlines=PATIENT)
        items = camera.items()
        next(items)
        camera.interrupt()
        with pytest.raises(SourceError) as caught:
            list(items)
    assert caught.value.cause is Cause.CLOSED


def test_the_address_tells_the_kind() -> None:
    assert kind_of("http://portal.example/live/cam.flv?token=1") == "flv"
