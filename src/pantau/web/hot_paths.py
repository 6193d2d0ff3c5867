"""How addresses of the fast lane describe themselves, since no framework sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pantau.web.access import public
from pantau.web.described import (
    ACCESS_KEY,
    ProblemAnswer,
    header_refs,
    limit_headers,
    problem_answer,
    reference,
    security_of,
)

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class HotPath:
    """One documented address.  `answer` is a model for JSON, or else a media type."""

    path: str
    summary: str
    tag: str
    answer: type[BaseModel] | str
    body: type[BaseModel] | None = None
    """What is written there by POST; where there is none, the address is read by GET."""
    parameters: tuple[Mapping[str, Any], ...] = ()
    refusals: tuple[int, ...] = ()
    """Of a write: statuses beside those that every write can have."""
    problems: Mapping[int, str] = field(default_factory=dict)
    same_as_200: Mapping[int, str] = field(default_factory=dict)
    """Further statuses with the body of 200."""
    kept: Literal["encoded", "compressed", "tagged", "never"] = "encoded"
    """Encoded answers come as the visitor takes them or not at all, and so do compressed ones, of
    which no cache keeps count; tagged ones can be 304."""
    limit: Literal["reads", "misses", "none"] = "reads"
    """As the address's route says."""


def path_parameter(name: str, kind: str, meaning: str) -> Mapping[str, Any]:
    """Return the description of a part of the path."""
    return _parameter(name, "path", {"type": kind}, meaning, required=True)


def query_parameter(name: str, schema: Mapping[str, Any], meaning: str) -> Mapping[str, Any]:
    """Return the description of an optional query parameter."""
    return _parameter(name, "query", schema, meaning, required=False)


def add_to(document: dict[str, Any], paths: Iterable[HotPath]) -> dict[str, Any]:
    """Add `paths` to an OpenAPI document and return it; raises where two models share a name."""
    paths = tuple(paths)
    answers = {path.answer for path in paths if isinstance(path.answer, type)} | {ProblemAnswer}
    bodies = {path.body for path in paths if path.body is not None}
    ordered = sorted(answers | bodies, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "validation" if model in bodies else "serialization") for model in ordered],
        ref_template=_REF,
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.get("$defs", {}).items():
        if components.setdefault(name, schema) != schema:
            raise RuntimeError(f"{name} is already the name of another model")
    for path in paths:
        operation = {"get": _operation(path)} if path.body is None else {"post": _writing(path)}
        document.setdefault("paths", {})[path.path] = operation
    return document


def _writing(path: HotPath) -> dict[str, Any]:
    """Describe a write as the endpoints are: `described.completed` adds what all of them share."""
    assert path.body is not None
    responses = {200: _answer(path, "Successful response")}
    responses |= {status: reference(status) for status in path.refusals}
    schema = {"$ref": _REF.format(model=path.body.__name__)}
    return {
        "summary": path.summary,
        "tags": [path.tag],
        "operationId": _operation_id(path),
        ACCESS_KEY: public().name,
        "security": security_of(public(), "POST"),
        "requestBody": {"required": True, "content": {_JSON: {"schema": schema}}},
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }


def _operation(path: HotPath) -> dict[str, Any]:
    responses = {200: _answer(path, "Successful response")}
    responses |= {status: _answer(path, said) for status, said in path.same_as_200.items()}
    if path.parameters:
        responses |= {status: reference(status) for status in (400, 414)}
    if path.kept != "never":
        responses[304] = reference(304)
    if path.kept in {"encoded", "compressed"}:
        responses[406] = reference(406)
    if path.limit != "none":
        responses[429] = reference(429)
    responses |= {status: problem_answer(said) for status, said in path.problems.items()}
    return {
        "summary": path.summary,
        "tags": [path.tag],
        "operationId": _operation_id(path),
        "parameters": list(path.parameters),
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }


def _answer(path: HotPath, meaning: str) -> dict[str, Any]:
    if isinstance(path.answer, str):
        is_json = path.answer.endswith("json")
        schema = {"type": "object"} if is_json else {"type": "string", "format": "binary"}
        content: dict[str, Any] = {path.answer: {"schema": schema}}
    else:
        content = {_JSON: {"schema": {"$ref": _REF.format(model=path.answer.__name__)}}}
    headers = {} if path.kept == "never" else header_refs("ETag")
    if path.path.startswith("/api/"):
        headers |= header_refs("X-Cache") if path.kept == "encoded" else {}
        headers |= limit_headers() if path.limit == "reads" else {}
    return {"description": meaning, "headers": headers, "content": content}


def _operation_id(path: HotPath) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in path.path).split()
    if path.body is None:
        return "get_" + "_".join(words)
    # As the framework calls the writes beside it.
    return "_".join((words[-1], *words, "post"))


def _parameter(
    name: str, place: str, schema: Mapping[str, Any], meaning: str, *, required: bool
) -> Mapping[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": meaning,
        "schema": dict(schema),
    }
