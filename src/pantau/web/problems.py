"""Turns refusals into answers: one JSON envelope for programs, a page for browsers."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from math import ceil
from typing import Any, Final, TypeAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

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
_SENTENCES: Final = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
    "json_invalid": "This is not valid JSON.",
    "model_attributes_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
}
"""For what the framework says about its own insides; its other sentences are good enough."""
_MOST_FIELDS: Final = 20
_MOST_TOLD: Final = 60


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong input."""

    field: str
    message: str


_UNREADABLE: Final = FieldError("body", "This cannot be read.")


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
    by several; `envelope` is a mapping of further keys.
    """
    retry = problem.facts.get("retry_after_s")
    sentences = problem.facts.get("sentences", (problem.sentence,))
    more = problem.facts.get("envelope", {})
    errors = (
        tuple(FieldError(problem.field, str(sentence)) for sentence in sentences)
        if problem.field and isinstance(sentences, tuple)
        else ()
    )
    return Refusal(
        problem.status,
        problem.code,
        problem.sentence,
        request_id,
        errors,
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

    def install(self, app: FastAPI) -> None:
        """Make the framework answer its own refusals and our problems in the same words."""
        self._handle(app, Problem, refusal_of)
        self._handle(app, RequestValidationError, _refusal_of_schema, event="VALIDATION_FAILURE")
        self._handle(app, HTTPException, _refusal_of_framework)
        # The error itself goes on to the boundary in the fast lane, which logs it.
        self._handle(app, Exception, lambda _, name: refusal_of_status(500, name))

    def _handle(
        self,
        app: FastAPI,
        kind: type[Exception],
        refuse: Callable[[Any, str], Refusal],
        *,
        event: str = "",
    ) -> None:
        async def answer(request: Request, error: Exception) -> Response:
            name = str(request.scope.get("state", {}).get("request_id", ""))
            refusal = refuse(error, name)
            if event:
                # Names only: what was written there may be a password in the wrong place.
                fields = [wrong.field[:_MOST_TOLD] for wrong in refusal.errors[:_MOST_FIELDS]]
                self._on_event(event, request.scope, fields=fields)
            reply = self.reply(request.scope, refusal)
            response = Response(reply.body, reply.status)
            response.raw_headers = list(reply.headers)
            return response

        handler: Callable[[Request, Exception], Awaitable[Response]] = answer
        app.add_exception_handler(kind, handler)

    def _wants_page(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path.startswith(self._data_prefixes):
            return False
        return any(
            name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"]
        )


def _refusal_of_schema(error: RequestValidationError, request_id: str) -> Refusal:
    # 400 instead of the framework's 422 is what existing clients of this API expect.
    errors = tuple(FieldError(_field_of(found), _sentence_of(found)) for found in error.errors())
    return Refusal(
        400, "request.invalid", "The request holds values that cannot be used.", request_id, errors
    )


def _field_of(found: Mapping[str, Any]) -> str:
    # The first part is the place (body, query, path); whoever fills in a form knows the rest.
    parts = found["loc"][1:]
    if found["type"] == "json_invalid" or not parts:
        return "body"
    return ".".join(str(part) for part in parts)


def _sentence_of(found: Mapping[str, Any]) -> str:
    kind, said = found["type"], str(found["msg"])
    return _SENTENCES.get(kind) or f"{said.removeprefix('Value error, ').rstrip('.')}."


def _whole_seconds(duration_s: float) -> int:
    # Up, so that who waits exactly that long is not refused again.
    return max(1, ceil(duration_s))


def _refusal_of_framework(error: HTTPException, request_id: str) -> Refusal:
    plain = refusal_of_status(error.status_code, request_id)
    headers = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in (error.headers or {}).items()
    )
    # The framework itself refuses nothing with 400 but bodies that it cannot take apart: text that
    # is not UTF-8, numbers of thousands of digits, nesting without end.
    errors = (_UNREADABLE,) if plain.status == HTTPStatus.BAD_REQUEST else ()
    return Refusal(
        plain.status, plain.code, plain.message, request_id, errors, plain.retry_after_s, headers
    )
