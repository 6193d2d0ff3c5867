"""Playback tokens as operators keep them: made, changed, revoked, their devices ended."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pantau.accounts.trail import Trail
from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound
from pantau.db.database import Database, Reading
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rights import token_repository
from pantau.recordings.rights.book import RightsBook
from pantau.recordings.rights.token_texts import (
    TokenTexts,
    checked_code,
    prefix_of,
    prefix_of_code,
)
from pantau.recordings.rights.values import (
    MOST_DEVICES,
    MOST_WINDOW_HOURS,
    Device,
    PlaybackToken,
    TokenScope,
)
from pantau.web.principal import Principal

MOST_TOKENS: Final = 500
"""Live ones; all of them are in the memory of every web process."""
MOST_NAMED: Final = 1_000
MOST_DAYS: Final = 3_650
_MOST_SHOWN: Final = 200
_SHOWN_ENDED: Final = timedelta(days=30)

ListAreaIds = Callable[[], Awaitable[Collection[int]]]
"""Returns the numbers of the areas there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """What is asked of a token, all of it."""

    label: str
    scope: TokenScope
    camera_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()
    window_hours: int = 24
    expires_at: datetime | None = None
    max_devices: int = 3
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token and on how many devices it is in use."""

    token: PlaybackToken
    devices: int


class PlaybackTokens:
    """Admins keep all tokens, operators those that open nothing beyond their areas.

    Raises NotFound for tokens that are not theirs, as for those that never were.
    """

    def __init__(
        self,
        database: Database,
        book: RightsBook,
        catalogue: Catalogue,
        *,
        texts: TokenTexts,
        area_ids: ListAreaIds,
        trail: Trail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._book = book
        self._catalogue = catalogue
        self._texts = texts
        self._area_ids = area_ids
        self._trail = trail
        self._clock = clock

    async def all(self, who: Principal) -> Sequence[ListedToken]:
        """Return those of `who`, also what is over, the newest first."""
        async with self._database.read() as work:
            tokens = await token_repository.all_tokens(work)
            counts = await token_repository.count_devices_of_all(work)
        return [
            ListedToken(token, counts.get(token.id, 0))
            for token in tokens
            if self._is_theirs(token, who)
        ]

    async def one(self, token_id: int, who: Principal) -> ListedToken:
        """Return one of them."""
        async with self._database.read() as work:
            token = await self._theirs(work, token_id, who)
            return ListedToken(token, await token_repository.count_devices(work, token_id))

    async def create(
        self, draft: TokenDraft, *, code: str = "", by: Asker
    ) -> tuple[PlaybackToken, str]:
        """Make a token; return it and its only copy in the clear.

        `code` is one that somebody chose, for reading it out; empty: one that nobody guesses.
        Raises Invalid with a field, Forbidden beyond the areas of who asks, Conflict for a code
        that is in use.
        """
        now = self._clock.now()
        await self._check(draft, by.principal, now=now)
        text = checked_code(code) if code.strip() else self._texts.make()
        hashed = self._texts.hash_of_code(text) if code.strip() else self._texts.hash_of(text)
        prefix = prefix_of_code(text) if code.strip() else prefix_of(text)
        token = _of(draft, prefix=prefix, by=by.actor.name, at=now)
        async with self._database.write() as work:
            if await token_repository.count_live(work) >= MOST_TOKENS:
                raise Invalid(
                    "playback.too_many", f"There are {MOST_TOKENS} tokens. Revoke some first."
                )
            if await token_repository.token_by_hash(work, [hashed]) is not None:
                raise Conflict(
                    "playback.code_taken", "This code was given out before.", field="code"
                )
            token = await token_repository.add_token(work, token, token_hash=hashed)
            work.changed("playback")
            await self._trail.record(
                work,
                by.actor,
                Action.CREATE_PLAYBACK_TOKEN,
                target=target_of(token),
                after=_told(token),
            )
        await self._book.refresh_if_possible()
        return token, text

    async def change(self, token_id: int, draft: TokenDraft, *, by: Asker) -> PlaybackToken:
        """Change everything about a token but its text; what is open with it changes at once.

        Raises as `create` does, and Conflict for a token that was revoked.
        """
        await self._check(draft, by.principal, now=None)
        async with self._database.write() as work:
            before = await self._theirs(work, token_id, by.principal)
            if before.revoked_at is not None:
                raise Conflict("playback.token_revoked", "This token was revoked. Make a new one.")
            if draft.expires_at != before.expires_at:
                _check_end(draft, self._clock.now())
            after = replace(
                before,
                label=draft.label,
                scope=draft.scope,
                camera_ids=draft.camera_ids,
                area_ids=draft.area_ids,
                window_hours=draft.window_hours,
                expires_at=draft.expires_at,
                max_devices=draft.max_devices,
                note=draft.note,
            )
            if after == before:
                return before
            await token_repository.save_token(work, after)
            work.changed("playback")
            await self._trail.record(
                work,
                by.actor,
                Action.UPDATE_PLAYBACK_TOKEN,
                target=target_of(after),
                before=_told(before),
                after=_told(after),
            )
        await self._book.refresh_if_possible()
        return after

    async def revoke(self, token_id: int, *, by: Asker) -> None:
        """End a token and every device that activated it, for good; again changes nothing."""
        async with self._database.write() as work:
            token = await self._theirs(work, token_id, by.principal)
            if token.revoked_at is not None:
                return
            await token_repository.revoke_token(
                work, token_id, at=self._clock.now(), by=by.actor.name
            )
            work.changed("playback")
            await self._trail.record(
                work,
                by.actor,
                Action.REVOKE_PLAYBACK_TOKEN,
                target=target_of(token),
                before=_told(token),
            )
        self._book.drop(token_id)
        await self._book.refresh_if_possible()

    async def devices(self, token_id: int, who: Principal) -> Sequence[Device]:
        """Return the devices of a token, those in use first, and those that ended lately."""
        async with self._database.read() as work:
            await self._theirs(work, token_id, who)
            return await token_repository.devices_of(
                work,
                token_id,
                ended_from=self._clock.now() - _SHOWN_ENDED,
                most=_MOST_SHOWN,
            )

    async def end_device(self, token_id: int, device_id: int, *, by: Asker) -> None:
        """End one device; its place is free again.  Raises NotFound for one that is not in use."""
        async with self._database.write() as work:
            token = await self._theirs(work, token_id, by.principal)
            held = await token_repository.devices_of(
                work, token_id, ended_from=self._clock.now(), most=MOST_DEVICES
            )
            if all(device.id != device_id or device.ended_at is not None for device in held):
                raise NotFound("playback.device_unknown", "There is no such device.")
            await token_repository.end_device(work, device_id, at=self._clock.now(), reason="ended")
            work.changed("playback")
            await self._trail.record(
                work,
                by.actor,
                Action.END_PLAYBACK_DEVICE,
                target=target_of(token),
                details={"device": device_id},
            )
        await self._book.refresh_if_possible()

    async def _theirs(self, work: Reading, token_id: int, who: Principal) -> PlaybackToken:
        token = await token_repository.token_by_id(work, token_id)
        if token is None or not self._is_theirs(token, who):
            raise NotFound("playback.token_unknown", "There is no such token.")
        return token

    def _is_theirs(self, token: PlaybackToken, who: Principal) -> bool:
        return who.area_ids is None or self._is_within(token, who)

    def _is_within(self, token: PlaybackToken | TokenDraft, who: Principal) -> bool:
        match token.scope:
            case TokenScope.SELECTED:
                cameras = [self._catalogue.by_id(number) for number in token.camera_ids]
                return bool(cameras) and all(
                    camera is not None and who.may_change_area(camera.area_id) for camera in cameras
                )
            case TokenScope.AREA:
                return bool(token.area_ids) and all(
                    who.may_change_area(area_id) for area_id in token.area_ids
                )
            case TokenScope.ALL | None:
                return who.area_ids is None

    async def _check(self, draft: TokenDraft, who: Principal, *, now: datetime | None) -> None:
        _check_numbers(draft)
        if now is not None:
            _check_end(draft, now)
        match draft.scope:
            case TokenScope.SELECTED:
                self._check_cameras(draft)
            case TokenScope.AREA:
                await self._check_areas(draft)
            case TokenScope.ALL:
                _refuse_names(draft.camera_ids, "camera_ids")
                _refuse_names(draft.area_ids, "area_ids")
        if who.area_ids is not None and not self._is_within(draft, who):
            raise Forbidden(
                "playback.area", "You may open cameras of your areas only.", field="scope"
            )

    def _check_cameras(self, draft: TokenDraft) -> None:
        _refuse_names(draft.area_ids, "area_ids")
        if not 1 <= len(draft.camera_ids) <= MOST_NAMED:
            raise Invalid("playback.cameras", "Choose at least one camera.", field="camera_ids")
        for number in sorted(draft.camera_ids):
            if self._catalogue.by_id(number) is None:
                raise Invalid(
                    "playback.cameras",
                    "One of these cameras is not there.",
                    field="camera_ids",
                    camera_id=number,
                )
            if self._book.rule(number).mode is PlaybackMode.NOBODY:
                raise Invalid(
                    "playback.cameras",
                    "One of these cameras is not to be replayed, not even with a token.",
                    field="camera_ids",
                    camera_id=number,
                )

    async def _check_areas(self, draft: TokenDraft) -> None:
        _refuse_names(draft.camera_ids, "camera_ids")
        if not 1 <= len(draft.area_ids) <= MOST_NAMED:
            raise Invalid("playback.areas", "Choose at least one area.", field="area_ids")
        unknown = sorted(draft.area_ids - frozenset(await self._area_ids()))
        if unknown:
            raise Invalid(
                "playback.areas",
                "One of these areas is not there.",
                field="area_ids",
                area_id=unknown[0],
            )


def target_of(token: PlaybackToken) -> str:
    """Return a token as the trail names it."""
    return f"playback token {token.id} ({token.label})"


def _check_numbers(draft: TokenDraft) -> None:
    if not draft.label.strip():
        raise Invalid("playback.label", "Give it a name.", field="label")
    if not 1 <= draft.window_hours <= MOST_WINDOW_HOURS:
        raise Invalid(
            "playback.window", f"From 1 to {MOST_WINDOW_HOURS} hours.", field="window_hours"
        )
    if not 0 <= draft.max_devices <= MOST_DEVICES:
        raise Invalid(
            "playback.devices",
            f"From 1 to {MOST_DEVICES} devices, or 0 for any number.",
            field="max_devices",
        )


def _check_end(draft: TokenDraft, now: datetime) -> None:
    longest_at = now + timedelta(days=MOST_DAYS)
    if draft.expires_at is not None and not now < draft.expires_at <= longest_at:
        raise Invalid(
            "playback.expiry",
            f"It ends after now, and within {MOST_DAYS} days.",
            field="expires_at",
        )


def _refuse_names(named: Collection[int], field: str) -> None:
    # What would be without effect was meant to have one.
    if named:
        raise Invalid("playback.scope", "This does not go with the chosen scope.", field=field)


def _of(draft: TokenDraft, *, prefix: str, by: str, at: datetime) -> PlaybackToken:
    return PlaybackToken(
        id=0,
        label=draft.label,
        prefix=prefix,
        scope=draft.scope,
        camera_ids=draft.camera_ids,
        area_ids=draft.area_ids,
        window_hours=draft.window_hours,
        expires_at=draft.expires_at,
        max_devices=draft.max_devices,
        note=draft.note,
        created_by=by,
        created_at=at,
    )


def _told(token: PlaybackToken) -> Mapping[str, object]:
    return {
        "label": token.label,
        "scope": None if token.scope is None else str(token.scope),
        "camera_ids": sorted(token.camera_ids),
        "area_ids": sorted(token.area_ids),
        "window_hours": token.window_hours,
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
        "max_devices": token.max_devices,
        "note": token.note,
    }
