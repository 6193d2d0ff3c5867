"""Asks an RTSP server about one stream without taking it: does it answer, and let us in?"""

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.dial import Patience
from pantau.media.sources.rtsp.session import Session


def refusal_in_thread(url: str, *, clock: Clock, limit_s: float) -> Cause | None:
    """Return why the stream cannot be described, None where it can; blocks `limit_s` at most.

    Any cause but those of reaching and logging in comes from a server that answers.
    """
    try:
        session = Session(
            SourceConfig(url),
            clock=clock,
            patience=Patience(clock, lambda: False, limit_s),
            count_bytes=lambda _: None,
        )
        try:
            session.describe()
        finally:
            session.leave()
    except SourceError as error:
        return error.cause
    return None
