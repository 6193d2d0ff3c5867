"""Data that comes from outside or goes there: its base class, and what its fields mean."""

import ast
import functools
import inspect
import sys
from collections.abc import Mapping
from itertools import pairwise

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """What checks data is built when the first data comes.

    There are four hundred such classes, and a start needs few of them: building all takes a
    third of a second and 6 MB of each process.
    """

    model_config = ConfigDict(defer_build=True)


def meanings(shape: type[BaseModel]) -> Mapping[str, str]:
    """Return what the strings below fields say, by field; none where the source is not there.

    The framework can read them too, but does so while it makes a class, at every start.
    """
    found: dict[str, str] = {}
    for each in reversed(shape.__mro__):
        found |= _in_module(each.__module__).get(each.__qualname__, {})
    return {field: meaning for field, meaning in found.items() if field in shape.model_fields}


def all_shapes() -> list[type[Shape]]:
    """Return every loaded class of data, in the order of their making."""
    found: list[type[Shape]] = [Shape]
    for each in found:
        found += [below for below in each.__subclasses__() if below not in found]
    return found[1:]


@functools.cache
def _in_module(name: str) -> Mapping[str, Mapping[str, str]]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, TypeError):
        return {}
    found: dict[str, Mapping[str, str]] = {}
    classes = [("", tree.body)]
    for outer, body in classes:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                found[outer + statement.name] = _below_fields(statement.body)
                classes.append((f"{outer}{statement.name}.", statement.body))
    return found


def _below_fields(body: list[ast.stmt]) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
