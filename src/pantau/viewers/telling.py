"""`POST /api/viewer/…`: beacons of players, every few seconds from everybody who watches."""

from typing import Final

from pydantic import BaseModel

from pantau.viewers.beacons import Beacons
from pantau.viewers.schemas import (
    Begun,
    BegunSession,
    QualityInput,
    SessionInput,
    StartInput,
    Told,
)
from pantau.web.bodies import shaped
from pantau.web.exchange import HotRequest, Reply
from pantau.web.hot_paths import HotPath
from pantau.web.principal import Principal
from pantau.web.writing import Writing

START: Final = "/api/viewer/start"
HEARTBEAT: Final = "/api/viewer/heartbeat"
STOP: Final = "/api/viewer/stop"
QUALITY: Final = "/api/viewer/quality"
_UNKNOWN: Final = "There is no such session, or it has ended."


def _path(path: str, summary: str, body: type[BaseModel], answer: type[BaseModel]) -> HotPath:
    names_camera = path in {START, QUALITY}
    return HotPath(
        path,
        summary,
        "viewers",
        answer,
        body=body,
        refusals=(404,) if names_camera else (),
        kept="never",
    )


DOCUMENTED: Final = (
    _path(
        START,
        "Begin to watch a camera; tell that it goes on within 20 seconds, again and again",
        StartInput,
        Begun,
    ),
    _path(HEARTBEAT, "Go on watching", SessionInput, Told),
    _path(STOP, "End watching", SessionInput, Told),
    _path(QUALITY, "Tell how a camera played, once, at the end of a view", QualityInput, Told),
)


class Telling:
    """Takes what players tell, for the fast lane.  Loop only."""

    def __init__(self, beacons: Beacons) -> None:
        self._beacons = beacons
        self._noted = _reply(Told(success=True, message="Noted."))
        self._ended = _reply(Told(success=True, message="Ended."))
        self._unknown = _reply(Told(success=False, message=_UNKNOWN))

    def writings(self) -> dict[str, Writing]:
        """Return the handlers by whole path."""
        return {
            START: Writing(self.start),
            HEARTBEAT: Writing(self.heartbeat),
            STOP: Writing(self.stop),
            QUALITY: Writing(self.quality),
        }

    def start(self, request: HotRequest, who: Principal, body: bytes) -> Reply:
        """Answer with a session."""
        told = shaped(StartInput, request.scope["headers"], body)
        session_id = self._beacons.start(told.cameraId, who, request)
        return _reply(Begun(data=BegunSession(sessionId=session_id)))

    def heartbeat(self, request: HotRequest, _who: Principal, body: bytes) -> Reply:
        """Let a session go on."""
        told = shaped(SessionInput, request.scope["headers"], body)
        return self._noted if self._beacons.heartbeat(told.sessionId, request) else self._unknown

    def stop(self, request: HotRequest, _who: Principal, body: bytes) -> Reply:
        """End a session."""
        told = shaped(SessionInput, request.scope["headers"], body)
        return self._ended if self._beacons.stop(told.sessionId) else self._unknown

    def quality(self, request: HotRequest, who: Principal, body: bytes) -> Reply:
        """Count how a camera played."""
        told = shaped(QualityInput, request.scope["headers"], body)
        self._beacons.report(told.camera_id, told.as_report(), who, request)
        return self._noted


def _reply(answer: BaseModel) -> Reply:
    return Reply(200, answer.model_dump_json().encode(), content_type=b"application/json")
