"""Rows of backups: how they are planned, and what was made."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, SmallInteger, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from pantau.db.base import Base, Number, UtcDateTime
from pantau.db.sealed_columns import sealed_as

PASSPHRASE_PURPOSE = "backup.passphrase"  # noqa: S105 - what the secret is sealed for
S3_PURPOSE = "backup.s3"


class BackupPlanRow(Base):
    """The one row that says when backups are made, how they are locked, and where they go."""

    __tablename__ = "backup_plan"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    enabled: Mapped[bool] = mapped_column(Boolean)
    every_hours: Mapped[int] = mapped_column(Integer)
    keep_daily: Mapped[int] = mapped_column(Integer)
    keep_weekly: Mapped[int] = mapped_column(Integer)
    keep_monthly: Mapped[int] = mapped_column(Integer)
    protection: Mapped[str] = mapped_column(String(16))
    """`none`, `passphrase` or `recipients`."""
    passphrase_sealed: Mapped[str | None] = mapped_column(Text, info=sealed_as(PASSPHRASE_PURPOSE))
    recipients: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """Public keys of age, one a line."""
    directory: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    """Empty: the folder in the data folder."""
    s3_enabled: Mapped[bool] = mapped_column(Boolean, server_default=false())
    s3_endpoint: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    s3_bucket: Mapped[str] = mapped_column(String(100), server_default=text("''"))
    s3_prefix: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    s3_region: Mapped[str] = mapped_column(String(50), server_default=text("''"))
    s3_access_key: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    s3_secret_sealed: Mapped[str | None] = mapped_column(Text, info=sealed_as(S3_PURPOSE))
    telegram_target: Mapped[int | None] = mapped_column(Number)
    """The number of a target of alerts; None: not sent there."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BackupRunRow(Base):
    """One backup: asked for, being made, delivered or failed."""

    __tablename__ = "backup_runs"
    __table_args__ = (
        Index("ix_backup_runs_state_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`planned`, `asked` (on the page) or `console`."""
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `running`, `done` or `failed`; done only when it was delivered everywhere."""
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file_name: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    folder: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    """Where the file was put on this machine."""
    size_bytes: Mapped[int] = mapped_column(Number, server_default="0")
    sha256: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    protection: Mapped[str] = mapped_column(String(16), server_default=text("''"))
    rows_done: Mapped[int] = mapped_column(Number, server_default="0")
    rows_total: Mapped[int] = mapped_column(Number, server_default="0")
    problem: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    deliveries: Mapped[str] = mapped_column(Text, server_default=text("'[]'"))
    """JSON of `models.Delivered`s."""
