"""`python -m pantau.media.archive.pictures`: makes pictures of recordings, as long as it is asked.

Each line of standard input is a JSON object: `id`, `do` ("still" or "sheet"), `video` (the path of
a recording), `form` ("jpeg" or "webp"); for a still `at_ms` (media time) and `width_px`; for a
sheet `every_ms` and `tile_px` ([width, height] at most).

Each line of standard output answers one: `id`, `ok`, and `data_base64` with `at_ms`, `width_px`,
`height_px` of a still, or `columns`, `tiles`, `every_ms`, `tile_px` of a sheet; or `cause`: "gone",
"none" (no picture there), "broken".

The process ends with its input, after a minute without a request, and in any request that takes
longer than `HARD_LIMIT_S`.  A library that crashes takes nothing with it but that request.
"""

import base64
import io
import json
import resource
import select
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pantau.media.archive.picture_making import NoPictureError, sheet, still
from pantau.media.archive.reading import BrokenRecordingError
from pantau.media.errors import SourceError
from pantau.media.stills import NARROWEST_PX, StillForm

HARD_LIMIT_S: Final = 30
_IDLE_S: Final = 60.0
_MOST_MEMORY_BYTES: Final = 3 << 30
"""Of addresses, most of which are never touched: a picture of 8192 x 8192 needs 100 MB."""
_WIDEST_PX: Final = 4096
_LEAST_EVERY_MS: Final = 1_000


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a request asks for; return what to answer, without its `id`."""
    try:
        video = Path(str(given["video"]))
        form: StillForm = "webp" if given.get("form") == "webp" else "jpeg"
        if given.get("do") == "sheet":
            return _sheet(video, form, given)
        width_px = min(max(int(given["width_px"]), NARROWEST_PX), _WIDEST_PX)
        made = still(video, int(given["at_ms"]), width_px=width_px, form=form)
    except FileNotFoundError:
        return _refused("gone")
    except NoPictureError:
        return _refused("none")
    except (BrokenRecordingError, SourceError, OSError, MemoryError):
        return _refused("broken")
    except (ValueError, TypeError, KeyError, OverflowError):
        return _refused("not_understood")
    return {
        "ok": True,
        "data_base64": base64.b64encode(made.data).decode(),
        "at_ms": made.at_ms,
        "width_px": made.width_px,
        "height_px": made.height_px,
    }


def _sheet(video: Path, form: StillForm, given: Mapping[str, Any]) -> dict[str, Any]:
    width_px, height_px = given["tile_px"]
    most_px = (min(max(int(width_px), 16), 640), min(max(int(height_px), 16), 640))
    every_ms = max(_LEAST_EVERY_MS, int(given["every_ms"]))
    made = sheet(video, every_ms=every_ms, most_px=most_px, form=form)
    return {
        "ok": True,
        "data_base64": base64.b64encode(made.data).decode(),
        "columns": made.columns,
        "tiles": made.tiles,
        "every_ms": made.every_ms,
        "tile_px": list(made.tile_px),
    }


def run() -> None:
    """Answer until there is nothing to answer."""
    # The kernel ends the process where native code never comes back.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Without a buffer, in which a request could lie unseen while we wait for it.
    asked = io.FileIO(0, closefd=False)
    while select.select([asked], [], [], _IDLE_S)[0]:
        line = asked.readline()
        if not line:
            return
        signal.alarm(HARD_LIMIT_S)
        try:
            given = json.loads(line)
            told = {"id": given.get("id"), **answer(given)}
        except (ValueError, AttributeError):
            told = {"id": None, **_refused("not_understood")}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        signal.alarm(0)


def _refused(cause: str) -> dict[str, Any]:
    return {"ok": False, "cause": cause}


if __name__ == "__main__":
    run()
