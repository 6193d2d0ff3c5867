"""How addresses of the fast lane describe themselves, since no framework sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pantau.web.described import (
    ProblemAnswer,
    header_refs,
    limit_headers,
    problem_answer,
    reference,
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
    parameters: tuple[Mapping[str, Any], ...] = ()
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
    """Add `paths` to an OpenAPI document and return it."""
    paths = tuple(paths)
    models = {path.answer for path in paths if isinstance(path.answer, type)} | {ProblemAnswer}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in ordered], ref_template=_REF
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas.get("$defs", {}))
    for path in paths:
        document.setdefault("paths", {})[path.path] = {"get": _operation(path)}
    return document


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
        "operationId": _operation_id(path.path),
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


def _operation_id(path: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in path).split()
    return "get_" + "_".join(words)


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
