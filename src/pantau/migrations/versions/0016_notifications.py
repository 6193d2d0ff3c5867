"""Where alerts go, which go there, and how far each has got."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the tables."""
