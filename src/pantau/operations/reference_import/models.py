"""How far the history of a reference database has been brought already."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime


class ImportMarkRow(Base):
    """The last row of one history table of one reference database that is here."""

    __tablename__ = "import_marks"

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Tells one reference installation from another."""
    table_name: Mapped[str] = mapped_column(String(64), primary_key=True)
    up_to_id: Mapped[int] = mapped_column(Number)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
