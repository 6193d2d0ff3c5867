"""Which camera of the settings is which row of the database, and under which number and key.

A camera of the settings is recognised by its number, by the name it had there, or by its stream
key, in this order.  What leaves the settings keeps number and key, so that the same addresses lead
to it when it returns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pantau.cameras.stored import StoredCamera
from pantau.core.ids import CameraId
from pantau.core.signing import derive_uuid
from pantau.settings import CameraSettings


@dataclass(frozen=True, slots=True)
class Identity:
    """What a camera of the settings is called by everybody else."""

    number: CameraId
    stream_key: str
    before: StoredCamera | None
    """The row that it is; None: it has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The outcome; `identities` in the order of the tables."""

    identities: tuple[Identity, ...]
    left: tuple[StoredCamera, ...]
    """Rows that the settings do not name, under keys that nobody else wants."""
    refused: tuple[str, ...]
    """Wishes that an operator's camera stands in the way of, as sentences."""


@dataclass(slots=True)
class _Matching:
    tables: Sequence[CameraSettings]
    mine: dict[int, StoredCamera]
    theirs: Sequence[StoredCamera]
    refused: list[str] = field(default_factory=list)

    def claim_rows(self) -> Iterator[tuple[CameraSettings, int | None, StoredCamera | None]]:
        """Yield each table with the number that it must have, if any, and its row, if any."""
        taken = {stored.camera.id for stored in self.theirs}
        claimed: dict[str, StoredCamera] = {}
        fixed: dict[str, int] = {}
        for table in self.tables:
            if table.id in taken:
                self.refused.append(
                    f"Camera {table.name} cannot have number {table.id}: "
                    "a camera that is not in the settings has it."
                )
            elif table.id is not None:
                fixed[table.name] = table.id
                if table.id in self.mine:
                    claimed[table.name] = self.mine.pop(table.id)
        for recognise in (_by_name, _by_key):
            for table in self.tables:
                if table.name not in claimed and table.name not in fixed:
                    row = next((row for row in self.mine.values() if recognise(table, row)), None)
                    if row is not None:
                        claimed[table.name] = self.mine.pop(row.camera.id)
        for table in self.tables:
            yield table, fixed.get(table.name), claimed.get(table.name)


def match(
    tables: Sequence[CameraSettings],
    cameras: Iterable[StoredCamera],
    *,
    remembered: Mapping[str, int],
    highest: int,
    secret: bytes,
) -> Matched:
    """Return who is who.  `remembered` are numbers of names from before there were rows.

    `highest` is the highest number ever given.
    """
    cameras = tuple(cameras)
    theirs = [stored for stored in cameras if stored.managed_by == "operator"]
    mine = {int(row.camera.id): row for row in cameras if row.managed_by != "operator"}
    matching = _Matching(tables, mine, theirs)
    used = {int(stored.camera.id) for stored in cameras}
    claims = list(matching.claim_rows())
    used |= {number for _, number, _ in claims if number is not None}
    highest = max([highest, *used, *remembered.values()])
    numbers: list[int] = []
    for table, fixed, before in claims:
        number = before.camera.id if before is not None else fixed
        if number is None:
            number = remembered.get(table.name)
            if number is None or number in used:
                highest += 1
                number = highest
            used.add(number)
        numbers.append(number)
    keys, left = _keys(
        list(zip(numbers, claims, strict=True)), matching, {table.name for table in tables}, secret
    )
    identities = tuple(
        Identity(CameraId(number), key, before)
        for number, key, (_, _, before) in zip(numbers, keys, claims, strict=True)
    )
    return Matched(identities=identities, left=left, refused=tuple(matching.refused))


def _by_name(table: CameraSettings, row: StoredCamera) -> bool:
    return row.configured_as == table.name


def _by_key(table: CameraSettings, row: StoredCamera) -> bool:
    return table.stream_key is not None and row.camera.stream_key == str(table.stream_key)


_Claim = tuple[int, tuple[CameraSettings, int | None, StoredCamera | None]]


def _keys(
    claims: Sequence[_Claim], matching: _Matching, names: set[str], secret: bytes
) -> tuple[list[str], tuple[StoredCamera, ...]]:
    """Return the key of each claim, and the rows left over, which give way."""
    theirs = {stored.camera.stream_key for stored in matching.theirs}
    chosen: dict[int, str] = {}
    for number, (table, _, _) in claims:
        if str(table.stream_key) in theirs:
            matching.refused.append(
                f"Camera {table.name} cannot have the stream key of the settings: "
                "a camera that is not in them has it."
            )
        elif table.stream_key is not None:
            chosen[number] = str(table.stream_key)
    taken = {*theirs, *chosen.values()}
    for number, (_, _, before) in claims:
        if number not in chosen and before and before.camera.stream_key not in taken:
            chosen[number] = before.camera.stream_key
            taken.add(before.camera.stream_key)
    left: list[StoredCamera] = []
    for row in matching.mine.values():
        key = row.camera.stream_key
        if key in taken:
            key = _own_key(row.camera.id, taken, secret)
        taken.add(key)
        name = None if row.configured_as in names else row.configured_as
        left.append(replace(row, camera=replace(row.camera, stream_key=key), configured_as=name))
    for number, _ in claims:
        if number not in chosen:
            chosen[number] = _own_key(number, taken, secret)
            taken.add(chosen[number])
    return [chosen[number] for number, _ in claims], tuple(left)


def _own_key(number: int, taken: set[str], secret: bytes) -> str:
    purpose = f"stream-key/camera/{number}"
    key = str(derive_uuid(secret, purpose))
    while key in taken:
        purpose += "+"
        key = str(derive_uuid(secret, purpose))
    return key
