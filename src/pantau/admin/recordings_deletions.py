"""Deleted footage: what went when and why; and having a span of one camera deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.recordings_figures import Figures
from pantau.admin.recordings_holds import typed_span
from pantau.admin.recordings_moments import DAY, day_begins, day_of, moment_of, unix_ms
from pantau.admin.recordings_needs import (
    RECORDINGS,
    RecordingServices,
    camera_name,
    offered,
    path_of,
)
from pantau.admin.recordings_words import reasons
from pantau.admin.typed import Typed, read_typed
from pantau.admin.wording import Wording
from pantau.core.errors import Conflict, Forbidden, Invalid
from pantau.recordings.keeping_values import Deletion
from pantau.recordings.models import Reason, SegmentState, Span
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

DELETIONS: Final = f"{RECORDINGS}/deletions"
_PAGE: Final = 50
_MOST_COUNTED: Final = 20_000
_Who = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=100)]
_Refused = Invalid | Conflict | Forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDeletion:
    """A line of the log."""

    at: datetime
    camera: str
    camera_path: str
    began_at: datetime
    length: str
    size: str
    why: str
    is_early: bool
    """Whether it went before its time, for want of room."""
    who: str


class DeletionPages:
    """The log of deletions, and deleting by hand."""

    def __init__(self, frame: Frame, services: RecordingServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        may = operators()
        add.get("/recordings/deletions", access=may, **HIDDEN)(self.show)
        add.get("/recordings/{camera_id}/delete", access=may, **HIDDEN)(self.ask)
        add.post("/recordings/{camera_id}/delete", access=may, **HIDDEN)(self.delete)

    async def show(
        self,
        request: Request,
        who: _Who,
        *,
        camera: _Text = "",
        reason: _Text = "",
        since: _Text = "",
        until: _Text = "",
        cursor: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """List them, the newest first."""
        speak, zone = self._frame.wording(request), self._frame.pages.site.zone
        camera_id = int(camera) if camera.isdecimal() and len(camera) < 19 else None
        wanted = next((each for each in Reason if each.value == reason), None)
        first, last = day_of(since), day_of(until)
        found = await self._services.keeping.deletions(
            by=who,
            camera_id=camera_id,
            reason=wanted,
            from_ms=None if first is None else unix_ms(day_begins(first, zone)),
            # The day that was chosen is wanted as a whole.
            to_ms=None if last is None else unix_ms(day_begins(last + DAY, zone)),
            limit=_PAGE,
            cursor=cursor or None,
        )
        kept = {
            "camera": "" if camera_id is None else str(camera_id),
            "reason": "" if wanted is None else wanted.value,
            "since": "" if first is None else first.isoformat(),
            "until": "" if last is None else last.isoformat(),
        }
        values = {
            "rows": [self._shown(each, speak) for each in found.rows],
            "kept": kept,
            "is_narrowed": any(kept.values()),
            "reasons": reasons(speak),
            "cameras": offered(self._services, who),
            "newest_url": _address(kept) if cursor else "",
            "next_url": _address(kept, found.next_cursor) if found.next_cursor else "",
        }
        return self._frame.draw(request, "recordings_deletions.html", values)

    async def ask(self, camera_id: RowNumber, request: Request) -> Response:
        """Show what would go; nothing is deleted by looking."""
        asked = request.query_params
        typed = Typed([(name, asked.get(name, "")[:100]) for name in ("from", "to")])
        return await self._question(request, camera_id, typed)

    async def delete(self, camera_id: RowNumber, request: Request) -> Response:
        """Have the worker delete it, unless something of it is held."""
        typed, speak = await read_typed(request), self._frame.wording(request)
        try:
            span = typed_span(typed, self._frame.pages.site.zone)
            asked = await self._services.keeping.delete(
                camera_id, span, by=self._frame.asker(request)
            )
        except (Invalid, Conflict, Forbidden) as problem:
            return await self._question(request, camera_id, typed, problem)
        if not asked.segments:
            return self._frame.go(
                request, path_of(camera_id), Said(speak("There was nothing to delete."), "warn")
            )
        text = speak.ngettext(
            "%(num)s file is deleted within seconds.",
            "%(num)s files are deleted within seconds.",
            asked.segments,
        )
        if asked.open_segments:
            text += " " + speak("The file that is being written stays.")
        return self._frame.go(request, path_of(camera_id), Said(text))

    async def _question(
        self, request: Request, camera_id: int, typed: Typed, problem: _Refused | None = None
    ) -> Response:
        speak, zone = self._frame.wording(request), self._frame.pages.site.zone
        recording = await self._services.recordings.one(camera_id)
        found: Mapping[str, object] = {"span": None}
        mistakes = {} if problem is None else speak.mistakes(problem, known=("from", "to"))
        if typed.text("from") or typed.text("to"):
            try:
                found = await self._doomed(camera_id, typed_span(typed, zone), speak)
            except Invalid as wrong:
                problem = problem or wrong
                mistakes = speak.mistakes(problem, known=("from", "to"))
        values = {"recording": recording, "typed": typed, **found, "mistakes": mistakes}
        look = Look(status=problem.status if problem else 200, here=f"{path_of(camera_id)}/delete")
        return self._frame.draw(request, "recordings_delete.html", values, look)

    async def _doomed(self, camera_id: int, span: Span, speak: Wording) -> Mapping[str, object]:
        """Return what a span would take along: files go whole."""
        every = await self._services.footage.segments(
            camera_id, span, limit=_MOST_COUNTED, states=tuple(SegmentState)
        )
        closed = [each for each in every if each.state is not SegmentState.OPEN]
        fig = Figures(speak)
        return {
            "span": span,
            "count": len(closed),
            "is_more": len(every) >= _MOST_COUNTED,
            "size": fig.size(sum(each.size_bytes for each in closed)),
            "first_at": moment_of(min(each.start_ms for each in closed)) if closed else None,
            "last_at": moment_of(max(each.end_ms for each in closed)) if closed else None,
            "has_open": len(closed) < len(every),
        }

    def _shown(self, deletion: Deletion, speak: Wording) -> ShownDeletion:
        fig, span = Figures(speak), deletion.span
        return ShownDeletion(
            at=deletion.at,
            camera=camera_name(self._services, deletion.camera_id, speak),
            camera_path=path_of(deletion.camera_id),
            began_at=moment_of(span.from_ms),
            length=fig.lasting((span.to_ms - span.from_ms) / 1000),
            size=fig.size(deletion.size_bytes),
            why=reasons(speak)[deletion.reason],
            is_early=deletion.reason in {Reason.DISK_LOW, Reason.DISK_CRITICAL},
            who=deletion.actor or speak("Pantau itself"),
        )


def _address(kept: Mapping[str, str], cursor: str = "") -> str:
    pairs = [(name, value) for name, value in {**kept, "cursor": cursor}.items() if value]
    return f"{DELETIONS}?{urlencode(pairs)}" if pairs else DELETIONS
