"""Which request is being answered: told in every log line and audit entry that it causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
_WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def is_well_formed(told: bytes) -> bool:
    """Tell whether somebody else's id can be written into logs and headers as it is."""
    return _WELL_FORMED.fullmatch(told) is not None


def current_request_id() -> str:
    """Return the id of the request that this task works for; empty: for none."""
    return _current.get()


@contextmanager
def answering(request_id: str) -> Iterator[None]:
    """Have what this task does inside, and the tasks that it starts, told with `request_id`.

    Tasks have contexts of their own, so requests that are answered side by side never mix.
    """
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
