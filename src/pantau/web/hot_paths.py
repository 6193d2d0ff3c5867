"""How addresses of the fast lane describe themselves, since no framework sees them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"


class ProblemAnswer(BaseModel):
    """What every refusal looks like."""

    success: bool
    message: str
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class HotPath:
    """One documented address.  `answer` is a model for JSON, or else a media type."""

    path: str
    summary: str
    tag: str
    answer: type[BaseModel] | str
    parameters: tuple[Mapping[str, Any], ...] = ()
    problems: Mapping[int, str] = field(default_factory=dict)


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
    if isinstance(path.answer, str):
        content: dict[str, Any] = {path.answer: {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {_JSON: {"schema": {"$ref": _REF.format(model=path.answer.__name__)}}}
    problem = {_JSON: {"schema": {"$ref": _REF.format(model=ProblemAnswer.__name__)}}}
    return {
        "summary": path.summary,
        "tags": [path.tag],
        "operationId": _operation_id(path.path),
        "parameters": list(path.parameters),
        "responses": {
            "200": {"description": "Successful response", "content": content},
            **{
                str(status): {"description": meaning, "content": problem}
                for status, meaning in path.problems.items()
            },
        },
    }


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
