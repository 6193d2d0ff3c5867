"""What an archive says of itself, first of all its members.

An archive is a plain tar: `manifest.json`, `files/<name>`, `tables/<name>.jsonl.gz`, `SHA256SUMS`,
in this order, and nothing else; locked with age as a whole.
"""

import json
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from pantau.core.errors import Invalid
from pantau.core.shapes import Shape

FORMAT: Final = "pantau-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
MOST_MANIFEST_BYTES: Final = 1024 * 1024
MOST_FILE_BYTES: Final = 1024 * 1024
"""Of one site file: keys, witness, numbers."""

Kind = Literal["integer", "boolean", "real", "text", "moment", "day", "bytes", "json"]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_Sum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]


class _Told(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnEntry(_Told):
    """A column and what its values are."""

    name: _Name
    kind: Kind


class TableEntry(_Told):
    """A table: one JSON array a line, in the order of `columns`."""

    name: _Name
    columns: Annotated[tuple[ColumnEntry, ...], Field(min_length=1, max_length=500)]
    rows: _Count
    bytes: _Count
    """Of the lines, before compression."""
    sha256: _Sum
    """Of the same."""
    highest: Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)] = 0
    """The highest number that was ever given to a row, where numbers are never given twice."""

    @property
    def member(self) -> str:
        """What it is called in the archive."""
        return f"tables/{self.name}.jsonl.gz"


class FileEntry(_Told):
    """A file of the data folder."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{0,62}$")]
    bytes: Annotated[int, Field(ge=0, le=MOST_FILE_BYTES, strict=True)]
    sha256: _Sum

    @property
    def member(self) -> str:
        """What it is called in the archive."""
        return f"files/{self.name}"


class Manifest(_Told):
    """The whole of it."""

    format: Literal["pantau-backup"]
    version: Literal[1]
    app_version: Annotated[str, Field(max_length=40)]
    revision: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    """How far the tables were."""
    created_at: AwareDatetime
    hub: Annotated[str, Field(max_length=200)]
    """What people call the hub."""
    installation: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Equal for two backups with the same secret; tells nothing about it."""
    has_secrets: bool
    tables: Annotated[tuple[TableEntry, ...], Field(max_length=1000)]
    files: Annotated[tuple[FileEntry, ...], Field(max_length=50)]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)

    @property
    def table_bytes(self) -> int:
        """How much the tables are when they are not compressed."""
        return sum(table.bytes for table in self.tables)

    def members(self) -> tuple[str, ...]:
        """Return everything that follows the manifest, in its order."""
        files = (file.member for file in self.files)
        return (*files, *(table.member for table in self.tables), SUMS)


def read_manifest(written: bytes) -> Manifest:
    """Return what is written; raises Invalid."""
    try:
        told = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise not_ours("its manifest cannot be read") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise not_ours("it does not say that it is one")
    version = told.get("version")
    if isinstance(version, int) and version > VERSION:
        raise Invalid(
            "backup.newer",
            f"This backup has format {version}, and this Pantau reads up to {VERSION}. Install "
            "the Pantau that made it, or a newer one.",
            field="file",
        )
    try:
        manifest = Manifest.model_validate_json(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise not_ours(f"its manifest is not in order at {where or 'the top'}") from error
    names = manifest.members()
    if len(set(names)) != len(names):
        raise not_ours("its manifest names something twice")
    return manifest


def not_ours(why: str) -> Invalid:
    """Return what is said of a file that is no backup of ours."""
    return Invalid("backup.foreign", f"This is no backup of Pantau: {why}.", field="file")


def damaged(why: str) -> Invalid:
    """Return what is said of a backup that was changed or cut off."""
    return Invalid("backup.damaged", f"This backup is damaged: {why}.", field="file")
