"""Parts of a camera that stand in one column as JSON."""

import json
from collections.abc import Sequence
from datetime import time
from functools import lru_cache
from typing import Final

from pantau.cameras.decisions import Showing, Window
from pantau.cameras.models import CameraSource

_NOTHING: Final = "[]"


@lru_cache(maxsize=1_024)
def schedule_from(text: str) -> tuple[Window, ...]:
    """Return the windows that stand in `text`, the same objects for the same text."""
    if text == _NOTHING:
        return ()
    return tuple(
        Window(
            days=frozenset(window["days"]),
            begins=time.fromisoformat(window["begins"]),
            ends=time.fromisoformat(window["ends"]),
            showing=Showing(window["showing"]),
        )
        for window in json.loads(text)
    )


def schedule_text(schedule: Sequence[Window]) -> str:
    """Return `schedule` as it is kept; equal schedules are equal texts."""
    return json.dumps(
        [
            {
                "days": sorted(window.days),
                "begins": window.begins.isoformat(timespec="minutes"),
                "ends": window.ends.isoformat(timespec="minutes"),
                "showing": window.showing.value,
            }
            for window in schedule
        ]
    )


def more_from(text: str) -> tuple[tuple[tuple[str, str], ...], str, str]:
    """Return headers, proxy and address of a still."""
    if not text:
        return (), "", ""
    more = json.loads(text)
    headers = tuple((name, value) for name, value in more.get("headers", ()))
    return headers, more.get("proxy", ""), more.get("snapshot_url", "")


def more_text(source: CameraSource) -> str:
    """Return what `more_from` reads; empty where there is nothing."""
    if not (source.headers or source.proxy or source.snapshot_url):
        return ""
    return json.dumps(
        {
            "headers": [list(pair) for pair in source.headers],
            "proxy": source.proxy,
            "snapshot_url": source.snapshot_url,
        }
    )
