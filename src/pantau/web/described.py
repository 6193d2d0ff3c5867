"""What descriptions of endpoints share: refusals, headers, and how to say who one is."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape
from pantau.web import csrf
from pantau.web.access import Access

COOKIE: Final = "cookie"
BEARER: Final = "bearer"
API_KEY: Final = "apiKey"
CSRF: Final = "csrf"
ACCESS_KEY: Final = "x-pantau-access"
"""Where the description names the rule of an operation."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_JSON: Final = "application/json"


class FieldProblem(Shape):
    """One wrong input."""

    field: str
    """Its name, with the place inside it after dots; `body` where the body itself is wrong."""
    message: str


class ProblemAnswer(Shape):
    """What every refusal looks like; some hold more keys."""

    model_config = ConfigDict(extra="allow")

    success: Literal[False]
    message: str
    """A sentence for people."""
    code: str
    """For programs: it stays the same."""
    request_id: str
    """What the log calls this request, as in the header X-Request-ID."""
    errors: list[FieldProblem] = []
    """Of 400: which inputs are wrong; not there where it is the request itself."""
    retryAfter: int = 0  # noqa: N815 - the name that existing clients know
    """Of 429: seconds, as in the header Retry-After."""


PROBLEM: Final = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}

_LIMITS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_HEADERS: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "X-RateLimit-Limit": ({"type": "integer"}, "Requests of this class that a minute may have"),
    "X-RateLimit-Remaining": ({"type": "integer"}, "How many of them are left"),
    "X-RateLimit-Reset": ({"type": "integer"}, "When all are back, in seconds since 1970"),
    "X-Cache": ({"type": "string", "enum": ["HIT", "MISS"]}, "Whether the answer was ready"),
    "Retry-After": ({"type": "integer", "minimum": 1}, "Seconds to wait"),
    "ETag": ({"type": "string"}, "For If-None-Match"),
    "X-Request-ID": ({"type": "string"}, "What the log calls this request"),
}
_REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Invalid", "Something in the request cannot be used; `errors` says which input and why"),
    401: ("Unauthenticated", "Nobody is signed in, or what was sent is not valid"),
    403: (
        "Forbidden",
        "The role or key does not allow it, another site's page asked, or `csrf` is not met",
    ),
    404: ("NotFound", "There is no such thing"),
    409: ("Conflict", "Somebody else changed it at the same moment"),
    413: ("TooLarge", "The body is larger than a megabyte"),
    414: ("TooLong", "The address with its query is longer than 4,096 bytes"),
    415: ("Unsupported", "The body is neither JSON nor a form, or it is compressed"),
    429: ("Throttled", "Too often; `Retry-After` says when to come back"),
    503: ("Unavailable", "Something this depends on does not answer; try again"),
}
_WAIT: Final = frozenset({429, 503})
_KEPT: Final = {304: "NotModified", 406: "NotAcceptable"}
_SCHEMES: Final = {
    COOKIE: {
        "type": "apiKey",
        "in": "cookie",
        "name": "token",
        "description": "A browser's session, set at signing in. Writes need the token of `csrf`.",
    },
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": "The same token in a header; cookies count for nothing beside it.",
    },
    API_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "64 hexadecimal digits that an admin gave a program, with scopes.",
    },
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": csrf.HEADER,
        "description": f"The value of the cookie `{csrf.COOKIE}`; both come from "
        "`GET /api/auth/csrf` and are good for an hour. Forms carry it as a field of that name.",
    },
}


def header_refs(*names: str) -> dict[str, Any]:
    """Return the headers of an answer, by reference."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def limit_headers() -> dict[str, Any]:
    """Return the headers of every answer that counts against a limit."""
    return header_refs(*_LIMITS)


def is_shared(status: int) -> bool:
    """Tell whether refusals of this status are described once for all."""
    return status in _REFUSALS or status in _KEPT


def reference(status: int) -> dict[str, Any]:
    """Return the shared description of an answer."""
    name = _REFUSALS[status][0] if status in _REFUSALS else _KEPT[status]
    return {"$ref": f"#/components/responses/{name}"}


def security_of(access: Access, method: str) -> list[dict[str, list[str]]]:
    """Return the ways to prove that one may; none where nothing needs to be proved."""
    if access.is_public:
        return []
    roles: list[str] = sorted(access.roles) if len(access.roles) == 1 else []
    by_cookie = {COOKIE: roles} if method in READING else {COOKIE: roles, CSRF: []}
    ways = [by_cookie, {BEARER: roles}]
    return ways if access.scope is None else [*ways, {API_KEY: [access.scope]}]


def problem_answer(meaning: str, headers: Iterable[str] = ()) -> dict[str, Any]:
    """Return the description of a refusal that is one endpoint's own."""
    return {
        "description": meaning,
        "headers": header_refs(*headers, "X-Request-ID"),
        "content": {_JSON: {"schema": PROBLEM}},
    }


def add_shared(document: dict[str, Any]) -> None:
    """Put what `reference` and the others refer to into the document."""
    components = document.setdefault("components", {})
    components["headers"] = {
        name: {"description": meaning, "schema": dict(schema)}
        for name, (schema, meaning) in _HEADERS.items()
    }
    components["responses"] = {
        **{
            name: problem_answer(meaning, (*_LIMITS, "Retry-After") if status in _WAIT else _LIMITS)
            for status, (name, meaning) in _REFUSALS.items()
        },
        "NotModified": {
            "description": "The copy that `If-None-Match` names is still the answer",
            "headers": header_refs("ETag"),
        },
        "NotAcceptable": {"description": "`Accept-Encoding` rules out every encoding there is"},
    }
    components["securitySchemes"] = _SCHEMES


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the framework's description with everything said that any endpoint can answer.

    Our refusals of wrong input are 400: what the framework says of 422 is taken out.
    """
    add_shared(document)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if ACCESS_KEY in operation:
                operation["responses"] = _responses_of(operation, method.upper())
                if not operation["security"]:
                    del operation["security"]
    return document


def _responses_of(operation: Mapping[str, Any], method: str) -> dict[str, Any]:
    found = {int(status): answer for status, answer in operation["responses"].items()}
    found.pop(422, None)
    for status, answer in found.items():
        if status < 400:
            answer.setdefault("headers", {}).update(limit_headers())
    statuses = {status for status in found if is_shared(status)} | {403, 429}
    if operation.get("parameters"):
        statuses |= {400, 414}
    if method not in READING:
        statuses.add(400)
    if operation["security"]:
        statuses |= {401, 503}
    if method in _WITH_BODY:
        statuses |= {413, 415}
    found |= {status: reference(status) for status in statuses}
    return {str(status): found[status] for status in sorted(found)}
