"""JPEG pictures for tests, one colour per camera."""

import io
from functools import cache

import av


@cache
def jpeg(number: int) -> bytes:
    """Return a still of 320 by 180 pixels."""
    file = io.BytesIO()
    with av.open(file, "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuvj420p"
        frame = av.VideoFrame(320, 180, "yuvj420p")
        shades = (60 + number * 13 % 160, 90 + number * 29 % 80, 90 + number * 47 % 80)
        for plane, shade in zip(frame.planes, shades, strict=True):
            plane.update(bytes([shade]) * plane.buffer_size)
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file.getvalue()
