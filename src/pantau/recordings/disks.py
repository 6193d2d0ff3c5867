"""Looks at the folders of recordings from the loop; trouble of one disk is its own, told once."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from pantau.recordings import sightings
from pantau.recordings.sightings import Day, Listing, Look
from pantau.recordings.storage.local import LocalPlace, failure
from pantau.recordings.storage.places import Places, is_there

log = structlog.get_logger()

_Result = TypeVar("_Result")
_ANSWER_S: Final = 30.0
"""A folder of a million files may take that long; a disk that hangs holds up no other."""
_AWAY: Final = "it is not the folder that it was, or cannot be read"


class Disks:
    """The local places.  What cannot be told is None: nothing is concluded from it.  Loop only."""

    def __init__(self, places: Places, *, answer_s: float = _ANSWER_S) -> None:
        self._places = places
        self._answer_s = answer_s
        self._troubled: dict[str, str] = {}
        self._hanging: dict[str, asyncio.Future[Any]] = {}
        """What places are doing that did not answer: until it is done they are not asked again."""

    async def present(self) -> dict[str, LocalPlace]:
        """Return the places that are mounted and readable, by name."""
        await self._places.recognise()
        found: dict[str, LocalPlace] = {}
        for place in self._places.local:
            if await self._ask(place, partial(is_there, place)):
                self._note(place, "")
                found[place.name] = place
            elif place.name not in self._troubled:
                self._note(place, _AWAY)
        return found

    def is_known(self, name: str) -> bool:
        """Tell whether a place is one of the settings', there or not."""
        return self._places.find(name) is not None

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

    async def being_written(
        self, place: LocalPlace, files: Collection[tuple[int, int]]
    ) -> frozenset[tuple[int, int]]:
        """Return those of some files, by camera and beginning, that are being written for sure."""
        found = await self._ask(place, lambda: sightings.being_written(place, files))
        return found or frozenset()

    async def _ask(self, place: LocalPlace, work: Callable[[], _Result]) -> _Result | None:
        hanging = self._hanging.get(place.name)
        if hanging is not None and not hanging.done():
            return None
        self._hanging.pop(place.name, None)
        asked = place.begun(work)
        done, _ = await asyncio.wait([asked], timeout=self._answer_s)
        if not done:
            self._hanging[place.name] = asked
            asked.add_done_callback(_let_go)
            self._note(place, "it does not answer")
            return None
        try:
            return asked.result()
        except OSError as error:
            self._note(place, str(failure(error)))
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


def _let_go(asked: asyncio.Future[Any]) -> None:
    """Take notice of an answer that nobody waits for any more."""
    if not asked.cancelled():
        asked.exception()


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
