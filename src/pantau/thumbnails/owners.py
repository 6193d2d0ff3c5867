"""Stills of cameras that no engine of ours holds: from the owner's snapshot, or a media server.

The picture is fetched, decoded and encoded in a process of its own (`pantau.media.snapshot`),
through the same address policy as every camera.  The camera itself is never dialled.
"""

import asyncio
import base64
import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.core.clock import Clock
from pantau.thumbnails.addresses import FORMS, WIDTHS_PX, StillForm
from pantau.thumbnails.stills import Still

log = structlog.get_logger()

PROGRAM: Final = (sys.executable, "-m", "pantau.media.snapshot")
_DEADLINE_S: Final = 35.0
"""Longer than the child takes by its own alarm."""
_MOST_ANSWER_BYTES: Final = 8 * 1024 * 1024
_MOST_STILL_BYTES: Final = 1024 * 1024
_WIRE_FORMS: Final[dict[StillForm, str]] = {"jpg": "jpeg", "webp": "webp"}


class OwnersStills:
    """Makes stills one process at a time for each caller.  Loop only.

    `stream_url` gives the address at which another media server serves a camera; None: there is
    no such server.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allowed_networks: Sequence[str] = (),
        stream_url: Callable[[Camera], str] | None = None,
        program: Sequence[str] = PROGRAM,
        deadline_s: float = _DEADLINE_S,
    ) -> None:
        self._clock = clock
        self._networks = tuple(allowed_networks)
        self._stream_url = stream_url
        self._program = tuple(program)
        self._deadline_s = deadline_s

    async def stills(self, camera: Camera) -> dict[tuple[int, StillForm], Still]:
        """Return every width and form, or nothing where there is nothing to be had."""
        question = self._question(camera)
        if question is None:
            return {}
        taken_at = self._clock.now()
        answer = await self._run(json.dumps(question).encode())
        found = {}
        for width_px, form, data in answer:
            if len(data) <= _MOST_STILL_BYTES:
                found[width_px, form] = Still(data, taken_at)
        return found

    def _question(self, camera: Camera) -> Mapping[str, Any] | None:
        source = camera.source
        wanted = [[width_px, _WIRE_FORMS[form]] for width_px in WIDTHS_PX for form in FORMS]
        if source.snapshot_url:
            return {
                "url": source.snapshot_url,
                "picture": True,
                "tls": source.tls,
                "headers": source.headers,
                "proxy": source.proxy,
                "trusted": source.trusted,
                "allowed_networks": self._networks,
                "stills": wanted,
            }
        is_pulled = capabilities_for(source).carrier in {Carrier.ENGINE, Carrier.RELAY}
        if self._stream_url is None or not is_pulled:
            return None
        url = self._stream_url(camera)
        return {"url": url, "kind": "hls", "picture": False, "trusted": True, "stills": wanted}

    async def _run(self, question: bytes) -> list[tuple[int, StillForm, bytes]]:
        process = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What a library says there may repeat the address.
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                answer, _ = await process.communicate(question)
            return _read(answer)
        except TimeoutError:
            return []
        finally:
            # Also where we are stopped meanwhile.
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


def _read(answer: bytes) -> list[tuple[int, StillForm, bytes]]:
    try:
        told = json.loads(answer[:_MOST_ANSWER_BYTES])
        if told["cause"] is not None:
            log.debug("still_not_made", cause=str(told["cause"]))
        return [
            (int(width), "webp" if form == "webp" else "jpg", base64.b64decode(text))
            for width, form, text in told["stills"]
        ]
    except (ValueError, KeyError, TypeError):
        # It was killed, by its alarm or by the kernel.
        return []
