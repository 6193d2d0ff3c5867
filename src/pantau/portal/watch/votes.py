"""`/suara`: where the two buttons below a camera lead, with and without a script.

The page that holds them is the same for everybody and so carries no token: the guard lets this
address in from pages of this site alone (`Origin`), and nobody's credentials are used.
"""

import json
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request, Response

from pantau.cameras.service import Catalogue
from pantau.core.errors import Invalid, NotFound
from pantau.feedback.senders import Senders
from pantau.feedback.votes import Vote, Votes
from pantau.portal.beside import VOTING
from pantau.portal.tiles import watch_url
from pantau.web.access import public
from pantau.web.endpoints import Endpoints

_HIDDEN: Final[dict[str, Any]] = {"include_in_schema": False, "response_model": None}
_MOST_FIELDS: Final = 10
_VOTES: Final[dict[str, Vote]] = {"good": "good", "bad": "bad", "none": "none"}


class VotePages:
    """The form's target; include `endpoints.router`."""

    def __init__(self, votes: Votes, catalogue: Catalogue, senders: Senders) -> None:
        self._votes = votes
        self._catalogue = catalogue
        self._senders = senders
        self.endpoints = Endpoints(VOTING, tag="pages")
        self.endpoints.post("", access=public(), **_HIDDEN)(self.vote)

    async def vote(self, request: Request) -> Response:
        """Count a vote and send the visitor back, or answer a script with the sums."""
        number, vote = _read(await request.body())
        camera = self._catalogue.public_by_id(number)
        if camera is None:
            raise NotFound("votes.unknown", "There is no such camera.")
        voter, cookie = self._senders.voter(request.scope)
        totals = await self._votes.vote(
            number, vote, voter=voter, sender=self._senders.of(request.scope)
        )
        headers = [(b"cache-control", b"no-store")]
        if cookie:
            headers.append((b"set-cookie", cookie.encode("latin-1")))
        if "application/json" in request.headers.get("accept", ""):
            body = json.dumps({"good": totals.good, "bad": totals.bad}).encode()
            response = Response(body)
            headers.append((b"content-type", b"application/json"))
        else:
            body = b""
            response = Response(status_code=303)
            headers.append((b"location", f"{watch_url(camera)}#suara".encode("ascii")))
        response.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]
        return response


def _read(body: bytes) -> tuple[int, Vote]:
    try:
        fields = dict(parse_qsl(body.decode("latin-1"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        fields = {}
    camera, vote = fields.get("camera", ""), _VOTES.get(fields.get("vote", ""))
    if vote is None or not camera.isascii() or not camera.isdigit() or len(camera) > 18:
        raise Invalid("votes.invalid", "This is no vote.")
    return int(camera), vote
