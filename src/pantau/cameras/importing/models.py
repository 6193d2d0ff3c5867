"""The tables of imports."""

from datetime import datetime
from typing import Final

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as

UPLOAD_PURPOSE: Final = "camera.import_upload"
"""What uploaded catalogues are sealed for: they hold addresses with passwords."""
BEFORE_PURPOSE: Final = "camera.import_before"
"""What the cameras before an import are sealed for."""


class CameraImportRow(Base):
    """One import: first a preview, then applied, perhaps undone."""

    __tablename__ = "camera_imports"
    # Numbers stand in links: one that was given is never given again.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """A `values.State`."""
    file_name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(16))
    options: Mapped[str] = mapped_column(Text)
    """JSON of `options.Options`."""
    user_id: Mapped[int | None] = mapped_column(Number)
    by: Mapped[str] = mapped_column(String(100))
    upload_sealed: Mapped[str | None] = mapped_column(Text, info=sealed_as(UPLOAD_PURPOSE))
    """The catalogue, compressed, while it is a preview; NULL afterwards."""
    checks: Mapped[str] = mapped_column(Text)
    """JSON: row to what a look at its address found."""
    phase: Mapped[str] = mapped_column(String(16))
    """A `values.Phase`."""
    done: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    phase_at: Mapped[datetime] = mapped_column(UtcDateTime)
    summary: Mapped[str] = mapped_column(Text)
    """JSON: decision to number of rows."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CameraImportLineRow(Base):
    """What an applied import did with one row of the catalogue."""

    __tablename__ = "camera_import_rows"
    __table_args__ = (Index("ix_camera_import_rows_import_id_row", "import_id", "row"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    import_id: Mapped[int] = mapped_column(Number)
    row: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    warnings: Mapped[str] = mapped_column(Text)
    """JSON list of sentences."""
    camera_id: Mapped[int | None] = mapped_column(Number)
    before_sealed: Mapped[str | None] = mapped_column(Text, info=sealed_as(BEFORE_PURPOSE))
    """JSON of what the camera was, where it was changed."""
    undone: Mapped[str] = mapped_column(String(16))
    """What an undo did: "", `deleted`, `restored`, `kept`."""
