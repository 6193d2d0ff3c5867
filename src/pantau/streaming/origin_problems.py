"""What the edge says when the origin gives no piece, whichever origin it is."""

import re
from http import HTTPStatus
from typing import Final

from pantau.core.errors import NotFound, Problem, Unavailable

CAUSE_HEADER: Final = "X-Pantau-Cause"
_PLAYLIST_PROBLEMS: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE}


class BadReload(Problem):
    """A blocking reload that asks for something too far ahead (RFC 8216bis, 6.2.5.2)."""

    status = 400


class BadOrigin(Unavailable):
    """The media server answered, but not with something that can be passed on."""

    status = 502


def bad_origin(what: str) -> BadOrigin:
    """Return what is told of an answer that cannot be used."""
    return BadOrigin(
        "stream.bad_origin", f"The media server gave no usable answer. {what}", retry_after_s=2
    )


def slow_origin() -> Unavailable:
    """Return what is told when the origin takes too long."""
    return Unavailable(
        "stream.slow_origin", "The media server took too long to answer.", retry_after_s=2
    )


def no_origin() -> Unavailable:
    """Return what is told when the origin cannot be reached."""
    return Unavailable(
        "stream.no_origin",
        "The media server cannot be reached; it may be starting again.",
        retry_after_s=2,
    )


def problem_of(status: int, cause: str, *, is_playlist: bool) -> Problem:
    """Return what is told of `status`; `cause` is the engine's word for it, where it gave one."""
    if status in _PLAYLIST_PROBLEMS and is_playlist:
        # A known camera without a playlist: waiting helps, going away does not.
        known = cause if re.fullmatch(r"[a-z_]{1,40}", cause) and cause != "not_found" else ""
        return Unavailable(
            f"stream.{known or 'not_ready'}",
            "There is no picture from this camera at the moment.",
            retry_after_s=2,
        )
    if status == HTTPStatus.BAD_REQUEST and is_playlist:
        return BadReload("stream.bad_reload", "The playlist cannot be asked for like that.")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.BAD_REQUEST}:
        return NotFound("stream.no_such_file", "This piece of the stream is gone.")
    return bad_origin(f"It answered {status}.")
