"""Who watched: whose view it was without their address, how it played, and what is counted."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
