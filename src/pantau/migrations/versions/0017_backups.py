"""Backups made, planned and delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
oldest_release = "0017"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_EMPTY = sa.text("''")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "backup_plan",
        sa.Column("id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("every_hours", sa.Integer, nullable=False),
        sa.Column("keep_daily", sa.Integer, nullable=False),
        sa.Column("keep_weekly", sa.Integer, nullable=False),
        sa.Column("keep_monthly", sa.Integer, nullable=False),
        sa.Column("protection", sa.String(16), nullable=False),
        sa.Column("passphrase_sealed", sa.Text),
        sa.Column("recipients", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("directory", sa.String(500), nullable=False, server_default=_EMPTY),
        sa.Column("s3_enabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("s3_endpoint", sa.String(500), nullable=False, server_default=_EMPTY),
        sa.Column("s3_bucket", sa.String(100), nullable=False, server_default=_EMPTY),
        sa.Column("s3_prefix", sa.String(200), nullable=False, server_default=_EMPTY),
        sa.Column("s3_region", sa.String(50), nullable=False, server_default=_EMPTY),
        sa.Column("s3_access_key", sa.String(200), nullable=False, server_default=_EMPTY),
        sa.Column("s3_secret_sealed", sa.Text),
        sa.Column("telegram_target", _NUMBER),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backup_plan"),
    )
    op.create_table(
        "backup_runs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("started_at", _AT),
        sa.Column("finished_at", _AT),
        sa.Column("file_name", sa.String(200), nullable=False, server_default=_EMPTY),
        sa.Column("folder", sa.String(500), nullable=False, server_default=_EMPTY),
        sa.Column("size_bytes", _NUMBER, nullable=False, server_default="0"),
        sa.Column("sha256", sa.String(64), nullable=False, server_default=_EMPTY),
        sa.Column("protection", sa.String(16), nullable=False, server_default=_EMPTY),
        sa.Column("rows_done", _NUMBER, nullable=False, server_default="0"),
        sa.Column("rows_total", _NUMBER, nullable=False, server_default="0"),
        sa.Column("problem", sa.String(500), nullable=False, server_default=_EMPTY),
        sa.Column("deliveries", sa.Text, nullable=False, server_default=sa.text("'[]'")),
        sa.PrimaryKeyConstraint("id", name="pk_backup_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_backup_runs_state_id", "backup_runs", ["state", "id"])
