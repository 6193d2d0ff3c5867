"""Who may replay what, for every part that shows footage: one question, answered from memory."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from pantau.cameras.access import Visitor
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock, Zone
from pantau.recordings.models import Reach
from pantau.recordings.rights.book import RightsBook
from pantau.recordings.rights.credentials import Sent, sent_in
from pantau.recordings.rights.guessing import GuessGate
from pantau.recordings.rights.programs import Programs
from pantau.recordings.rights.reach import (
    Asking,
    Policy,
    opened_by,
    policy_of,
    reach_of,
    window_minutes,
)
from pantau.recordings.rights.token_texts import TokenTexts, session_hash
from pantau.recordings.rights.values import Device, PlaybackToken
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Scope
from pantau.web.principal import ANONYMOUS, Principal, Resolver

log = structlog.get_logger()

SCOPE: Final = "recordings:read"
"""What an API key must be allowed to replay everything."""
_MOST_STRANGERS: Final = 1_000
_TRACE_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Replayer:
    """Who asks, as far as rights care; good for one request."""

    principal: Principal = ANONYMOUS
    token: PlaybackToken | None = None
    device: Device | None = None
    """The browser that activated the token; None: the token came itself, or there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What holds everywhere in it."""

    default: Policy
    """For cameras about which nothing was decided."""
    clock: Clock
    zone: Zone
    """For schedules."""


class ReplayRights:
    """Answers from memory: no question costs a query.  Loop only.

    What changes in any process holds here within a second.
    """

    def __init__(
        self,
        book: RightsBook,
        catalogue: Catalogue,
        *,
        resolver: Resolver,
        texts: TokenTexts,
        gate: GuessGate,
        clients: ClientAddresses,
        hub: Hub,
    ) -> None:
        self._book = book
        self._catalogue = catalogue
        self._resolver = resolver
        self._texts = texts
        self._gate = gate
        self._clients = clients
        self._default = hub.default
        self._clock = hub.clock
        self._zone = hub.zone
        self._programs = Programs(hub.clock)
        self._strangers: OrderedDict[str, float] = OrderedDict()
        self._traced_mono: dict[tuple[int, str], float] = {}

    async def reach(self, request: HotRequest | Scope, camera_id: int) -> Reach:
        """Return what of a camera whoever asks may replay at this moment; no spans: nothing.

        The answer for a camera that never was and for one that may not be replayed is the same, and
        so must be what is made of it: a 404 (lesson X10).  Footage of a camera that was removed is
        for operators.  Ask anew for every request; nothing in it is true for longer.

        Raises Throttled for an address that guesses playback tokens.
        """
        return self.reach_for(await self.who(request), camera_id)

    async def who(self, request: HotRequest | Scope) -> Replayer:
        """Return who asks, for questions about several cameras in one request.

        A credential that is no good counts as none (lesson X13).  Raises Throttled as `reach` does.
        """
        scope = request.scope if isinstance(request, HotRequest) else request
        sent = sent_in(scope)
        if sent is None:
            return _STRANGER
        principal = await self._resolver.resolve(scope) if sent.may_be_known else ANONYMOUS
        if sent.token:
            token = await self._token(sent, scope)
            if token is not None:
                return Replayer(principal, token)
        if sent.cookie:
            device, token = await self._device(sent.cookie)
            if token is not None:
                return Replayer(principal, token, device)
        return Replayer(principal)

    def reach_for(self, replayer: Replayer, camera_id: int) -> Reach:
        """Return what `replayer` may replay of a camera at this moment.  Some microseconds."""
        camera = self._catalogue.by_id(camera_id)
        asking = self._asking(replayer, camera)
        return reach_of(camera, self.policy(camera_id), asking, self._book.shadows(camera_id))

    def window_minutes_for(self, replayer: Replayer, camera: Camera) -> int | None:
        """Return how far back `replayer` may look for footage; None: as far as there is any."""
        asking = self._asking(replayer, camera)
        if asking.visitor == "operator":
            return None
        return window_minutes(camera, self.policy(camera.id), asking)

    def reaches_of(self, replayer: Replayer) -> Mapping[int, Reach]:
        """Return what of which cameras `replayer` may replay; those without anything are left out.

        Footage of cameras that were removed is not among them.
        """
        cameras = self._catalogue.all()
        reaches = {int(each.id): self.reach_for(replayer, each.id) for each in cameras}
        return {number: reach for number, reach in reaches.items() if reach.spans}

    def opened_with(self, token: PlaybackToken) -> Sequence[Camera]:
        """Return the cameras that `token` opens at this moment, whoever else its holder is."""
        holder = Replayer(token=token)
        return [
            camera
            for camera in self._catalogue.all()
            if opened_by(token, camera, self.policy(camera.id).mode) is not None
            and self.reach_for(holder, camera.id).spans
        ]

    def policy(self, camera_id: int) -> Policy:
        """Return what holds for a camera."""
        return policy_of(self._book.rule(camera_id), self._default)

    def _asking(self, replayer: Replayer, camera: Camera | None) -> Asking:
        return Asking(
            visitor=replaying_as(replayer.principal, camera),
            token=replayer.token,
            now=self._clock.now(),
            zone=self._zone(),
        )

    async def _token(self, sent: Sent, scope: Scope) -> PlaybackToken | None:
        """Return the token that came in a header, if it opens anything from there."""
        address = self._clients.of(scope)
        self._gate.check(address)
        hashes = self._texts.hashes_of(sent.token)
        token = self._book.token(hashes)
        if token is None and hashes and await self._is_new(hashes[0]):
            token = self._book.token(hashes)
        if token is None:
            await self._gate.count_wrong(address)
            return None
        if not token.is_live(self._clock.now()):
            self._trace(token, "expired")
            return None
        if not self._programs.admit(token, address):
            self._trace(token, "too many addresses")
            return None
        self._book.seen(token, None)
        return token

    async def _device(self, cookie: str) -> tuple[Device | None, PlaybackToken | None]:
        hashed = session_hash(cookie)
        found = self._book.device(hashed)
        if found is None and await self._is_new(hashed):
            found = self._book.device(hashed)
        if found is None:
            return None, None
        device, token = found
        if not token.is_live(self._clock.now()):
            self._trace(token, "expired")
            return None, None
        self._book.seen(token, device)
        return device, token

    async def _is_new(self, hashed: str) -> bool:
        """Look once whether another process has just made what nobody here knows."""
        known_mono = self._strangers.get(hashed)
        mono_s = self._clock.mono_s()
        if known_mono is not None and mono_s - known_mono < _TRACE_EVERY_S:
            return False
        if not await self._book.refresh_for_a_stranger():
            return False
        self._strangers[hashed] = mono_s
        while len(self._strangers) > _MOST_STRANGERS:
            self._strangers.popitem(last=False)
        return True

    def _trace(self, token: PlaybackToken, reason: str) -> None:
        """Leave one trace a minute of a fallback to what everybody may (lesson X13)."""
        key, mono_s = (token.id, reason), self._clock.mono_s()
        if mono_s - self._traced_mono.get(key, -_TRACE_EVERY_S) >= _TRACE_EVERY_S:
            self._traced_mono[key] = mono_s
            log.info("playback_token_opens_nothing", token_id=token.id, reason=reason)


_STRANGER: Final = Replayer()


def replaying_as(principal: Principal, camera: Camera | None) -> Visitor:
    """Return what somebody is to a camera's footage; `None` is a camera that was removed.

    Signed-in people who do not run the camera replay what the public does, and of cameras for
    partners as much as the public does of others.
    """
    match principal.kind:
        case "api_key":
            return "operator" if SCOPE in principal.scopes else "public"
        case "session":
            return _by_role(principal, camera)
        case "anonymous" | "link":
            return "public"


def _by_role(principal: Principal, camera: Camera | None) -> Visitor:
    if principal.must_change_password:
        return "public"
    match principal.role:
        case "admin":
            return "operator"
        case "operator":
            area_id = None if camera is None else camera.area_id
            return "operator" if principal.may_change_area(area_id) else "partner"
        case "viewer":
            return "partner"
        case None:
            return "public"
