"""The list of cameras for those who run them: searched, filtered, sorted, in pages."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from pantau.cameras.addresses import MASK, address_of
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.carriers import kind_in
from pantau.cameras.conditions import Condition, Conditions
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing_rows import Revision, revision_of
from pantau.cameras.masking import is_same, masked
from pantau.cameras.models import CameraSource, CameraStatus, HealthState
from pantau.cameras.repository import stored_cameras
from pantau.cameras.stored import CameraKeeper, StoredCamera
from pantau.cameras.telling import host_in
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.db.paging import MOST_ROWS

Sort = Literal["id", "name", "location", "area", "status", "state", "kind", "created", "updated"]
_LONGEST_CURSOR: Final = 1_000
_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class ListedCamera:
    """A camera in the list.  The password in its address is masked; headers have no values."""

    stored: StoredCamera
    kind: SourceKind
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFilter:
    """Which cameras are wanted; all of them by default."""

    search: str = ""
    """Somewhere in name or location, in any case; where `sees_hosts`, also in the host."""
    sees_hosts: bool = False
    area_id: int | None = None
    """0: those of no area."""
    state: HealthState | None = None
    status: CameraStatus | None = None
    kind: SourceKind | None = None
    enabled: bool | None = None
    visibility: Visibility | None = None
    managed_by: CameraKeeper | None = None
    is_cut_off: bool | None = None


EVERY_CAMERA: Final = CameraFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are."""

    total: int
    """All cameras."""
    matching: int
    """Those that the filter lets through."""
    states: Mapping[HealthState, int] = field(default_factory=dict)
    """Of those that match but for the state: what each choice of it would give."""


@dataclass(frozen=True, slots=True)
class CameraPage:
    """A part of the list."""

    rows: tuple[ListedCamera, ...]
    next_cursor: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Shown:
    """A camera as it is kept between two changes: no password, and what a search looks at."""

    stored: StoredCamera
    kind: SourceKind
    words: str
    host: str


