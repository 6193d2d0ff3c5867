"""Announcements, and what is said about each camera."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables."""
