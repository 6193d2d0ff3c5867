"""Looks at a source before a camera is saved: in a child process, at most two at once."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog
from pydantic import ConfigDict, Field, ValidationError

from pantau.cameras.addresses import MASK
from pantau.cameras.capabilities import Carrier
from pantau.cameras.carriers import capabilities_for, kind_in
from pantau.cameras.masking import secrets_in
from pantau.cameras.models import CameraSource
from pantau.core.clock import Clock
from pantau.core.errors import Unavailable
from pantau.core.redact import redact
from pantau.core.shapes import Shape

log = structlog.get_logger()

PROGRAM: Final = (sys.executable, "-m", "pantau.media.probing")
_MOST_AT_ONCE: Final = 2
_MOST_WAITING: Final = 8
_WAIT_S: Final = 30.0
_LOOK_S: Final = 6.0
_DEADLINE_S: Final = 40.0
"""Longer than the child takes by its own clock: this one counts where that one hangs."""
_MOST_ANSWER_BYTES: Final = 8 * 2**20
_LONG_KEY_FRAME_INTERVAL_S: Final = 4.0
_SMALL_PX: Final = 360
_LARGE_PX: Final = 1_440


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What was found.  No field holds a password."""

    ok: bool
    kind: str | None = None
    cause: str | None = None
    """For programs, where it failed: a `media.errors.Cause`, or `not_looked_at`."""
    sentence: str = ""
    """For the operator: what is so, and what to do."""
    detail: str = ""
    video_codec: str | None = None
    codecs: str | None = None
    """As HLS tells them: `avc1.64001f,mp4a.40.2`."""
    width_px: int | None = None
    height_px: int | None = None
    frame_rate: float | None = None
    bit_rate_bps: int | None = None
    key_frame_interval_s: float | None = None
    audio: str | None = None
    first_picture_s: float | None = None
    still_base64: str | None = None
    """A JPEG."""
    is_from_live: bool = False
    """Whether it tells of the running stream: the camera was not asked once more (lesson M11)."""
    hints: tuple[str, ...] = ()
    """What works, but could be better, as sentences."""


LiveReport: TypeAlias = Callable[[str], Awaitable[ProbeReport | None]]
"""Asked with a stream key; returns what is known of a stream that is live, or None."""
KeyOf: TypeAlias = Callable[[CameraSource], Awaitable[str]]
"""Returns the stream key of the camera that has this very source; empty: none has it."""


class Prober:
    """Looks at sources.  Loop only.

    `program` is started for each look: it reads one JSON object and writes one, as
    `pantau.media.probing` says.  Nothing secret is in its arguments or its environment.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        allowed_networks: Sequence[str] = (),
        key_of: KeyOf | None = None,
        live_report: LiveReport | None = None,
        program: Sequence[str] = PROGRAM,
        look_s: float = _LOOK_S,
        deadline_s: float = _DEADLINE_S,
        wait_s: float = _WAIT_S,
    ) -> None:
        self._clock = clock
        self._networks = tuple(allowed_networks)
        self._key_of = key_of
        self._live_report = live_report
        self._program = tuple(program)
        self._look_s = look_s
        self._deadline_s = deadline_s
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)
        self._waiting = 0

    async def look(
        self, source: CameraSource, *, is_trusted: bool = False, stream_key: str = ""
    ) -> ProbeReport:
        """Return what is at `source`; raises Unavailable when too many look at once.

        While a camera with this very source is live its stream tells, and the camera is left alone
        (lesson M11); `stream_key` is that camera's, where the caller knows it.
        """
        if capabilities_for(source).carrier in {Carrier.PAGE, Carrier.NOBODY}:
            return _not_looked_at(source)
        known = await self._from_live(source, stream_key)
        if known is not None:
            return _finished(known, source)
        async with self._turn():
            return _finished(await self._run(source, is_trusted=is_trusted), source)

    async def _from_live(self, source: CameraSource, stream_key: str) -> ProbeReport | None:
        if self._live_report is None:
            return None
        if not stream_key and self._key_of is not None:
            stream_key = await self._key_of(source)
        known = await self._live_report(stream_key) if stream_key else None
        return None if known is None else replace(known, is_from_live=True)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for one of the places, not for ever and not in any crowd."""
        if self._free.locked() and self._waiting >= _MOST_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()

    async def _run(self, source: CameraSource, *, is_trusted: bool) -> ProbeReport:
        began_mono = self._clock.mono_s()
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
                answer, _ = await process.communicate(self._question(source, is_trusted=is_trusted))
            report = _read(answer)
        except TimeoutError:
            report = _failed("timed_out", "The look at the camera took too long and was ended.")
        except ValidationError:
            report = _failed("crashed", "The look at the camera failed. Try again.")
        finally:
            await _end(process)
        log.info(
            "camera_looked_at",
            ok=report.ok,
            cause=report.cause,
            took_s=round(self._clock.mono_s() - began_mono, 1),
        )
        return report

    def _question(self, source: CameraSource, *, is_trusted: bool) -> bytes:
        return json.dumps(
            {
                "url": source.url,
                "kind": kind_in(source).value,
                "transport": source.transport,
                "encode": source.encode,
                "tls_fingerprint": source.tls_fingerprint,
                "tls": source.tls,
                "headers": [list(pair) for pair in source.headers],
                "proxy": source.proxy,
                "allowed_networks": list(self._networks),
                "trusted": source.trusted or is_trusted,
                "look_s": self._look_s,
            }
        ).encode()


