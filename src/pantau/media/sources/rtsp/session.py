"""The conversation with a camera: describe, set up, play, stay alive, leave (RFC 2326)."""

import re
from collections.abc import Callable
from typing import Final

from pantau.core.clock import Clock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.base import SourceConfig
from pantau.media.sources.net.address import Address
from pantau.media.sources.net.auth import Challenge, Login, ProvenLogins, best_challenge
from pantau.media.sources.net.dial import Patience, Trust, dial
from pantau.media.sources.rtsp.connection import Connection
from pantau.media.sources.rtsp.messages import Response, request_bytes
from pantau.media.sources.rtsp.sdp import Description, parse_description
from pantau.media.sources.rtsp.url import base_of, join_control, parse_address

_PROVEN: Final = ProvenLogins()
_MOST_TRIES: Final = 4
_MOST_REDIALS: Final = 2
_DEFAULT_TIMEOUT_S: Final = 60
_LONGEST_KEEPALIVE_S: Final = 30.0
_SHORTEST_KEEPALIVE_S: Final = 1.0
_MOST_FAREWELL_READS: Final = 64
_MOST_FAREWELL_SILENCES: Final = 2
_SESSION: Final = re.compile(r"\s*([^\s;]{1,256})")
_TIMEOUT: Final = re.compile(r"timeout\s*=\s*(\d{1,6})", re.IGNORECASE)
_REDIRECTS: Final = frozenset({301, 302, 303, 305, 307, 308})
_CAUSES: Final = {
    401: Cause.LOGIN_REFUSED,
    403: Cause.LOGIN_REFUSED,
    404: Cause.NOT_FOUND,
    410: Cause.NOT_FOUND,
    # Cameras answer 454 to DESCRIBE or SETUP when their only session is taken (lesson M11).
    453: Cause.BUSY,
    454: Cause.BUSY,
    503: Cause.BUSY,
}
_ABOUT_TRANSPORT: Final = frozenset({400, 405, 406, 451, 456, 459, 460, 461, 500, 501, 551})


class TransportRefusedError(SourceError):
    """The camera wants another transport than the one proposed."""


