"""Counters by which processes notice each other's changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
oldest_release = "0001"


def upgrade() -> None:
    """Make the table; its rows appear with the first change of a topic."""
    op.create_table(
        "change_counters",
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_change_counters"),
    )
