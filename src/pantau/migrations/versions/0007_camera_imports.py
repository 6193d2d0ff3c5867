"""Imports of cameras, and what each row of them did."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
