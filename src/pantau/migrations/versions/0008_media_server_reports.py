"""What the worker last did to the media server, and who asked for it."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
