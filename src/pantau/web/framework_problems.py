"""Has the framework answer its own refusals and our problems in the same words as the fast lane."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pantau.core.errors import Problem
from pantau.web.bodies import Unreadable, WrongInputs, wrong_input
from pantau.web.problems import Problems, Refusal, refusal_of, refusal_of_status


def install(problems: Problems, app: FastAPI) -> None:
    """Make `app` answer whatever goes wrong in it with the answers of `problems`."""
    _handle(problems, app, Problem, refusal_of)
    _handle(problems, app, RequestValidationError, _refusal_of_schema)
    _handle(problems, app, HTTPException, _refusal_of_framework)
    # The error itself goes on to the boundary in the fast lane, which logs it.
    _handle(problems, app, Exception, lambda _, name: refusal_of_status(500, name))


def _handle(
    problems: Problems,
    app: FastAPI,
    kind: type[Exception],
    refuse: Callable[[Any, str], Refusal],
) -> None:
    async def answer(request: Request, error: Exception) -> Response:
        name = str(request.scope.get("state", {}).get("request_id", ""))
        refusal = refuse(error, name)
        if kind is RequestValidationError:
            problems.tell_of_wrong_inputs(request.scope, refusal)
        reply = problems.reply(request.scope, refusal)
        response = Response(reply.body, reply.status)
        response.raw_headers = list(reply.headers)
        return response

    handler: Callable[[Request, Exception], Awaitable[Response]] = answer
    app.add_exception_handler(kind, handler)


def _refusal_of_schema(error: RequestValidationError, request_id: str) -> Refusal:
    # 400 instead of the framework's 422 is what existing clients of this API expect.  The first
    # part is the place (body, query, path); whoever fills in a form knows the rest.
    wrong = WrongInputs(wrong_input(found, below=1) for found in error.errors())
    return refusal_of(wrong, request_id)


def _refusal_of_framework(error: HTTPException, request_id: str) -> Refusal:
    plain = refusal_of_status(error.status_code, request_id)
    headers = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in (error.headers or {}).items()
    )
    if plain.status == HTTPStatus.BAD_REQUEST:
        # The framework itself refuses nothing with 400 but bodies that it cannot take apart.
        plain = refusal_of(Unreadable(), request_id)
    return replace(plain, headers=headers)
