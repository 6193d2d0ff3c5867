"""Keeps one path fed: dials, watches, retries, stops, and remembers what it had."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from pantau.core.errors import NotFound, Unavailable
from pantau.media.archive.recorders import RecorderOfPath
from pantau.media.breaker import Breaker, BreakerRules
from pantau.media.errors import SENTENCES, Cause, SourceError
from pantau.media.fanout import Fanout
from pantau.media.late.of_path import LateOfPath
from pantau.media.late.presentation import LatePresentation
from pantau.media.live.numbering import first_number
from pantau.media.live.parts import LiveEvent, PartCutter, RunEnded
from pantau.media.live.window import LiveWindow
from pantau.media.options import Tools
from pantau.media.packets import Tracks
from pantau.media.paths import PathConfig, PathState, PathStatus
from pantau.media.picture.watch import PictureWatch
from pantau.media.session import Ears, Ending, Session
from pantau.media.sources.base import Source
from pantau.media.sources.kinds import make_source
from pantau.media.stills import StillKeeper

log = structlog.get_logger()

_READER_S: Final = 10.0
"""Whoever read within this time is watching; a player asks every few seconds."""
_STALE_S: Final = 10.0
"""Beyond three target durations, until what the window holds is not live any more."""
_STILLS_ONLY: Final = "This camera gives still pictures only; it has no video."


class Ingest:
    """One path.  Loop only; `step` is called several times a second and does what is due.

    Never has two sessions: the next starts when the thread of the last one is gone, or has been
    given up for long.
    """

    def __init__(self, path: str, config: PathConfig, tools: Tools) -> None:
        self.path = path
        self.config = config
        self.fanout = Fanout()
        self.keeper = StillKeeper()
        self.abandoned = 0
        self._tools = tools
        self._clock = tools.clock
        self.window = LiveWindow(
            clock=tools.clock,
            segments=tools.options.segments,
            target_s=round(tools.options.segment_s),
            part_target_s=tools.options.part_s,
            most_bytes=tools.options.most_window_bytes,
            first_number=first_number(tools.clock.unix_s()),
        )
        self._breaker = Breaker(self._breaker_rules())
        self._session: Session | None = None
        self._cutter: PartCutter | None = None
        self._lost: tuple[Session, float] | None = None
        self._touched_mono: float | None = None
        self._waiting = 0
        self._is_removed = False
        self._is_silent = False
        self._tracks: Tracks | None = None
        self._ending: Ending | None = None
        self._state: PathState = "idle"
        self._since_at = self._clock.now()
        self._ready_at: datetime | None = None
        self._bytes_before = 0
        self._opened = self._failed = 0
        self._changed = asyncio.Event()
        self._picture = PictureWatch(path, tools.lookers, tools.clock)
        self._late = LateOfPath(path, tools)
        self._late.follow(config)
        self._recording = RecorderOfPath(path, self.fanout, tools.recorders)
        self._recording.want(config.record)

    def configure(self, config: PathConfig) -> None:
        """Take another configuration; the session goes on if it need not change."""
        before, self.config = self.config, config
        if (before.kind, before.source) != (config.kind, config.source):
            self._breaker.rules = self._breaker_rules()
            self._breaker.forget_failures()
            # What it had shows another camera.
            self.window.forget()
            self.keeper = StillKeeper()
            self._ending, self._is_silent = None, False
            self._late.end()
            self._recording.session_over(was_wanted=False)
            self._leave()
        elif before.low_latency != config.low_latency:
            self._leave()
        self._late.follow(config)
        self._recording.want(config.record)

    def remove(self) -> None:
        """End for good; the thread goes by itself."""
        self._is_removed = True
        self.window.forget()
        self._late.end()
        self._recording.want(None)
        self._leave()
        self._tell()

    @property
    def late(self) -> LatePresentation | None:
        """What is shown late; None: nothing."""
        return self._late.presentation

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left of a removed path."""
        return self._is_removed and self._session is None and not self._is_blocked()

    @property
    def is_busy(self) -> bool:
        """Whether there is a thread, wanted or not."""
        return self._session is not None

    def touch(self) -> None:
        """Note a reader."""
        self._touched_mono = self._clock.mono_s()

    def step(self, *, may_dial: bool = True) -> bool:
        """Do what is due; return whether it dialled."""
        now_mono = self._clock.mono_s()
        has_dialled = False
        if self._session is not None:
            self._watch(self._session, now_mono)
        elif self._is_wanted(now_mono) and may_dial and now_mono >= self._may_dial_at(now_mono):
            has_dialled = True
            self._dial(now_mono)
        self._clear_stale(now_mono)
        self._note_state(now_mono)
        inbound_bytes = self._session.source.inbound_bytes if self._session is not None else 0
        self._picture.step(self.keeper, inbound_bytes=inbound_bytes, is_live=self._state == "live")
        self._late.step(self.keeper, has_stills_only=self.config.is_stills_only)
        return has_dialled

    def restart_recorder(self) -> bool:
        """Have the recorder close its file and begin another; False where there is none."""
        return self._recording.restart()

    async def window_soon(self) -> LiveWindow:
        """Return the window as soon as it has something to play; else raise what is the matter."""
        if self.config.is_stills_only:
            raise Unavailable("stream.stills_only", _STILLS_ONLY, cause=Cause.NO_VIDEO)
        give_up_mono = self._clock.mono_s() + self.config.start_timeout_s
        self._waiting += 1
        try:
            async with asyncio.timeout(self.config.start_timeout_s):
                while not self._is_playable():
                    if self._is_removed:
                        raise NotFound("stream.unknown", "There is no such stream.")
                    if self._is_hopeless(give_up_mono):
                        raise self._unavailable()
                    await self._changed.wait()
        except TimeoutError:
            raise self._unavailable() from None
        finally:
            self._waiting -= 1
            self.touch()
        return self.window

    def status(self) -> PathStatus:
        """Say how things are."""
        now_mono, now_at = self._clock.mono_s(), self._clock.now()
        session = self._session
        bytes_now = session.source.inbound_bytes if session is not None else 0
        next_at = None
        if session is None and self._is_wanted(now_mono):
            wait_s = max(0.0, self._may_dial_at(now_mono) - now_mono)
            next_at = now_at + timedelta(seconds=wait_s)
        latest = self.keeper.latest
        return PathStatus(
            path=self.path,
            kind=self.config.kind,
            state=self._state,
            cause=self._ending.cause if self._ending else None,
            detail=self._ending.detail if self._ending else "",
            since_at=self._since_at,
            ready=self._ready_at is not None,
            ready_at=self._ready_at,
            tracks=self._tracks,
            inbound_bytes=self._bytes_before + bytes_now,
            inbound_errors=self._failed,
            readers=int(self._is_read(now_mono)),
            sessions_opened=self._opened,
            next_attempt_at=next_at,
            last_picture_at=datetime.fromtimestamp(latest.received_unix_s, UTC) if latest else None,
            picture=self._picture.status(),
            late=self.late.status() if self.late is not None else None,
            recorder=self._recording.status(),
        )

    def _dial(self, now_mono: float) -> None:
        self._breaker.dialled(now_mono)
        self._opened += 1
        try:
            source = self._make_source()
        except SourceError as error:
            self._fail(Ending(error.cause, error.detail), now_mono)
            return
        options = self._tools.options
        session = Session(
            self.path,
            source,
            sink=self.fanout,
            keeper=self.keeper,
            ears=Ears(self._on_run, self._on_end, self._tools.on_thread),
            handoff=self._tools.handoff,
            deadlines=self.config.source.deadlines,
            sound_wait_s=0.0 if self._is_silent else 1.5,
        )
        part_s = options.part_s if self.config.low_latency else None
        emit = partial(self._emit_in_thread, session)
        self._cutter = PartCutter(emit, segment_s=options.segment_s, part_s=part_s)
        self.fanout.attach(self._cutter)
        self._session = session
        session.start()

    def _breaker_rules(self) -> BreakerRules:
        options = self._tools.options
        return options.breaker_relayed if self.config.is_relayed else options.breaker

    def _make_source(self) -> Source:
        if self._tools.make_source is not None:
            return self._tools.make_source(self.config.kind, self.config.source)
        return make_source(self.config.kind, self.config.source, clock=self._clock)

    def _emit_in_thread(self, session: Session, event: LiveEvent) -> None:
        if not self._tools.handoff.post_in_thread(partial(self._apply, session, event)):
            raise SourceError(Cause.BROKEN, "the engine is overloaded")

    def _apply(self, session: Session, event: LiveEvent) -> None:
        if session is self._session and session.interrupted_mono is None:
            was_playable = self._is_playable()
            self.window.apply(event)
            self._late.keep(self.window)
            if self._is_playable() != was_playable:
                self._note_state(self._clock.mono_s())
                self._tell()

    def _on_run(self, session: Session, tracks: Tracks | None) -> None:
        if session is not self._session or session.interrupted_mono is not None:
            return
        self._breaker.saw_picture(self._clock.mono_s())
        self._tracks = tracks
        self._ending = None
        self._note_state(self._clock.mono_s())
        self._tell()

    def _on_end(self, session: Session, ending: Ending) -> None:
        if session is self._session:
            self._close(session, ending)

    def _close(self, session: Session, ending: Ending) -> None:
        """Forget a session that is over."""
        now_mono = self._clock.mono_s()
        self._session = None
        self._bytes_before += session.source.inbound_bytes
        if session.has_picture:
            self._is_silent = session.was_silent
        if self._cutter is not None:
            self.fanout.detach(self._cutter)
            self._cutter = None
        if self.window.is_running:
            self.window.apply(RunEnded())
            self._late.keep(self.window)
        has_failed = session.interrupted_mono is None or session.verdict is not None
        self._breaker.saw_footage(self._recording.session_over(was_wanted=has_failed))
        if has_failed:
            self._fail(session.verdict or ending, now_mono)
        else:
            self._breaker.left(now_mono)
            self._tracks = None
            if not self._is_wanted(now_mono):
                self.window.forget()
        self._note_state(now_mono)
        self._tell()

    def _fail(self, ending: Ending, now_mono: float) -> None:
        was_parked = self._breaker.is_parked
        self._failed += 1
        self._ending = ending
        self._breaker.ended(now_mono, ending.cause)
        wait_s = round(self._may_dial_at(now_mono) - now_mono, 1)
        log.info(
            "camera_lost", path=self.path, cause=ending.cause, detail=ending.detail, retry_s=wait_s
        )
        if self._breaker.is_parked and not was_parked:
            log.warning("camera_parked", path=self.path, cause=ending.cause)

    def _leave(self) -> None:
        """End the session because it is not wanted, or not like this."""
        if self._session is not None:
            self._session.interrupt()

    def _watch(self, session: Session, now_mono: float) -> None:
        if session.is_stuck(now_mono) or not session.is_alive:
            self._abandon(session, now_mono)
        elif session.interrupted_mono is None:
            if not self._is_wanted(now_mono):
                session.interrupt()
            elif session.is_silent(now_mono):
                log.warning("session_silent", path=self.path)
                session.verdict = Ending(Cause.STALLED, "no sign of life")
                session.interrupt()

    def _abandon(self, session: Session, now_mono: float) -> None:
        """Go on without a thread that does not come back, or died without a word."""
        if session.is_alive:
            self.abandoned += 1
            self._lost = (session, now_mono + self._tools.options.abandoned_s)
            log.error("session_abandoned", path=self.path)
        elif now_mono - session.sign_of_life_mono < _READER_S:
            return  # its last words are on their way
        session.abandon()
        session.verdict = Ending(Cause.STALLED, "the session did not let go")
        self._close(session, session.verdict)

    def _is_wanted(self, now_mono: float) -> bool:
        if self._is_removed:
            return False
        if not self.config.on_demand or self.config.record is not None or self._waiting:
            return True
        close_after_s = self.config.close_after_s
        return self._touched_mono is not None and now_mono - self._touched_mono < close_after_s

    def _is_read(self, now_mono: float) -> bool:
        if self._waiting:
            return True
        return self._touched_mono is not None and now_mono - self._touched_mono < _READER_S

    def _may_dial_at(self, now_mono: float) -> float:
        at_mono = self._breaker.may_dial_at(is_demanded=self._is_read(now_mono))
        return max(at_mono, self._lost[1]) if self._lost and self._is_blocked() else at_mono

    def _is_blocked(self) -> bool:
        """Whether a thread that was given up may still hold the camera's session."""
        if self._lost is None:
            return False
        session, until_mono = self._lost
        return session.is_alive and self._clock.mono_s() < until_mono

    def _is_hopeless(self, give_up_mono: float) -> bool:
        """Whether there will be no attempt until then."""
        return self._session is None and self._may_dial_at(self._clock.mono_s()) > give_up_mono

    def _is_playable(self) -> bool:
        last_mono = self.window.last_segment_at_mono_s
        if not self.window.ready or last_mono is None:
            return False
        return self._clock.mono_s() - last_mono < 3 * self.window.target_s + _STALE_S

    def _clear_stale(self, now_mono: float) -> None:
        """Free what nobody may take for live: a player that comes later must not start in it."""
        is_idle = self._session is None and not self._is_wanted(now_mono)
        if self.window.ready and (is_idle or not self._is_playable()):
            self.window.forget()

    def _note_state(self, now_mono: float) -> None:
        state: PathState = "idle"
        if self._session is not None:
            state = "live" if self._session.has_picture else "connecting"
        elif self._is_wanted(now_mono):
            state = "parked" if self._breaker.is_parked else "waiting"
        if state != self._state:
            self._state, self._since_at = state, self._clock.now()
            self._tell()
        is_ready = state == "live" and (self.config.is_stills_only or self._is_playable())
        if not is_ready:
            self._ready_at = None
        elif self._ready_at is None:
            self._ready_at = self._clock.now()

    def _tell(self) -> None:
        """Wake whoever waits for this path."""
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    def _unavailable(self) -> Unavailable:
        cause = self._ending.cause if self._ending else Cause.TIMED_OUT
        return Unavailable(f"stream.{cause}", SENTENCES[cause], cause=cause)
