"""Views that became longer after they were written down, for the counts."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
oldest_release = "0017"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, and the mark of how far it has been taken up."""
    op.create_table(
        "longer_views",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("view_row_id", _NUMBER, nullable=False),
        sa.Column("was_s", sa.Integer, nullable=False),
        sa.Column("is_s", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_longer_views"),
        sqlite_autoincrement=True,
    )
    op.add_column(
        "analytics_state",
        sa.Column("longer_id", _NUMBER, nullable=False, server_default="0"),
    )
