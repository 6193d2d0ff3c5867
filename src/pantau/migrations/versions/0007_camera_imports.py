"""Imports of cameras, and what each row of them did."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
oldest_release = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "camera_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("user_id", _NUMBER),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("upload_sealed", sa.Text),
        sa.Column("checks", sa.Text, nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("phase_at", _AT, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("expires_at", _AT),
        sa.Column("applied_at", _AT),
        sa.Column("undone_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_camera_imports"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "camera_import_rows",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("import_id", _NUMBER, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("camera_id", _NUMBER),
        sa.Column("before_sealed", sa.Text),
        sa.Column("undone", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_camera_import_rows"),
    )
    op.create_index(
        "ix_camera_import_rows_import_id_row", "camera_import_rows", ["import_id", "row"]
    )
