"""Backups made, planned and delivered."""

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the tables."""
