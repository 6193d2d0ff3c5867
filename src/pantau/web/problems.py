"""Turns refusals into answers: one JSON envelope for programs, a page for browsers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from math import ceil
from typing import Final, TypeAlias

from pantau.core.errors import Problem
from pantau.web.events import OnEvent, ignore
from pantau.web.exchange import Header, Reply, Scope

GENERIC: Final = "Something went wrong here. The request id helps whoever looks into it."
_CODES: Final = {
    400: "request.malformed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request.too_slow",
    413: "request.too_large",
    415: "unsupported_media_type",
    431: "request.head_too_large",
}
_MOST_FIELDS: Final = 20
_MOST_TOLD: Final = 60


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong input."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a visitor is told about something that did not work."""

    status: int
    code: str
    message: str
    request_id: str
    errors: tuple[FieldError, ...] = ()
    retry_after_s: float | None = None
    headers: tuple[Header, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)
    """Further keys of the envelope that clients of one endpoint know."""

    def as_json(self) -> bytes:
        envelope: dict[str, object] = {
            "success": False,
            "message": self.message,
            "code": self.code,
            "request_id": self.request_id,
        }
        if self.errors:
            envelope["errors"] = [
                {"field": error.field, "message": error.message} for error in self.errors
            ]
        if self.status == HTTPStatus.TOO_MANY_REQUESTS and self.retry_after_s is not None:
            envelope["retryAfter"] = _whole_seconds(self.retry_after_s)
        envelope |= self.more
        return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page with headers of its own, such as the cookie that its form needs."""

    html: bytes
    headers: tuple[Header, ...] = ()


ErrorPage: TypeAlias = Callable[[Scope, Refusal], Drawn | bytes | None]
"""Returns the HTML for a browser, or nothing to let it have the envelope; must not raise."""


def refusal_of(problem: Problem, request_id: str) -> Refusal:
    """Return what may be told about `problem`.

    Its fact `retry_after_s` becomes `Retry-After`; `sentences` replaces the one error of its field
    by several; `errors` are those of several fields; `envelope` is a mapping of further keys.
    """
    retry = problem.facts.get("retry_after_s")
    sentences = problem.facts.get("sentences", (problem.sentence,))
    more = problem.facts.get("envelope", {})
    errors = problem.facts.get("errors", ())
    if problem.field and isinstance(sentences, tuple):
        errors = tuple(FieldError(problem.field, str(sentence)) for sentence in sentences)
    return Refusal(
        problem.status,
        problem.code,
        problem.sentence,
        request_id,
        errors if isinstance(errors, tuple) else (),
        float(retry) if isinstance(retry, int | float) else None,
        more=dict(more) if isinstance(more, dict) else {},
    )


def refusal_of_status(status: int, request_id: str, *, message: str = "") -> Refusal:
    """Return what is told where only a status is known."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refusal(status, "internal", GENERIC, request_id)
    code = _CODES.get(status, HTTPStatus(status).name.lower())
    return Refusal(status, code, message or f"{HTTPStatus(status).phrase}.", request_id)


def reply_of(refusal: Refusal, page: bytes | None = None, *, cross_origin: bool = False) -> Reply:
    """Return `refusal` ready to be sent, as `page` if there is one."""
    headers = refusal.headers
    if refusal.retry_after_s is not None:
        headers = (*headers, (b"retry-after", b"%d" % _whole_seconds(refusal.retry_after_s)))
    if page is None:
        body, content_type = refusal.as_json(), b"application/json; charset=utf-8"
    else:
        body, content_type = page, b"text/html; charset=utf-8"
    return Reply(
        refusal.status, body, content_type=content_type, headers=headers, cross_origin=cross_origin
    )


class Problems:
    """Makes the answers for everything that goes wrong, in the fast lane and behind it alike."""

    def __init__(
        self,
        page: ErrorPage | None = None,
        *,
        data_prefixes: tuple[str, ...],
        on_event: OnEvent = ignore,
    ) -> None:
        self._page = page
        self._on_event = on_event
        self._data_prefixes = data_prefixes
        """Addresses whose readers are programs, whatever they accept."""

    def reply(self, scope: Scope, refusal: Refusal, *, cross_origin: bool = False) -> Reply:
        """Return the answer to send for `refusal`."""
        page = None
        if self._page is not None and self._wants_page(scope):
            page = self._page(scope, refusal)
        if isinstance(page, Drawn):
            refusal = replace(refusal, headers=(*refusal.headers, *page.headers))
            page = page.html
        return reply_of(refusal, page, cross_origin=cross_origin)

    def tell_of_wrong_inputs(self, scope: Scope, refusal: Refusal) -> None:
        """Tell the listener which inputs of a request were refused."""
        # Names only: what was written there may be a password in the wrong place.
        fields = [wrong.field[:_MOST_TOLD] for wrong in refusal.errors[:_MOST_FIELDS]]
        self._on_event("VALIDATION_FAILURE", scope, fields=fields)

    def _wants_page(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path.startswith(self._data_prefixes):
            return False
        return any(
            name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"]
        )


def _whole_seconds(duration_s: float) -> int:
    # Up, so that who waits exactly that long is not refused again.
    return max(1, ceil(duration_s))
