"""Pictures of the site."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
oldest_release = "0012"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "site_pictures",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_site_pictures"),
    )
