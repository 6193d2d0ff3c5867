"""What `/api/admin/backup` takes and answers."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pantau.core.shapes import Shape


class PreviewInput(Shape):
    """A file of a reference server."""

    model_config = ConfigDict(extra="forbid")

    backup: dict[str, Any]


class ImportInput(PreviewInput):
    """The same, and how to bring it."""

    mode: Literal["merge", "replace"] = "merge"
    tables: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)] | None = (
        None
    )


class PreviewOutput(Shape):
    """What is in it."""

    version: str
    exported_at: str
    tables: dict[str, int]


class ImportOutput(Shape):
    """What came of it, by table."""

    success: bool
    imported: dict[str, int]
    skipped: dict[str, str]
    errors: dict[str, str]
