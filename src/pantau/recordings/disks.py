"""Looks at the folders of recordings from the loop; trouble of one disk is its own, told once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import structlog

from pantau.recordings import sightings
from pantau.recordings.sightings import Day, Listing, Look
from pantau.recordings.storage.base import StorageError
from pantau.recordings.storage.local import LocalPlace
from pantau.recordings.storage.places import Places, is_there

log = structlog.get_logger()

_Result = TypeVar("_Result")
_AWAY: Final = "it is not the folder that it was, or cannot be read"


class Disks:
    """The local places.  What cannot be told is None: nothing is concluded from it.  Loop only."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._troubled: dict[str, str] = {}

    async def present(self) -> dict[str, LocalPlace]:
        """Return the places that are mounted and readable, by name."""
        found: dict[str, LocalPlace] = {}
        for place in self._places.local:
            if await self._ask(place, partial(is_there, place)):
                self._note(place, "")
                found[place.name] = place
            elif place.name not in self._troubled:
                self._note(place, _AWAY)
        return found

    def away(self, present: Mapping[str, LocalPlace]) -> list[str]:
        """Return the names of the places that are not among `present`."""
        return [place.name for place in self._places.local if place.name not in present]

    async def fresh(self, place: LocalPlace, days: tuple[int, ...]) -> Mapping[Day, int]:
        """Return when the folders of those days last changed, nanoseconds, of all cameras."""
        return await self._ask(place, lambda: dict(_changed(place, days))) or {}

    async def days(self, place: LocalPlace) -> list[Day]:
        """Return every folder with recordings."""
        return await self._ask(place, lambda: list(_all_days(place))) or []

    async def listed(self, place: LocalPlace, day: Day) -> Listing | None:
        """Return what lies in a folder."""
        return await self._ask(place, lambda: sightings.listed(place, day))

    async def looked_at(self, place: LocalPlace, camera_id: int, start_ms: int) -> Look | None:
        """Return what one file is."""
        return await self._ask(place, lambda: sightings.looked_at(place, camera_id, start_ms))

    async def _ask(self, place: LocalPlace, work: Callable[[], _Result]) -> _Result | None:
        try:
            return await place.in_thread(work)
        except StorageError as error:
            self._note(place, str(error))
            return None

    def _note(self, place: LocalPlace, trouble: str) -> None:
        if self._troubled.get(place.name, "") == trouble:
            return
        if trouble:
            self._troubled[place.name] = trouble
            log.warning("storage_unreadable", place=place.name, trouble=trouble)
        else:
            del self._troubled[place.name]
            log.info("storage_readable_again", place=place.name)


def _changed(place: LocalPlace, days: tuple[int, ...]) -> Iterator[tuple[Day, int]]:
    for camera_id in sightings.cameras_in(place):
        for number in days:
            day = Day(camera_id, number)
            with suppress(PermissionError):
                changed_ns = sightings.changed_ns(place, day)
                if changed_ns is not None:
                    yield day, changed_ns


def _all_days(place: LocalPlace) -> Iterator[Day]:
    for camera_id in sightings.cameras_in(place):
        # A folder that nobody may read hides its own files and no others.
        with suppress(OSError):
            yield from sightings.days_in(place, camera_id)
