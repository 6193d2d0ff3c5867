"""What cameras see, drawn and coded as a camera would: still or moving, by day and by night."""

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from pantau.media import codecs
from pantau.media.packets import Packet, Tracks
from pantau.media.picture.keys import KeySpan
from pantau.media.stills import KeyFrame, StillKeeper

WIDTH, HEIGHT = 320, 180
GROUP = 10
GROUPS = 3
"""Of pictures, from one look to the next."""

Scene = Callable[[int], bytearray]
"""The luma of picture N, in limited range."""


def flat(value: int) -> bytearray:
    return bytearray([value]) * (WIDTH * HEIGHT)


def street(dim: float = 1.0) -> bytearray:
    """Houses, a road, windows."""
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            house = 60 + 50 * ((x // 40 + y // 30) % 2) if y < 110 else 90
            window = 80 if y < 110 and x % 20 < 7 and y % 15 < 6 else 0
            line = 60 if y > 130 and abs(x - 160) < 4 else 0
            row.append(16 + int(min(200, house + window + line) * dim))
        rows.append(row)
    return bytearray().join(rows)


def fill(luma: bytearray, box: tuple[int, int, int, int], value: int) -> bytearray:
    left, top, width, height = box
    for y in range(top, top + height):
        luma[y * WIDTH + left : y * WIDTH + left + width] = bytes([value]) * width
    return luma


def clock(luma: bytearray, number: int) -> bytearray:
    """Write something like a running clock into the upper edge."""
    for digit in range(8):
        lit = number * 7 + digit * 3
        for stroke in range(4):
            if lit >> stroke & 1:
                fill(luma, (8 + digit * 14 + stroke * 3, 4, 2, 12), 235)
    return luma


def grain(luma: bytearray, number: int, strength: int) -> bytearray:
    """Add the noise of a sensor, other noise in every picture."""
    table = bytes(value % (strength + 1) for value in range(256))
    noise = random.Random(number).randbytes(len(luma)).translate(table)
    # Long whole numbers add all pixels at once; no pixel here is near enough to 0 or 255 to carry.
    total = sum(int.from_bytes(part) for part in (luma, noise))
    return bytearray((total - int.from_bytes(flat(strength // 2))).to_bytes(len(luma)))


def film(
    scene: Scene, *, looks: int, first: int = 0, crf: int = 26
) -> Iterator[tuple[KeyFrame, KeySpan]]:
    """Code a scene; yield the last key frame, and what passed, once for each look."""
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.gop_size = GROUP
    encoder.options = {
        "preset": "ultrafast", "tune": "zerolatency", "crf": str(crf), "sc_threshold": "0",
    }  # fmt: skip
    encoder.thread_count = 1
    keeper = StillKeeper()
    for look in range(looks):
        for step in range(GROUP * GROUPS):
            number = look * GROUP * GROUPS + step
            for coded in encoder.encode(picture(scene(first + number), number)):
                take(keeper, bytes(coded), number)
        assert isinstance(keeper.latest, KeyFrame)
        yield keeper.latest, keeper.keys.span()


def picture(luma: bytearray, number: int) -> VideoFrame:
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for index, plane in enumerate(frame.planes):
        if index:
            plane.update(bytes([128]) * plane.buffer_size)
            continue
        gap = bytes(plane.line_size - WIDTH)
        rows = (luma[at : at + WIDTH] for at in range(0, len(luma), WIDTH))
        plane.update(b"".join(bytes(row) + gap for row in rows))
    frame.pts = number
    return frame


def take(keeper: StillKeeper, annexb: bytes, number: int) -> None:
    nals = codecs.annexb_to_nals(annexb)
    sets = [nal for nal in nals if codecs.is_parameter_set("h264", nal)]
    is_key = any(codecs.is_keyframe("h264", nal) for nal in nals)
    if is_key:
        keeper.begin(Tracks(codecs.video_track("h264", sets)), 0.0)
    data = codecs.nals_to_sample([nal for nal in nals if codecs.is_slice("h264", nal)])
    at = number * 3_600
    keeper.write(Packet(True, at, at, is_key, data, float(number)))
