"""What the streams really do, asked of the media server every second or two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from pantau.cameras.models import Camera, LiveState, Observation, VideoCodec
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.core.ids import CameraId
from pantau.streaming.media_server import ActualPath

log = structlog.get_logger()

_STALLED_S: Final = 10.0
_MISSED_POLLS: Final = 2
_ABSENT_S: Final = 30.0
"""How long a path may be missing after the server began anew, until somebody has told it again."""
_CAMERAS_AT_FULL_PACE: Final = 400
_CODECS: Final[Mapping[str, VideoCodec]] = {"H264": "h264", "H265": "h265"}


class PathReports(Protocol):
    """The part of a media server's client that is needed here."""

    async def paths(self) -> Mapping[str, ActualPath]: ...


@dataclass(slots=True)
class Evidence:
    """What is remembered of one camera between two looks."""

    inbound_bytes: int = 0
    grew_mono: float | None = None
    live_mono: float | None = None
    state: LiveState = LiveState.UNKNOWN
    reported_mono: float | None = None
    video_codec: VideoCodec | None = None


@dataclass(slots=True)
class LiveStates:
    """Polls a media server and tells the catalogue.  Loop only."""

    server: PathReports
    catalogue: Catalogue
    clock: Clock
    every_s: float = 1.5
    checked_every_s: float = 30.0
    """How often "last checked" moves while nothing changes; each move makes the lists new."""
    recall_s: float = 900.0
    """How long a camera that nobody watches counts as live after its last picture."""
    hold_s: float = 90.0
    """How long states are held while the media server is silent; unknown after that.  A restart of
    it must not make every camera of every list jump to unknown and back."""
    reports: Mapping[str, ActualPath] = field(default_factory=dict)
    """What the media server said last, by stream key; empty while it is silent."""
    _evidence: dict[CameraId, Evidence] = field(default_factory=dict)
    _misses: int = 0
    _answered_mono: float | None = None
    _answers_since_mono: float | None = None
    """Since when it answers without a break; None: it does not."""

    @property
    def answered_ago_s(self) -> float | None:
        """Age of the media server's last answer; None when it never gave one."""
        answered = self._answered_mono
        return None if answered is None else self.clock.mono_s() - answered

    async def run(self) -> None:
        """Look again and again; never returns."""
        while True:
            await self.look()
            # 24 ms for 800 paths: with more of them it looks less often, not more of the time.
            many = len(self._evidence) / _CAMERAS_AT_FULL_PACE
            await self.clock.sleep(self.every_s * max(1.0, many))

    async def look(self) -> None:
        """Ask once and pass on what is new."""
        paths = await self._ask()
        if paths is None and self._is_held():
            return
        self.reports = {} if paths is None else paths
        cameras = self.catalogue.all()
        self._evidence = {
            camera.id: self._evidence.get(camera.id, Evidence()) for camera in cameras
        }
        self.catalogue.observe({camera.id: self._observed(camera, paths) for camera in cameras})

    def _may_return(self, evidence: Evidence, now_mono: float) -> bool:
        """Tell whether a missing path may merely not have been told yet to a server that is new."""
        since_mono, seen_mono = self._answers_since_mono, evidence.reported_mono
        if since_mono is None or seen_mono is None:
            return False
        return now_mono - max(since_mono, seen_mono) < _ABSENT_S

    def _is_held(self) -> bool:
        ago_s = self.answered_ago_s
        return self._misses < _MISSED_POLLS or (ago_s is not None and ago_s < self.hold_s)

    async def _ask(self) -> Mapping[str, ActualPath] | None:
        try:
            paths = await self.server.paths()
        except Problem as problem:
            self._misses += 1
            if self._misses == _MISSED_POLLS:
                log.warning("media_server_lost", code=problem.code)
                self._answers_since_mono = None
            return None
        if self._misses >= _MISSED_POLLS:
            log.info("media_server_back")
        self._misses = 0
        self._answered_mono = self.clock.mono_s()
        if self._answers_since_mono is None:
            self._answers_since_mono = self._answered_mono
        return paths

    def _observed(self, camera: Camera, paths: Mapping[str, ActualPath] | None) -> Observation:
        evidence = self._evidence[camera.id]
        path = None if paths is None else paths.get(camera.stream_key)
        now_at, now_mono = self.clock.now(), self.clock.mono_s()
        if path is not None:
            evidence.reported_mono = now_mono
            _remember(evidence, path, now_mono)
            if path.last_picture_at is not None:
                self.catalogue.still_taken(camera.id, path.last_picture_at)
        state = self._state(camera, path, evidence, now_at, now_mono)
        if state is LiveState.LIVE:
            evidence.live_mono = now_mono
        before = self.catalogue.observation(camera.id)
        evidence.state = state
        if before is None or before.state is not state:
            if before is not None:
                log.info("camera_state_changed", camera=camera.id, state=state, was=before.state)
            return Observation(state, now_at, now_at, evidence.video_codec)
        age = now_at - before.checked_at
        is_same = before.video_codec == evidence.video_codec
        if is_same and age < timedelta(seconds=self.checked_every_s):
            return before
        return Observation(state, before.since_at, now_at, evidence.video_codec)

    def _state(
        self,
        camera: Camera,
        path: ActualPath | None,
        evidence: Evidence,
        now_at: datetime,
        now_mono: float,
    ) -> LiveState:
        if camera.status == "maintenance":
            return LiveState.MAINTENANCE
        if camera.status == "offline":
            return LiveState.OFFLINE
        if path is None:
            return evidence.state if self._may_return(evidence, now_mono) else LiveState.UNKNOWN
        if path.state:
            return self._by_our_engine(path, evidence, now_at, now_mono)
        return self._by_readiness(camera, path, evidence, now_mono)

    def _by_our_engine(
        self, path: ActualPath, evidence: Evidence, now_at: datetime, now_mono: float
    ) -> LiveState:
        match path.state:
            case "live":
                return LiveState.LIVE
            case "connecting":
                return _trying(evidence)
            case "waiting" if path.cause is None or _is_recent(evidence.live_mono, now_mono):
                return _trying(evidence)
            case "idle" if path.cause is None:
                seen = path.last_picture_at
                is_recent = seen is not None and now_at - seen < timedelta(seconds=self.recall_s)
                return LiveState.LIVE if is_recent else LiveState.UNKNOWN
            case _:
                return LiveState.OFFLINE

    def _by_readiness(
        self, camera: Camera, path: ActualPath, evidence: Evidence, now_mono: float
    ) -> LiveState:
        if path.ready:
            # "Ready" is what was set up; only growing bytes are life (lesson M14).
            grows = _is_recent(evidence.grew_mono, now_mono)
            return LiveState.LIVE if grows else LiveState.OFFLINE
        if not camera.on_demand:
            fell = _is_recent(evidence.live_mono, now_mono)
            return LiveState.CONNECTING if fell else LiveState.OFFLINE
        if path.readers:
            return _trying(evidence)
        recall = evidence.live_mono is not None and now_mono - evidence.live_mono < self.recall_s
        return LiveState.LIVE if recall and _was_live(evidence) else LiveState.UNKNOWN


def _remember(evidence: Evidence, path: ActualPath, now_mono: float) -> None:
    # A counter that fell belongs to a new session: that is life as well.
    if path.inbound_bytes != evidence.inbound_bytes or (path.ready and evidence.grew_mono is None):
        evidence.inbound_bytes = path.inbound_bytes
        evidence.grew_mono = now_mono
    for name in path.tracks:
        evidence.video_codec = _CODECS.get(name, evidence.video_codec)


def _trying(evidence: Evidence) -> LiveState:
    # A dead camera is dialled again and again; that must not look like hope each time.
    return LiveState.OFFLINE if evidence.state is LiveState.OFFLINE else LiveState.CONNECTING


def _was_live(evidence: Evidence) -> bool:
    return evidence.state in {LiveState.LIVE, LiveState.CONNECTING}


def _is_recent(moment_mono: float | None, now_mono: float) -> bool:
    return moment_mono is not None and now_mono - moment_mono < _STALLED_S
