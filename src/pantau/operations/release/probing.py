"""Asks a hub what visitors ask, and how long it takes; nothing changes by it.

Of signing in only the page is asked for: whatever is sent to sign in counts as an attempt, or
stands in the audit trail.  The name that we give marks us as a program, which is left out wherever
people are counted.
"""

import http.client
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from pantau.core.clock import Clock
from pantau.operations.release.evidence import Refusals, Repeated, Times
from pantau.viewers.agents import OWN_MONITOR

_ANSWER_S: Final = 10.0
_MOST_BYTES: Final = 4 * 2**20
_MOST_REPEATED: Final = 4
_IN_A_ROW: Final = 5
_HEADERS: Final = {"User-Agent": OWN_MONITOR.decode(), "Accept-Encoding": "identity"}
LIST: Final = "/api/cameras/active"
SIGN_IN: Final = "/admin/sign-in"
NO_ANSWER: Final = "no answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how long; status 0: nothing did."""

    status: int
    took_s: float
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Prober:
    """One series of questions to one hub, over one connection.  In a thread; closes with it."""

    address: str
    clock: Clock
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    repeated: dict[str, Repeated] = field(default_factory=dict)
    refusals: dict[str, Refusals] = field(default_factory=dict)
    is_serving: bool | None = None
    down: tuple[str, ...] = ()
    _line: http.client.HTTPConnection | None = None
    _stream: str = ""
    _playlist: str = ""

    def ask_round_in_thread(self) -> None:
        """Ask for the list, a stream, its playlist, a page, and the one for signing in."""
        found = self.ask_in_thread(LIST)
        # Where web is gone its parent still listens: each further question waits for nothing.
        if found.status:
            self._note("list", found)
            self._ask_the_rest()
        self.ask_whether_ready_in_thread()

    def _ask_the_rest(self) -> None:
        self._find_camera()
        self._note("stream", self.ask_in_thread(self._stream or "/api/stream"))
        if self._playlist:
            # Whoever asks first after a pause has it fetched: without this question a round each
            # two seconds would look slower than five in one, whichever release answers.
            self.ask_in_thread(self._playlist)
            found = self.ask_in_thread(self._playlist)
            self._note("playlist", found)
            if found.status != HTTPStatus.OK:
                self._playlist = ""
        self._note("page", self.ask_in_thread("/"))
        self._note("login", self.ask_in_thread(SIGN_IN))

    def ask_whether_ready_in_thread(self) -> None:
        """Ask whether everything that is essential works."""
        answer = self.ask_in_thread("/health")
        self.is_serving = answer.status == HTTPStatus.OK
        if self.is_serving:
            self.down = ()
            return
        told = _read(answer.body).get("down") if answer.status else None
        named = tuple(str(each) for each in told) if isinstance(told, list) else ()
        self.down = named or (NO_ANSWER if not answer.status else f"status {answer.status}",)

    @property
    def is_silent(self) -> bool:
        """Tell whether the hub gave no answer at all when it was asked whether it is ready."""
        return self.down == (NO_ANSWER,)

    def ask_again_in_thread(self, cached: Collection[str]) -> None:
        """Ask for the same several times in a row; `cached` are the paths that are kept."""
        paths = [LIST, *(path for path in sorted(cached) if path != LIST)]
        for path in paths[:_MOST_REPEATED]:
            answers = [self.ask_in_thread(path) for _ in range(_IN_A_ROW)]
            for each in answers if path != LIST else ():
                self._note_refusal(path, each)
            if any(each.status != HTTPStatus.OK for each in answers):
                continue
            ready = sum(each.headers.get("x-cache") == "HIT" for each in answers[1:])
            before = self.repeated.get(path, Repeated(endpoint=path, asked=1, ready=0))
            self.repeated[path] = Repeated(
                endpoint=path,
                asked=before.asked + len(answers) - 1,
                ready=before.ready + ready,
            )

    def times(self) -> dict[str, Times]:
        """Return what was measured so far."""
        found = {}
        for name, took_ms in self.took_ms.items():
            ordered = sorted(took_ms)
            found[name] = Times(
                count=len(ordered),
                p50_ms=round(ordered[len(ordered) // 2], 3),
                p95_ms=round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 3),
            )
        return found

    def forget(self) -> None:
        """Begin another series."""
        self.took_ms.clear()
        self.repeated.clear()
        self.refusals.clear()

    def ask_in_thread(self, path: str) -> Answer:
        """Ask one thing; a hub that does not answer answers with status 0."""
        began = self.clock.mono_s()
        for is_last in (False, True):
            line = self._line
            is_fresh = line is None
            line = self._line = line or self._connection()
            try:
                line.request("GET", path, headers=_HEADERS)
                answer = line.getresponse()
                data = answer.read(_MOST_BYTES)
                if not answer.isclosed():
                    self.close_in_thread()
                headers = {name.lower(): text for name, text in answer.getheaders()}
                return Answer(answer.status, self.clock.mono_s() - began, headers, data)
            except (OSError, http.client.HTTPException):
                self.close_in_thread()
                # A line that was kept may have been closed by a web process that left.
                if is_fresh or is_last:
                    break
        return Answer(0, self.clock.mono_s() - began, {}, b"")

    def close_in_thread(self) -> None:
        """Let go of the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        is_secure = parts.scheme == "https"
        make = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        return make(parts.hostname or "127.0.0.1", parts.port, timeout=_ANSWER_S)

    def _note(self, name: str, answer: Answer) -> None:
        self._note_refusal(name, answer)
        # A refusal is quick and says nothing of how long an answer takes.
        if answer.status == HTTPStatus.OK:
            self.took_ms.setdefault(name, []).append(answer.took_s * 1000)

    def _note_refusal(self, name: str, answer: Answer) -> None:
        if not answer.status:
            return
        before = self.refusals.get(name, Refusals(asked=0, refused=0))
        is_refused = 400 <= answer.status < 500
        self.refusals[name] = Refusals(asked=before.asked + 1, refused=before.refused + is_refused)

    def _find_camera(self) -> None:
        """Choose a camera that is live already: a question must not have one start."""
        if self._playlist:
            return
        told = _read(self.ask_in_thread("/api/stream").body)
        data = told.get("data")
        rows = data if isinstance(data, list) else []
        for row in rows:
            if not isinstance(row, dict) or row.get("state") != "live":
                continue
            streams = row.get("streams")
            path = urlsplit(str(streams.get("hls", "") if isinstance(streams, dict) else "")).path
            if path:
                self._stream, self._playlist = f"/api/stream/{row.get('id')}", path
                return


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
