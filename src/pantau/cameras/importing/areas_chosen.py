"""Which area each row goes to: one that is there, one that the import adds, or none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pantau.areas.models import NAME_LENGTH, PLACE_LENGTH, Area
from pantau.cameras.importing.candidates import Candidate
from pantau.cameras.importing.options import AreaRule, Options
from pantau.cameras.importing.texts import clean
from pantau.core.ids import AreaId


class ForeignAreaError(Exception):
    """Whoever imports may not put cameras there; the message is a sentence."""


@dataclass(slots=True)
class AreaChoosing:
    """Chooses, and collects what has to be added.  Areas to be added have numbers below 0."""

    areas: Sequence[Area]
    options: Options
    now: datetime
    may_change: Callable[[int | None], bool]
    added: list[Area] = field(default_factory=list)
    _by_name: dict[str, Area] = field(default_factory=dict)
    _one: Area | None = None

    def __post_init__(self) -> None:
        present = [area for area in self.areas if area.removed_at is None]
        self._by_name = {area.name.casefold(): area for area in present}
        if self.options.area_rule is AreaRule.ONE:
            wanted = clean(self.options.area)
            self._one = self._found(wanted, present) if wanted else None

    def area_for(self, candidate: Candidate) -> Area | None:
        """Return the area of a row; raises ForeignAreaError."""
        area = self._wanted(candidate)
        number = None if area is None else int(area.id)
        if area is not None and area.id < 0 and not self.may_change(None):
            raise ForeignAreaError(f"There is no area {area.name}, and you may not add one.")
        if not self.may_change(number if number is None or number > 0 else None):
            raise ForeignAreaError("You may not put cameras into this area.")
        if area is not None and area.id < 0 and area not in self.added:
            self.added.append(area)
        return area

    def _wanted(self, candidate: Candidate) -> Area | None:
        match self.options.area_rule:
            case AreaRule.NONE:
                return None
            case AreaRule.ONE:
                return self._one
            case AreaRule.GROUP:
                return self._named(candidate.group_name, candidate)
            case AreaRule.FIELDS:
                name = candidate.area or _place_name(candidate)
                return self._named(name, candidate)

    def _found(self, wanted: str, present: Sequence[Area]) -> Area:
        for area in present:
            if wanted in {area.slug, str(area.id)} and wanted.casefold() not in self._by_name:
                return area
        return self._by_name.get(wanted.casefold()) or self._new(wanted, None)

    def _named(self, name: str, candidate: Candidate) -> Area | None:
        name = name[:NAME_LENGTH].strip()
        if not name:
            return None
        return self._by_name.get(name.casefold()) or self._new(name, candidate)

    def _new(self, name: str, candidate: Candidate | None) -> Area:
        said = candidate or Candidate(row=0)
        area = Area(
            id=AreaId(-len(self._by_name) - 1),
            name=name[:NAME_LENGTH].strip(),
            rt=said.rt[:PLACE_LENGTH] or None,
            rw=said.rw[:PLACE_LENGTH] or None,
            kelurahan=said.kelurahan[:PLACE_LENGTH] or None,
            kecamatan=said.kecamatan[:PLACE_LENGTH] or None,
            created_at=self.now,
        )
        self._by_name[area.name.casefold()] = area
        return area


def _place_name(candidate: Candidate) -> str:
    kelurahan, kecamatan = candidate.kelurahan, candidate.kecamatan
    if kelurahan and kecamatan and kelurahan.casefold() != kecamatan.casefold():
        return f"{kelurahan}, {kecamatan}"
    return kelurahan or kecamatan
