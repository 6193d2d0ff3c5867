"""Decides every row of a catalogue: created, updated, skipped or refused, and why.

Pure.  The same catalogue over what it made changes nothing: cameras are found again by where they
come from, then by their source, then by name and area.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pantau.areas.models import Area
from pantau.cameras.adding import blank
from pantau.cameras.applying import applied
from pantau.cameras.changes import MOST_NAME
from pantau.cameras.importing.addresses import host_of, same_source
from pantau.cameras.importing.areas_chosen import AreaChoosing, ForeignAreaError
from pantau.cameras.importing.candidates import Candidate, FoundRows
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.profiles import profile_of
from pantau.cameras.importing.provenance import read_provenance, scrubbed
from pantau.cameras.importing.values import Decision
from pantau.cameras.importing.wishes import UnusableRowError, Wish, wish_of
from pantau.cameras.models import Camera, CameraSource
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Invalid
from pantau.core.networks import AddressPolicy

READY: Final = "ready"
"""What a check says of an address that gave pictures."""
_KEPT_BY: Final = {
    "settings": "This camera stands in pantau.toml; change it there.",
    "demo": "This is a camera of the demo.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is here already, and what whoever imports may do."""

    cameras: Sequence[StoredCamera]
    """With their addresses; also those that were removed."""
    areas: Sequence[Area]
    policy: AddressPolicy
    now: datetime
    may_change: Callable[[int | None], bool]
    """Told an area's number, or None for no area."""
    checks: Mapping[int, str]
    """By row, what a look at the address found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One row with what becomes of it."""

    candidate: Candidate
    decision: Decision
    reason: str
    warnings: tuple[str, ...] = ()
    wish: Wish | None = None
    before: StoredCamera | None = None
    after: StoredCamera | None = None
    """To be written; its area may have a number below 0, which is to be added first."""

    unverified: StoredCamera | None = None
    """What would be written if its address gave pictures."""

    @property
    def source(self) -> CameraSource | None:
        """What to look at; None: the row brings nothing."""
        stored = self.after or self.unverified
        return None if stored is None else stored.camera.source

    @property
    def name(self) -> str:
        """The camera's name, as it may be shown."""
        if self.after is not None:
            return self.after.camera.name
        host = host_of(self.candidate.address)
        return scrubbed(self.candidate.name, host)[:MOST_NAME]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that an import would do."""

    rows: Sequence[Decided]
    areas: Sequence[Area]
    """To be added, with numbers below 0."""


def decide(found: FoundRows, options: Options, around: Surroundings) -> Plan:
    """Return what becomes of every row, in their order.  Raises Invalid for an unknown profile."""
    return _Deciding(found, options, around).plan()


class _Deciding:
    def __init__(self, found: FoundRows, options: Options, around: Surroundings) -> None:
        self._found = found
        self._options = options
        self._around = around
        self._profile = profile_of(options.profile, found.format)
        self._areas = AreaChoosing(around.areas, options, around.now, around.may_change)
        self._present = [stored for stored in around.cameras if stored.removed_at is None]
        self._keys = {stored.camera.stream_key for stored in around.cameras}
        self._decided: dict[int, Decided] = {}
        self._wishes: list[tuple[Wish, Area | None]] = []
        self._firsts: dict[str, int] = {}
        """By source and stream key, the first row that has them."""
        self._targets: dict[int, StoredCamera] = {}
        """By row, the camera that it means."""

    def plan(self) -> Plan:
        """Return what becomes of every row."""
        for candidate in self._found.candidates:
            self._look_at(candidate)
        self._find_again()
        names = _names(self._present)
        for wish, area in self._wishes:
            self._decided[wish.candidate.row] = self._judge(wish, area, names)
        rows = [self._decided[candidate.row] for candidate in self._found.candidates]
        used = {row.after.camera.area_id for row in rows if row.after is not None}
        return Plan(rows=rows, areas=[area for area in self._areas.added if area.id in used])

    def _look_at(self, candidate: Candidate) -> None:
        if candidate.skipped:
            self._put(candidate, Decision.SKIP, candidate.skipped)
            return
        unwanted = self._unwanted(candidate)
        if unwanted:
            self._put(candidate, Decision.SKIP, unwanted)
            return
        try:
            wish = wish_of(
                candidate, profile=self._profile, options=self._options, policy=self._around.policy
            )
            area = self._areas.area_for(candidate)
        except (UnusableRowError, ForeignAreaError) as error:
            self._put(candidate, Decision.REFUSE, str(error), candidate.warnings)
            return
        # Two cameras of an export may have one address; their keys tell them apart.
        meant = f"{wish.same} {candidate.stream_key}"
        first = self._firsts.setdefault(meant, candidate.row)
        if first != candidate.row:
            self._put(candidate, Decision.SKIP, f"Row {first} has the same address.", wish.warnings)
            return
        self._wishes.append((wish, area))

    def _unwanted(self, candidate: Candidate) -> str:
        if self._options.status == "online" and candidate.is_offline:
            return "The catalogue says that this camera is offline."
        if self._options.status == "offline" and not candidate.is_offline:
            return "The catalogue does not say that this camera is offline."
        return ""

    def _find_again(self) -> None:
        """Find the camera that each row means; nobody is meant by two rows."""
        by_origin: dict[str, StoredCamera] = {}
        by_source: dict[str, StoredCamera] = {}
        by_key: dict[str, StoredCamera] = {}
        for stored in self._present:
            origin = read_provenance(stored.camera.description)
            if origin is not None and origin.key:
                by_origin.setdefault(origin.key, stored)
            by_source.setdefault(same_source(stored.camera.source.url), stored)
            by_key[stored.camera.stream_key] = stored
        doubled = Counter(wish.provenance.key for wish, _ in self._wishes)
        self._claim(by_key, lambda wish, _: wish.candidate.stream_key)
        self._claim(
            by_origin,
            lambda wish, _: wish.provenance.key if doubled[wish.provenance.key] == 1 else "",
        )
        self._claim(by_source, lambda wish, _: wish.same)
        if self._same_name == "update":
            self._claim(_names(self._present), _name_key)

    def _claim(
        self,
        known: Mapping[str, StoredCamera],
        key: Callable[[Wish, Area | None], str],
    ) -> None:
        taken = {int(stored.camera.id) for stored in self._targets.values()}
        for wish, area in self._wishes:
            row, wanted = wish.candidate.row, key(wish, area)
            stored = known.get(wanted) if wanted and row not in self._targets else None
            if stored is not None and int(stored.camera.id) not in taken:
                self._targets[row] = stored
                taken.add(int(stored.camera.id))

    @property
    def _same_name(self) -> str:
        return self._options.same_name or self._profile.same_name

    def _judge(self, wish: Wish, area: Area | None, names: dict[str, StoredCamera]) -> Decided:
        stored = self._targets.get(wish.candidate.row)
        try:
            if stored is not None:
                return self._judge_known(wish, area, stored)
            return self._judge_new(wish, area, names)
        except Invalid as problem:
            sentence = f"{problem.field}: {problem.sentence}" if problem.field else problem.sentence
            return _decided(wish, Decision.REFUSE, sentence)

    def _judge_known(self, wish: Wish, area: Area | None, before: StoredCamera) -> Decided:
        kept = _KEPT_BY.get(before.managed_by)
        if kept is not None:
            return _decided(wish, Decision.SKIP, kept, before=before)
        if not self._around.may_change(before.camera.area_id):
            return _decided(
                wish, Decision.REFUSE, "This camera is in an area that you may not change."
            )
        if self._options.same_source == "skip":
            return _decided(wish, Decision.SKIP, "This camera is here already.", before=before)
        change = wish.said
        if area is not None:
            change = replace(change, area_id=int(area.id))
        if not wish.candidate.is_own and _comes_from_elsewhere(wish, before):
            # Two catalogues with the same camera would take turns in describing it.
            change = replace(change, description=before.camera.description)
        after = applied(before, change, policy=self._around.policy)
        after = self._with_cut_off(after, wish)
        if _is_same(after, before):
            return _decided(
                wish,
                Decision.SKIP,
                "This camera is here already, and nothing differs.",
                before=before,
            )
        after = replace(after, updated_at=self._around.now)
        what = ", ".join(_differences(before, after))
        return _decided(
            wish,
            Decision.UPDATE,
            f"This camera is here; another value: {what}.",
            before=before,
            after=after,
        )

    def _judge_new(self, wish: Wish, area: Area | None, names: dict[str, StoredCamera]) -> Decided:
        warnings = list(wish.warnings)
        key = _name_key(wish, area)
        namesake = names.get(key)
        if namesake is not None:
            if self._same_name == "skip":
                return _decided(
                    wish, Decision.SKIP, "A camera of this name is in this area.", before=namesake
                )
            warnings.append("Another camera in this area has the same name.")
        change = wish.new if area is None else replace(wish.new, area_id=int(area.id))
        after = applied(blank(self._around.now), change, policy=self._around.policy)
        if self._options.only_verified:
            found = self._around.checks.get(wish.candidate.row, "")
            if found != READY:
                why = found or "It was not looked at."
                skipped = _decided(wish, Decision.SKIP, f"Only verified cameras are taken. {why}")
                return replace(skipped, unverified=after)
        after = self._with_key(self._with_cut_off(after, wish), wish)
        names.setdefault(key, after)
        decided = _decided(wish, Decision.CREATE, "This camera is new.", after=after)
        return replace(decided, warnings=tuple(warnings))

    def _with_cut_off(self, stored: StoredCamera, wish: Wish) -> StoredCamera:
        if not wish.candidate.is_own:
            return stored
        decision = replace(stored.camera.decision, cut_off=wish.candidate.cut_off)
        return replace(stored, camera=replace(stored.camera, decision=decision))

    def _with_key(self, stored: StoredCamera, wish: Wish) -> StoredCamera:
        key = wish.candidate.stream_key
        if not key or key in self._keys:
            return stored
        self._keys.add(key)
        return replace(stored, camera=replace(stored.camera, stream_key=key))

    def _put(
        self,
        candidate: Candidate,
        decision: Decision,
        reason: str,
        warnings: Iterable[str] = (),
    ) -> None:
        self._decided[candidate.row] = Decided(
            candidate=candidate, decision=decision, reason=reason, warnings=tuple(warnings)
        )


def _decided(
    wish: Wish,
    decision: Decision,
    reason: str,
    *,
    before: StoredCamera | None = None,
    after: StoredCamera | None = None,
) -> Decided:
    return Decided(
        candidate=wish.candidate,
        decision=decision,
        reason=reason,
        warnings=wish.warnings,
        wish=wish,
        before=before,
        after=after,
    )


def _names(cameras: Iterable[StoredCamera]) -> dict[str, StoredCamera]:
    named: dict[str, StoredCamera] = {}
    for stored in cameras:
        named.setdefault(f"{stored.camera.area_id or ''}\n{stored.camera.name.casefold()}", stored)
    return named


def _name_key(wish: Wish, area: Area | None) -> str:
    name = wish.said.name
    return f"{area.id if area else ''}\n{name.casefold() if isinstance(name, str) else ''}"


def _comes_from_elsewhere(wish: Wish, before: StoredCamera) -> bool:
    known = read_provenance(before.camera.description)
    return known is not None and bool(known.site) and known.key != wish.provenance.key


def _is_same(after: StoredCamera, before: StoredCamera) -> bool:
    return replace(after, updated_at=before.updated_at, camera=_comparable(after, before)) == before


def _comparable(after: StoredCamera, before: StoredCamera) -> Camera:
    # Names of areas come from the area itself.
    camera = after.camera
    if camera.area_id == before.camera.area_id:
        return replace(camera, area_name=before.camera.area_name, place=before.camera.place)
    return camera


def _differences(before: StoredCamera, after: StoredCamera) -> Iterable[str]:
    for title, old, new in (
        ("name", before.camera.name, after.camera.name),
        ("source", before.camera.source, after.camera.source),
        ("description", before.camera.description, after.camera.description),
        ("location", before.camera.location, after.camera.location),
        ("area", before.camera.area_id, after.camera.area_id),
        ("group", before.camera.group_name, after.camera.group_name),
        ("place on the map", _point(before), _point(after)),
        ("public decision", before.camera.decision, after.camera.decision),
        ("switched on", before.camera.enabled, after.camera.enabled),
        ("status", before.camera.status, after.camera.status),
    ):
        if old != new:
            yield title
    rest = replace(
        after,
        camera=replace(
            after.camera,
            **{name: getattr(before.camera, name) for name in _TOLD},
        ),
    )
    if not _is_same(rest, before):
        yield "further settings"


_TOLD: Final = (
    "name",
    "source",
    "description",
    "location",
    "area_id",
    "area_name",
    "place",
    "group_name",
    "latitude",
    "longitude",
    "decision",
    "enabled",
    "status",
    "stream_revision",
)


def _point(stored: StoredCamera) -> tuple[float | None, float | None]:
    return stored.camera.latitude, stored.camera.longitude