class Session:
    """One attempt at one camera.  Every wait counts against the `Patience` it is made with."""

    def __init__(
        self,
        config: SourceConfig,
        *,
        clock: Clock,
        patience: Patience,
        count_bytes: Callable[[int], None],
    ) -> None:
        self._config = config
        self._clock = clock
        self._patience = patience
        self._count_bytes = count_bytes
        self._address: Address = parse_address(config.url)
        self._login = Login(self._address.user, self._address.password)
        self._challenged_on: Connection | None = None
        self._is_accepted = False
        self._redials = 0
        self._hops = 0
        self._cseq = 0
        self._public = ""
        self._session_id = ""
        self._keepalive_s = _LONGEST_KEEPALIVE_S
        self._keepalive_due_mono = 0.0
        self._keepalive_method = "OPTIONS"
        self._base_url = self._address.request_url
        self._control_url = self._base_url
        self.connection = self._dial()

    def describe(self) -> Description:
        """Ask what the camera has to offer."""
        options = self._exchange("OPTIONS", self._address.request_url, {})
        self._public = options.header("public").upper()
        challenge = best_challenge(options.headers) if options.status == 401 else None
        if challenge is not None and self._login.is_given:
            self._take(challenge)
        response = self._ask("DESCRIBE", self._address.request_url, {"Accept": "application/sdp"})
        while response.status in _REDIRECTS:
            self._follow(response)
            response = self._ask(
                "DESCRIBE", self._address.request_url, {"Accept": "application/sdp"}
            )
        _require_ok(response, "DESCRIBE")
        description = parse_description(response.body)
        answered = response.header("content-base") or response.header("content-location")
        self._base_url = base_of(answered, self._address.request_url)
        self._control_url = join_control(self._base_url, description.control)
        return description

    def set_up(self, control: str, transport: str) -> str:
        """Propose `transport` for one track; return what the camera made of it."""
        headers = {"Transport": transport}
        response = self._ask("SETUP", join_control(self._base_url, control), headers)
        if response.status in _ABOUT_TRANSPORT:
            raise TransportRefusedError(Cause.BROKEN, f"SETUP was answered with {response.status}")
        _require_ok(response, "SETUP")
        said = response.header("session")
        if found := _SESSION.match(said):
            self._session_id = found[1]
        timeout = _TIMEOUT.search(said)
        timeout_s = int(timeout[1]) if timeout else _DEFAULT_TIMEOUT_S
        wanted_s = (timeout_s or _DEFAULT_TIMEOUT_S) / 2
        self._keepalive_s = max(_SHORTEST_KEEPALIVE_S, min(wanted_s, _LONGEST_KEEPALIVE_S))
        return response.header("transport")

    def play(self) -> None:
        """Let the packets come; they may arrive before this returns."""
        _require_ok(self._ask("PLAY", self._control_url, {"Range": "npt=0.000-"}), "PLAY")
        self._keepalive_due_mono = self._clock.mono_s() + self._keepalive_s
        if "GET_PARAMETER" in self._public:
            self._keepalive_method = "GET_PARAMETER"

    def keep_alive(self, now_mono: float) -> None:
        """Tell the camera in time that somebody is here, and hear what it says to that."""
        for response in self._take_responses():
            if response.status == 401:
                self._judge_challenge(best_challenge(response.headers))
                self._keepalive_due_mono = now_mono
            elif response.status == 454:
                raise SourceError(Cause.CLOSED, "the camera has forgotten the session")
            elif response.status in {405, 501, 551}:
                self._keepalive_method = "OPTIONS"
            elif response.status < 300:
                self._accept()
        if now_mono >= self._keepalive_due_mono:
            self._keepalive_due_mono = now_mono + self._keepalive_s
            self._send(self._keepalive_method, self._control_url, {})

    def leave(self) -> None:
        """TEARDOWN, then close; with a reset unless the camera has answered.  Never raises.

        Takes half a second at most, so that an interrupted thread is back in time.
        """
        connection = self.connection
        said_goodbye = False
        try:
            if self._session_id:
                connection.sinks = [None] * len(connection.sinks)
                connection.wake_for_answers()
                self._send("TEARDOWN", self._control_url, {})
                said_goodbye = self._hear_goodbye(connection)
        except SourceError:
            pass
        connection.close(politely=said_goodbye)

    def _hear_goodbye(self, connection: Connection) -> bool:
        silences = 0
        for _ in range(_MOST_FAREWELL_READS):
            if any(response.cseq in {self._cseq, None} for response in self._take_responses()):
                return True
            silences += not connection.receive()
            if silences >= _MOST_FAREWELL_SILENCES:
                break
        return False

    def _take_responses(self) -> list[Response]:
        waiting = self.connection.responses
        taken = list(waiting) if waiting else []
        waiting.clear()
        return taken

    def _dial(self) -> Connection:
        connected = dial(
            self._address,
            trust=Trust(self._config.tls_fingerprint),
            policy=self._config.policy,
            patience=self._patience,
        )
        return Connection(connected, count_bytes=self._count_bytes)

    def _redial(self) -> None:
        self._patience.check(Cause.TIMED_OUT, "no answer")
        self.connection.close(politely=False)
        sinks = self.connection.sinks
        self.connection = self._dial()
        self.connection.sinks = sinks

    def _follow(self, response: Response) -> None:
        """Go where a redirect leads, once, if that is the same camera; all else is not followed."""
        try:
            target = parse_address(response.header("location"))
        except SourceError as error:
            raise SourceError(Cause.REDIRECTED, "to no valid address") from error
        here = self._address
        same = (target.host.lower(), target.port, target.is_tls)
        if same != (here.host.lower(), here.port, here.is_tls) or self._hops:
            raise SourceError(Cause.REDIRECTED, "more than once" if self._hops else "")
        self._hops += 1
        self._address = Address(
            here.host, here.port, here.is_tls, target.request_url, here.user, here.password
        )
        self._redial()

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> Response:
        """Exchange a request, logging in when the camera wants that."""
        for _ in range(_MOST_TRIES):
            try:
                response = self._exchange(method, url, headers)
            except SourceError as error:
                if error.cause is not Cause.CLOSED or not self._may_redial():
                    raise
                # One firmware family closes the socket after 401; its nonce is for the next (M10).
                self._redials += 1
                self._redial()
                continue
            if response.status != 401:
                if self._login.challenge is not None:
                    self._accept()
                return response
            self._judge_challenge(best_challenge(response.headers))
        raise SourceError(Cause.LOGIN_REFUSED, "the camera does not stop asking for a login")

    def _may_redial(self) -> bool:
        return (
            self._login.challenge is not None
            and not self._is_accepted
            and not self._session_id
            and self._redials < _MOST_REDIALS
        )

    def _accept(self) -> None:
        if not self._is_accepted and self._login.challenge is not None:
            self._is_accepted = True
            _PROVEN.worked(self._place, self._login)

    def _judge_challenge(self, challenge: Challenge | None) -> None:
        """Decide after a 401 whether another try with `challenge` makes sense; raise when not.

        Every needless wrong try counts towards the lock-out that many cameras have.
        """
        if not self._login.is_given:
            raise SourceError(Cause.LOGIN_REFUSED, "the camera asks for a login, none is set")
        if challenge is None:
            raise SourceError(Cause.LOGIN_REFUSED, "the camera asks for an unknown kind of login")
        old = self._login.challenge
        if old is not None:
            is_other = challenge.nonce != old.nonce
            is_from_elsewhere = self._challenged_on is not self.connection
            if not (challenge.is_stale or (is_other and (is_from_elsewhere or self._is_accepted))):
                self._refuse()
        self._take(challenge)

    def _refuse(self) -> None:
        if self._is_accepted or _PROVEN.refused(self._place, self._login):
            raise SourceError(Cause.BUSY, "it refuses a login that it has accepted before")
        raise SourceError(Cause.LOGIN_REFUSED)

    def _take(self, challenge: Challenge) -> None:
        self._login.take(challenge)
        self._challenged_on = self.connection

    @property
    def _place(self) -> str:
        return f"{self._address.host}:{self._address.port}"

    def _exchange(self, method: str, url: str, headers: dict[str, str]) -> Response:
        cseq = self._send(method, url, headers)
        return self.connection.response_to(cseq, self._patience, method)

    def _send(self, method: str, url: str, headers: dict[str, str]) -> int:
        self._cseq += 1
        lines = [("CSeq", str(self._cseq)), ("User-Agent", "Pantau")]
        if self._session_id:
            lines.append(("Session", self._session_id))
        authorization = self._login.header(method, url)
        if authorization is not None:
            lines.append(("Authorization", authorization))
        self.connection.send(request_bytes(method, url, [*lines, *headers.items()]))
        return self._cseq


def _require_ok(response: Response, method: str) -> None:
    if 200 <= response.status < 300:
        return
    detail = f"{method} was answered with {response.status}"
    if response.status in _REDIRECTS:
        raise SourceError(Cause.REDIRECTED)
    raise SourceError(_CAUSES.get(response.status, Cause.BROKEN), detail)
