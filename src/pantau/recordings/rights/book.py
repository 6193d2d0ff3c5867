"""What rights rest on, in the memory of a web process: rules, tokens, devices, shadows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Problem
from pantau.db.database import Database, Reading
from pantau.recordings.rights import shadow_repository, token_repository
from pantau.recordings.rights.nightfall import Nightfall
from pantau.recordings.rights.rule_repository import playback_rules
from pantau.recordings.rights.shadow_repository import DecidedSince, KeptShadow
from pantau.recordings.rights.values import Device, PlaybackRule, PlaybackToken, Shadow

log = structlog.get_logger()

IDLE: Final = timedelta(days=90)
"""A device that was not seen for so long is none any more."""
_AGAIN_AFTER_S: Final = 1.0
_WRITE_EVERY_S: Final = 60.0
_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Mapping[int, PlaybackRule] = field(default_factory=dict)
    tokens: Mapping[str, PlaybackToken] = field(default_factory=dict)
    by_id: Mapping[int, PlaybackToken] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)


class RightsBook:
    """Loop only; `refresh` before the first question.  Answers are dictionary look-ups.

    `follow`, `watch` and `run` are services: they take over what changed anywhere, look at the
    cameras, and write down when devices and tokens were seen.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        *,
        decided_since: DecidedSince,
        night: Nightfall,
        clock: Clock,
    ) -> None:
        self._database = database
        self._decided_since = decided_since
        self._catalogue = catalogue
        self._clock = clock
        self._night = night
        self._known = _Known()
        self._shadows: dict[int, KeptShadow] = {}
        self._by_camera: dict[int, tuple[Shadow, ...]] = {}
        self._refreshed_mono: float | None = None
        self._refreshing = asyncio.Lock()
        self._seen_devices: dict[int, datetime] = {}
        self._seen_tokens: dict[int, datetime] = {}
        # Before the first load, so that nothing falls in between.
        self._changed = asyncio.Event()
        database.changes.on("playback", self._changed.set)
        catalogue.on_cameras(self._look)

    def rule(self, camera_id: int) -> PlaybackRule:
        """Return what was decided about a camera."""
        return self._known.rules.get(camera_id, _UNDECIDED)

    def token(self, hashes: Sequence[str]) -> PlaybackToken | None:
        """Return the token that is kept by one of `hashes` and not revoked."""
        tokens = self._known.tokens
        return next((tokens[one] for one in hashes if one in tokens), None)

    def device(self, session_hash: str) -> tuple[Device, PlaybackToken] | None:
        """Return the device with this cookie, and the token that it activated."""
        device = self._known.devices.get(session_hash)
        token = self._known.by_id.get(device.token_id) if device else None
        return None if device is None or token is None else (device, token)

    def shadows(self, camera_id: int) -> Sequence[Shadow]:
        """Return when a camera was dark, as the worker wrote it and as was seen here since."""
        kept = self._by_camera.get(camera_id, ())
        return (*kept, *seen) if (seen := self._night.of(camera_id)) else kept

    def seen(self, token: PlaybackToken, device: Device | None) -> None:
        """Note that somebody replays with a token."""
        now = self._clock.now()
        self._seen_tokens[token.id] = now
        if device is not None:
            self._seen_devices[device.id] = now

    async def refresh(self) -> None:
        """Take what the database says at this moment."""
        async with self._refreshing:
            self._refreshed_mono = self._clock.mono_s()
            async with self._database.read() as work:
                known = await self._read_known(work)
                looked_ms = await shadow_repository.last_look_ms(work)
                if self._night.is_new:
                    stand = await shadow_repository.stand_of(work, self._decided_since)
                    self._night.begin(
                        under_way=stand.under_way, looked_ms=looked_ms, unsure=stand.unsure
                    )
                newer = await self._read_shadows(work)
            self._known = known
            self._take(newer)
            self._night.forget_before(looked_ms or 0)
            self._look()

    async def refresh_if_possible(self) -> None:
        """Refresh right after an own change; where the database is away, `follow` does it."""
        try:
            await self.refresh()
        except Problem as error:
            log.warning("playback_rights_not_refreshed", error=error)

    def drop(self, token_id: int) -> None:
        """Forget a token that was revoked this moment, whatever the database does next."""
        known = self._known
        self._known = replace(
            known,
            tokens={hashed: each for hashed, each in known.tokens.items() if each.id != token_id},
            by_id={number: each for number, each in known.by_id.items() if number != token_id},
        )

    async def refresh_for_a_stranger(self) -> bool:
        """Refresh because of a credential that is not known here; at most once a second.

        It may have been made in another process this very moment.  Returns whether it was done.
        """
        mono_s = self._clock.mono_s()
        last_mono = self._refreshed_mono
        if last_mono is not None and mono_s - last_mono < _AGAIN_AFTER_S:
            return False
        try:
            await self.refresh()
        except Problem:
            return False
        return True

    async def follow(self) -> None:
        """Refresh whenever anything changed, here or in another process, until cancelled."""
        while True:
            # First of all: whoever restarts this after a failure must not lose a change.
            await self.refresh()
            await self._changed.wait()
            self._changed.clear()

    async def watch(self) -> None:
        """Look at the cameras every second, until cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            self._look()

    async def run(self) -> None:
        """Write down once a minute what was seen, until cancelled."""
        while True:
            await self._clock.sleep(_WRITE_EVERY_S)
            await self.write_seen()

    async def write_seen(self) -> None:
        """Write down which devices and tokens were seen."""
        devices, tokens = dict(self._seen_devices), dict(self._seen_tokens)
        if not devices and not tokens:
            return
        async with self._database.write() as work:
            await token_repository.write_seen(work, devices, tokens)
        _forget(self._seen_devices, devices)
        _forget(self._seen_tokens, tokens)

    async def close(self) -> None:
        """Write down what is left; call it before the database is closed."""
        try:
            await self.write_seen()
        except Problem as error:
            log.warning("playback_uses_lost", devices=len(self._seen_devices), error=error)

    async def _read_known(self, work: Reading) -> _Known:
        tokens = await token_repository.live_tokens(work)
        seen_from = self._clock.now() - IDLE
        return _Known(
            rules=await playback_rules(work),
            tokens=tokens,
            by_id={token.id: token for token in tokens.values()},
            devices=await token_repository.live_devices(work, seen_from=seen_from),
        )

    async def _read_shadows(self, work: Reading) -> Sequence[KeptShadow]:
        open_ids = [each.id for each in self._shadows.values() if each.is_open]
        return await shadow_repository.shadows_since(
            work, after_id=max(self._shadows, default=0), open_ids=open_ids
        )

    def _take(self, newer: Sequence[KeptShadow]) -> None:
        changed = {each.camera_id for each in newer if self._shadows.get(each.id) != each}
        self._shadows.update((each.id, each) for each in newer)
        if not changed:
            return
        by_camera: dict[int, list[Shadow]] = {camera_id: [] for camera_id in changed}
        for each in self._shadows.values():
            if each.camera_id in changed:
                by_camera[each.camera_id].append(each.shadow)
        self._by_camera.update((number, tuple(each)) for number, each in by_camera.items())

    def _look(self) -> None:
        self._night.look(self._catalogue.all(), self._clock.now())


_UNDECIDED: Final = PlaybackRule()


def _forget(noted: dict[int, datetime], written: Mapping[int, datetime]) -> None:
    for number, at in written.items():
        if noted.get(number) == at:
            del noted[number]