class _Answer(Shape):
    """What the program writes; what else is in it does not matter."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ok: bool
    kind: str | None = None
    cause: str | None = None
    sentence: str = ""
    detail: str = ""
    video_codec: str | None = None
    codecs: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    frame_rate: float | None = None
    bit_rate_bps: float | None = None
    key_frame_interval_s: float | None = None
    audio: str | None = None
    first_picture_s: float | None = None
    still_base64: str | None = Field(None, max_length=_MOST_ANSWER_BYTES)


def hints_for(report: ProbeReport) -> tuple[str, ...]:
    """Return what works, but could be better."""
    hints: list[str] = []
    if not report.ok:
        return ()
    interval_s = report.key_frame_interval_s
    if interval_s is not None and interval_s > _LONG_KEY_FRAME_INTERVAL_S:
        hints.append(
            f"Key frames come every {interval_s:g} s, so viewers wait that long for the first "
            "picture. Set the camera to one every 2 s."
        )
    if report.video_codec == "h265":
        hints.append(
            "The video is H.265, which some browsers cannot show. "
            "Choose H.264 in the camera, or its second stream."
        )
    if report.height_px is not None and report.height_px > _LARGE_PX:
        hints.append(
            f"{report.width_px} × {report.height_px} is a lot for telephones. "
            "The camera's second stream may serve the public better."
        )
    if report.height_px is not None and report.height_px < _SMALL_PX:
        hints.append(f"{report.width_px} × {report.height_px} is small. Is it the main stream?")
    if report.audio is None:
        hints.append("There is no sound.")
    return tuple(hints)


def _finished(report: ProbeReport, source: CameraSource) -> ProbeReport:
    """Return `report` with its hints, and without a secret, whatever the camera said."""
    secrets = sorted(
        {
            secret
            for address in (source.url, source.proxy, source.snapshot_url)
            for secret in secrets_in(address)
        }
        | {value for _, value in source.headers if value},
        key=len,
        reverse=True,
    )

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, MASK)
        return redact(text)

    return replace(
        report,
        sentence=redact(report.sentence),
        detail=clean(report.detail),
        hints=hints_for(report),
    )


def _read(answer: bytes) -> ProbeReport:
    told = _Answer.model_validate_json(answer[:_MOST_ANSWER_BYTES])
    rate = told.bit_rate_bps
    return ProbeReport(
        ok=told.ok,
        kind=told.kind or None,
        cause=told.cause or None,
        sentence=told.sentence,
        detail=told.detail,
        video_codec=told.video_codec or None,
        codecs=told.codecs or None,
        width_px=told.width_px or None,
        height_px=told.height_px or None,
        frame_rate=told.frame_rate,
        bit_rate_bps=None if rate is None else int(rate),
        key_frame_interval_s=told.key_frame_interval_s,
        audio=None if told.audio in {None, "", "none"} else told.audio,
        first_picture_s=told.first_picture_s,
        still_base64=told.still_base64,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the child with all that it started, and wait until it is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def _not_looked_at(source: CameraSource) -> ProbeReport:
    can = capabilities_for(source)
    return ProbeReport(
        ok=can.live,
        kind=kind_in(source).value,
        cause=None if can.live else "not_looked_at",
        sentence=can.why_not
        or "The visitor's browser opens this page itself; nothing here looks at it.",
    )


def _failed(cause: str, sentence: str) -> ProbeReport:
    return ProbeReport(ok=False, cause=cause, sentence=sentence)


def _busy() -> Unavailable:
    return Unavailable(
        "cameras.probes_busy",
        "Several cameras are being looked at. Try again in a moment.",
        retry_after_s=5,
    )
