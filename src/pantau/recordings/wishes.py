"""Which cameras are to be recorded at this moment, by everything that was decided about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock, Zone
from pantau.recordings import recorders
from pantau.recordings.rules import RecordingRules, is_on

_NO_RULES: Final = RecordingRules()


@dataclass(frozen=True, slots=True)
class Wish:
    """That a camera is to be recorded now."""

    sound: bool = True


Obstacle = Callable[[Camera], str]
"""Says why this installation cannot record a camera, as a stable word; empty: it can."""


def no_obstacle(_: Camera) -> str:
    """Say that whatever can be recorded is."""
    return ""


class Wishes:
    """Loop only; costs no query.  `sound`: whether sound is recorded at all."""

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        zone: Zone,
        *,
        sound: bool,
        obstacle: Obstacle = no_obstacle,
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._zone = zone
        self._sound = sound
        self._obstacle = obstacle
        self._rules: Mapping[int, RecordingRules] = {}

    def take(self, rules: Mapping[int, RecordingRules]) -> None:
        """Take over the rules of all cameras."""
        self._rules = rules

    def of(self, camera: Camera) -> Wish | None:
        """Return how a camera is to be recorded at this moment; None: not at all."""
        if self.why_not(camera) is not None:
            return None
        return Wish(sound=self._sound and self._rules_of(camera).sound)

    def why_not(self, camera: Camera) -> str | None:
        """Return why a camera is not to be recorded; empty: nobody asked for it.  None: it is."""
        if not camera.recorded:
            return ""
        if not camera.enabled:
            return recorders.DISABLED
        if not capabilities_for(camera.source).record:
            return recorders.CANNOT
        if obstacle := self._obstacle(camera):
            return obstacle
        schedule = self._rules_of(camera).schedule
        return None if is_on(schedule, self._clock.now(), self._zone()) else recorders.SCHEDULE

    def all(self) -> dict[int, Wish]:
        """Return the wishes of all cameras that have one."""
        return {
            int(camera.id): wish
            for camera in self._catalogue.all()
            if (wish := self.of(camera)) is not None
        }

    def _rules_of(self, camera: Camera) -> RecordingRules:
        return self._rules.get(int(camera.id), _NO_RULES)