class CameraList:
    """Reads cameras for lists; holds no password between two of them.  Loop only.

    What it returns is true at the moment of the call, whichever process changed something: each
    call costs one small query, and reads all cameras only after a change.
    """

    def __init__(
        self, database: Database, sealer: Sealer, *, conditions: Conditions, clock: Clock
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._conditions = conditions
        self._clock = clock
        self._revision: Revision | None = None
        self._shown: tuple[_Shown, ...] = ()
        self._reading = asyncio.Lock()

    async def all(self, wanted: CameraFilter = EVERY_CAMERA) -> list[ListedCamera]:
        """Return every camera that is wanted, by number."""
        found, _ = self._matching(await self._cameras(), wanted)
        return found

    async def one(self, camera_id: int) -> ListedCamera:
        """Return a camera; raises NotFound."""
        async with self._database.read() as reading:
            found = await stored_cameras(reading, self._sealer, numbers=[camera_id])
        if not found or found[0].removed_at is not None:
            raise NotFound("cameras.unknown", "There is no such camera.")
        return self._listed(_shown(found[0]))

    async def page(
        self,
        wanted: CameraFilter,
        *,
        sort: Sort = "id",
        descending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> CameraPage:
        """Return a page of them; raises Invalid for a cursor of another list."""
        if not 1 <= limit <= MOST_ROWS:
            raise Invalid("page.limit", f"Ask for 1 to {MOST_ROWS} rows.", field="limit")
        order = _ORDERS[sort]
        after = None if not cursor else _read(cursor, sort, descending=descending)
        shown = await self._cameras()
        found, states = self._matching(shown, wanted)
        matching = len(found)
        keyed = sorted(
            ((order(each), int(each.stored.camera.id), each) for each in found),
            key=lambda row: row[:2],
            reverse=descending,
        )
        if after is not None:
            keyed = [row for row in keyed if (row[:2] < after if descending else row[:2] > after)]
        rows = keyed[:limit]
        following = None
        if len(keyed) > limit:
            following = _write(sort, rows[-1][:2], descending=descending)
        counts = Counts(total=len(shown), matching=matching, states=states)
        return CameraPage(tuple(each for _, _, each in rows), following, counts)

    async def stream_key_of(self, source: CameraSource) -> str:
        """Return the stream key of a camera in operation with this very source; empty: none."""
        alike = masked(source.url)
        numbers = [
            int(each.stored.camera.id)
            for each in await self._cameras()
            if each.stored.camera.enabled and each.stored.camera.source.url == alike
        ]
        if not numbers:
            return ""
        # Only the database has the passwords, and with another one it is another source.
        async with self._database.read() as reading:
            found = await stored_cameras(reading, self._sealer, numbers=numbers)
        meant = address_of(source.url)
        return next(
            (each.camera.stream_key for each in found if is_same(meant, each.camera.source.url)), ""
        )

    async def _cameras(self) -> tuple[_Shown, ...]:
        # One reads after a change, and the others wait for what it read.
        async with self._reading, self._database.read() as reading:
            revision = await revision_of(reading)
            if revision != self._revision:
                stored = await stored_cameras(reading, self._sealer)
                before = {int(each.stored.camera.id): each for each in self._shown}
                self._shown = tuple(
                    _shown(each, before.get(int(each.camera.id)))
                    for each in stored
                    if each.removed_at is None
                )
                self._revision = revision
            return self._shown

    def _matching(
        self, shown: Iterable[_Shown], wanted: CameraFilter
    ) -> tuple[list[ListedCamera], Mapping[HealthState, int]]:
        words = wanted.search.casefold().split()
        now = self._clock.now()
        found: list[ListedCamera] = []
        states: Counter[HealthState] = Counter()
        for each in shown:
            stored = each.stored
            if words:
                text = f"{each.words} {each.host}" if wanted.sees_hosts else each.words
                if not all(word in text for word in words):
                    continue
            if not _is_wanted(stored, each.kind, wanted):
                continue
            cut = stored.camera.decision.cut_off
            is_cut_off = cut is not None and cut.is_on(now)
            if wanted.is_cut_off is not None and wanted.is_cut_off is not is_cut_off:
                continue
            listed = self._listed(each)
            states[listed.condition.health] += 1
            if wanted.state is None or listed.condition.health is wanted.state:
                found.append(listed)
        return found, states

    def _listed(self, shown: _Shown) -> ListedCamera:
        return ListedCamera(shown.stored, shown.kind, self._conditions.of(shown.stored.camera.id))


def without_secrets(source: CameraSource) -> CameraSource:
    """Return a source as operators see it."""
    return replace(
        source,
        url=masked(source.url),
        headers=tuple((name, MASK) for name, _ in source.headers),
        proxy=masked(source.proxy),
        snapshot_url=masked(source.snapshot_url),
    )


def _shown(stored: StoredCamera, before: _Shown | None = None) -> _Shown:
    camera = stored.camera
    words = f"{camera.name} {camera.location} {camera.slug}".casefold()
    if before is not None and _age(before.stored) == _age(stored):
        # Taking addresses apart costs the most, and this one is what it was.
        source = before.stored.camera.source
        shown = replace(stored, camera=replace(camera, source=source))
        return _Shown(shown, before.kind, words, before.host)
    shown = replace(stored, camera=replace(camera, source=without_secrets(camera.source)))
    return _Shown(shown, kind_in(camera.source), words, host_in(camera.source.url))


def _age(stored: StoredCamera) -> tuple[datetime, int]:
    return stored.updated_at, stored.camera.stream_revision


def _is_wanted(stored: StoredCamera, kind: SourceKind, wanted: CameraFilter) -> bool:
    camera = stored.camera
    area_id = None if camera.area_id is None else int(camera.area_id)
    asked: tuple[tuple[object, object], ...] = (
        (wanted.status, camera.status),
        (wanted.kind, kind),
        (wanted.enabled, camera.enabled),
        (wanted.visibility, camera.decision.visibility),
        (wanted.managed_by, stored.managed_by),
        (wanted.area_id, area_id or 0),
    )
    return all(wish is None or wish == has for wish, has in asked)


_Order: TypeAlias = Callable[[ListedCamera], Any]
_ORDERS: Final[Mapping[Sort, _Order]] = {
    "id": lambda each: int(each.stored.camera.id),
    "name": lambda each: each.stored.camera.name.casefold(),
    "location": lambda each: each.stored.camera.location.casefold(),
    "area": lambda each: (each.stored.camera.area_name or "").casefold(),
    "status": lambda each: each.stored.camera.status,
    "state": lambda each: each.condition.health.value,
    "kind": lambda each: each.kind.value,
    "created": lambda each: each.stored.created_at.timestamp(),
    "updated": lambda each: each.stored.updated_at.timestamp(),
}
"""What each order compares, before the number; of one type each."""
_NUMBERS: Final = frozenset({"id", "created", "updated"})


def _write(sort: Sort, key: tuple[Any, int], *, descending: bool) -> str:
    text = json.dumps([sort, descending, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: Sort, *, descending: bool) -> tuple[Any, int]:
    try:
        return _values(cursor, sort, descending=descending)
    except (ValueError, RecursionError, OverflowError) as error:
        raise Invalid(
            "page.cursor",
            "This cursor belongs to no page of this list. Begin without one.",
            field="cursor",
        ) from error


def _values(cursor: str, sort: Sort, *, descending: bool) -> tuple[Any, int]:
    """Return what `_write` wrote; raises ValueError for anything else."""
    if len(cursor) > _LONGEST_CURSOR:
        raise ValueError("too long")
    padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
    told = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(told, list) or told[:2] != [sort, descending] or len(told) != _PARTS:
        raise ValueError("of another list")
    _, _, key, number = told
    is_right = isinstance(key, int | float) if sort in _NUMBERS else isinstance(key, str)
    if not is_right or isinstance(key, bool) or type(number) is not int:
        raise ValueError("of another type")
    return key, number
