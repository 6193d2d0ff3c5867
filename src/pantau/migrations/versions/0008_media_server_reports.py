"""What the worker last did to the media server, and who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
oldest_release = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "media_server_reports",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("changed_at", _AT, nullable=False),
        sa.Column("seen_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media_server_reports"),
    )
    op.create_table(
        "media_server_requests",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_media_server_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_media_server_requests_asked_at", "media_server_requests", ["asked_at"])
