"""The inbox: what visitors wrote, requests to take something down first, and what came of it."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from pantau.admin.feedback_words import queue_words, status_words, subject_words
from pantau.admin.flashes import Said, Undo
from pantau.admin.frame import HIDDEN, Frame, Look
from pantau.admin.typed import Typed, checked, read_typed
from pantau.cameras.models import Camera
from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid
from pantau.feedback.inputs import LONGEST_NOTES, StatusInput
from pantau.feedback.service import FeedbackService
from pantau.feedback.values import QUEUES, Feedback, Queue
from pantau.feedback.words import in_english
from pantau.web.access import operators
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

PAGE: Final = "/admin/feedback"
_ROWS: Final = 20
_MOST_PAGE: Final = 1_000_000
_LONG: Final = 5_000
_KNOWN: Final = ("notes", "status")
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The camera that a message is about, as far as it is still there."""

    name: str
    path: str
    live_path: str
    playback_path: str
    """At the moment that the message tells; empty where it tells none."""
    cut_off_path: str
    """Where the public can be kept from seeing it; empty for who may not do that."""


class FeedbackInbox:
    """The pages."""

    def __init__(self, frame: Frame, *, feedback: FeedbackService, catalogue: Catalogue) -> None:
        self._frame = frame
        self._feedback = feedback
        self._catalogue = catalogue

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        one, work = "/feedback/{feedback_id}", operators()
        add.get("/feedback", access=work, **HIDDEN)(self.show_all)
        add.get(one, access=work, **HIDDEN)(self.show)
        add.post(f"{one}/status", access=work, **HIDDEN)(self.set_status)
        add.post(f"{one}/notes", access=work, **HIDDEN)(self.write_notes)
        add.post(f"{one}/spam", access=work, **HIDDEN)(self.sort)
        add.get(f"{one}/delete", access=work, **HIDDEN)(self.ask_to_delete)
        add.post(f"{one}/delete", access=work, **HIDDEN)(self.delete)

    async def show_all(
        self,
        request: Request,
        queue: Annotated[str, Query(max_length=20)] = "unread",
        page: Annotated[int, Query(ge=1, le=_MOST_PAGE)] = 1,
    ) -> Response:
        """List a part of the inbox; the numbers beside the parts know no filter."""
        by = self._frame.asker(request)
        chosen: Queue = next((each for each in QUEUES if each == queue), "unread")
        totals = await self._feedback.totals(by=by)
        found = await self._feedback.page(chosen, page=page, limit=_ROWS, by=by)
        if not found.rows and found.total:
            found = await self._feedback.page(chosen, page=found.pages, limit=_ROWS, by=by)
        speak = self._frame.wording(request)
        values = {
            "rows": found.rows,
            "page": found,
            "queue": chosen,
            "queues": [(each, text, totals.of(each)) for each, text in queue_words(speak)],
            "totals": totals,
            "subjects": subject_words(speak),
            "statuses": status_words(speak),
            "takes_messages": self._feedback.is_open,
        }
        return self._frame.draw(request, "feedback.html", values)

    async def show(self, feedback_id: RowNumber, request: Request, who: _Who) -> Response:
        """Show a message and what can be done about it."""
        return await self._page(request, who, feedback_id)

    async def set_status(self, feedback_id: RowNumber, request: Request) -> Response:
        """Say how far it is."""
        by, typed = self._frame.asker(request), await read_typed(request)
        before = await self._feedback.one(feedback_id, by=by)
        body = checked(StatusInput, {"status": typed.text("status")})
        after = await self._feedback.set_status(feedback_id, body.status, by=by)
        speak = self._frame.wording(request)
        if after == before:
            return self._frame.go(request, _path(feedback_id))
        text = speak("The message is now: %(status)s.") % {
            "status": status_words(speak)[after.status]
        }
        undo = Undo(f"{_path(feedback_id)}/status", (("status", before.status),))
        return self._frame.go(request, PAGE, Said(text, undo=undo))

    async def write_notes(self, feedback_id: RowNumber, request: Request, who: _Who) -> Response:
        """Write down what was done."""
        typed = await read_typed(request)
        notes = typed.secret("notes", most=_LONG).replace("\0", "").replace("\r\n", "\n").strip()
        if len(notes) > LONGEST_NOTES:
            problem = Invalid("feedback.notes", in_english()["feedback.notes"], field="notes")
            return await self._page(request, who, feedback_id, typed=typed, problem=problem)
        await self._feedback.triage(feedback_id, notes=notes, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, _path(feedback_id), Said(speak("The notes were saved.")))

    async def sort(self, feedback_id: RowNumber, request: Request) -> Response:
        """Say that it is spam, or that it is none."""
        typed = await read_typed(request)
        is_spam = typed.text("spam") == "1"
        await self._feedback.triage(feedback_id, is_spam=is_spam, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        text = speak("The message is spam now.") if is_spam else speak("The message is no spam.")
        undo = Undo(f"{_path(feedback_id)}/spam", (("spam", "0" if is_spam else "1"),))
        return self._frame.go(request, PAGE, Said(text, undo=undo))

    async def ask_to_delete(self, feedback_id: RowNumber, request: Request) -> Response:
        """Ask before it is deleted; for browsers without a script."""
        found = await self._feedback.one(feedback_id, by=self._frame.asker(request))
        return self._frame.draw(request, "feedback_delete.html", {"one": found})

    async def delete(self, feedback_id: RowNumber, request: Request) -> Response:
        """Delete it for good."""
        await self._feedback.delete(feedback_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, PAGE, Said(speak("The message was deleted.")))

    async def _page(
        self,
        request: Request,
        who: Principal,
        number: int,
        *,
        typed: Typed | None = None,
        problem: Invalid | None = None,
    ) -> Response:
        found = await self._feedback.one(number, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        values = {
            "one": found,
            "subject": self._subject(found, who),
            "subjects": subject_words(speak),
            "statuses": status_words(speak),
            "notes": found.notes if typed is None else typed.secret("notes", most=_LONG),
            "mistakes": {} if problem is None else speak.mistakes(problem, known=_KNOWN),
        }
        status = 200 if problem is None else problem.status
        look = Look(status=status, here=_path(number))
        return self._frame.draw(request, "feedback_one.html", values, look)

    def _subject(self, feedback: Feedback, who: Principal) -> Subject | None:
        number = feedback.camera_id
        camera = None if number is None else self._catalogue.by_id(number)
        if camera is None:
            return None
        path = f"/admin/cameras/{camera.id}"
        return Subject(
            name=camera.name,
            path=path,
            live_path=f"/kamera/{camera.id}-{camera.slug}",
            playback_path=_playback_path(feedback, camera),
            cut_off_path=f"{path}#cut-off" if who.may_change_area(camera.area_id) else "",
        )


def _playback_path(feedback: Feedback, camera: Camera) -> str:
    if feedback.incident_at is None:
        return ""
    moment = feedback.incident_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"/rekaman/{camera.id}-{camera.slug}?t={moment}"


def _path(number: int) -> str:
    return f"{PAGE}/{number}"
