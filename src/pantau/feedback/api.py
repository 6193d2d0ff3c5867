"""`/api/feedback` and `/api/cameras/{id}/vote`: what visitors send, and the inbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request, Response

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.core.errors import Problem
from pantau.feedback.inputs import FeedbackInput, StatusInput, TriageInput, VoteInput
from pantau.feedback.schemas import (
    FeedbackListed,
    FeedbackOutput,
    SentOutput,
    TotalsOutput,
    VotesOutput,
    feedback_output,
    listed_output,
    totals_output,
    votes_output,
)
from pantau.feedback.senders import Senders
from pantau.feedback.service import MOST_ROWS, FeedbackService
from pantau.feedback.values import Status
from pantau.feedback.votes import Votes
from pantau.feedback.words import in_indonesian, told
from pantau.web.access import operators, public
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

MOST_PAGE: Final = 1_000_000
_SEND: Final = refusals(400, 403, 404, 429, 503)
_READ: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class FeedbackApi:
    """The endpoints; include `endpoints.router` and `votes.router`."""

    def __init__(
        self,
        feedback: FeedbackService,
        votes: Votes,
        *,
        senders: Senders,
        clients: ClientAddresses,
    ) -> None:
        self._feedback = feedback
        self._votes = votes
        self._senders = senders
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/feedback", tag="feedback")
        self.votes: Final = Endpoints("/api/cameras", tag="feedback")
        self._declare()

    def _declare(self) -> None:
        add, work = self.endpoints, operators()
        add.post("", access=public(), status_code=201, responses=_SEND)(self.send)
        add.get("", access=work, responses=_READ)(self.listed)
        add.get("/stats", access=work, responses=_READ)(self.stats)
        add.get("/{feedback_id}", access=work, responses=_ONE)(self.one)
        add.patch("/{feedback_id}", access=work, responses=_ONE)(self.triage)
        add.patch("/{feedback_id}/status", access=work, responses=_ONE)(self.set_status)
        add.delete("/{feedback_id}", access=work, responses=_ONE)(self.delete)
        self.votes.post("/{camera_id}/vote", access=public(), responses=_SEND)(self.vote)

    async def send(self, body: FeedbackInput, request: Request) -> Saved[SentOutput]:
        """Write to whoever runs the hub."""
        with _in_indonesian():
            number = await self._feedback.send(
                body.as_draft(),
                self._senders.of(request.scope),
                is_spam=bool(body.website),
            )
        return Saved(message=_said("feedback.sent"), data=SentOutput(id=number))

    async def listed(
        self,
        who: _Who,
        request: Request,
        page: Annotated[int, Query(ge=1, le=MOST_PAGE)] = 1,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 20,
        status: Annotated[Status | Literal[""] | None, Query()] = None,
    ) -> FeedbackListed:
        """List messages without spam, the newest first; those in one status, or in any."""
        found = await self._feedback.newest(
            status or None, page=page, limit=limit, by=self._by(who, request)
        )
        return listed_output(found)

    async def stats(self, who: _Who, request: Request) -> Answer[TotalsOutput]:
        """Count what waits."""
        return Answer(data=totals_output(await self._feedback.totals(by=self._by(who, request))))

    async def one(
        self, feedback_id: RowNumber, who: _Who, request: Request
    ) -> Answer[FeedbackOutput]:
        """Show one message."""
        with _in_indonesian():
            found = await self._feedback.one(feedback_id, by=self._by(who, request))
        return Answer(data=feedback_output(found))

    async def set_status(
        self, feedback_id: RowNumber, body: StatusInput, who: _Who, request: Request
    ) -> Saved[FeedbackOutput]:
        """Say how far a message is."""
        with _in_indonesian():
            changed = await self._feedback.set_status(
                feedback_id, body.status, by=self._by(who, request)
            )
        return Saved(message=_said("feedback.changed"), data=feedback_output(changed))

    async def triage(
        self, feedback_id: RowNumber, body: TriageInput, who: _Who, request: Request
    ) -> Saved[FeedbackOutput]:
        """Write notes down, or say what is spam and what is not."""
        given: dict[str, Any] = body.model_dump(include=body.model_fields_set)
        with _in_indonesian():
            changed = await self._feedback.triage(feedback_id, **given, by=self._by(who, request))
        return Saved(message=_said("feedback.changed"), data=feedback_output(changed))

    async def delete(self, feedback_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a message for good."""
        with _in_indonesian():
            await self._feedback.delete(feedback_id, by=self._by(who, request))
        return Done(message=_said("feedback.deleted"))

    async def vote(
        self, camera_id: RowNumber, body: VoteInput, request: Request, response: Response
    ) -> Answer[VotesOutput]:
        """Say whether a camera's picture helps; the same visitor's earlier vote is replaced."""
        voter, cookie = self._senders.voter(request.scope)
        with _in_indonesian():
            totals = await self._votes.vote(
                camera_id, body.vote, voter=voter, sender=self._senders.of(request.scope)
            )
        if cookie:
            response.headers.append("set-cookie", cookie)
        return Answer(data=votes_output(camera_id, totals))

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))


@contextmanager
def _in_indonesian() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise told(problem) from problem


def _said(code: str) -> str:
    return in_indonesian()[code]
