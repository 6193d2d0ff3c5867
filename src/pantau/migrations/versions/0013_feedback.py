"""What visitors write, and how they vote."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
oldest_release = "0013"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feedbacks",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(100)),
        sa.Column("email", sa.String(100)),
        sa.Column("phone", sa.String(30)),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("camera_id", _NUMBER),
        sa.Column("camera_name", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("incident_at", _AT),
        sa.Column("is_spam", sa.Boolean, nullable=False),
        sa.Column("sender", sa.String(32), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("changed_at", _AT),
        sa.Column("changed_by", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_feedbacks"),
        sa.CheckConstraint(
            "status IN ('unread', 'read', 'resolved')", name=op.f("ck_feedbacks_status")
        ),
        sa.CheckConstraint(
            "category IN ('picture', 'place', 'privacy', 'idea', 'other')",
            name=op.f("ck_feedbacks_category"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedbacks_queue", "feedbacks", ["is_spam", "status", "category"])
    op.create_index("ix_feedbacks_created_at", "feedbacks", ["created_at"])
    op.create_index("ix_feedbacks_camera_id", "feedbacks", ["camera_id"])
    op.create_table(
        "camera_votes",
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("voter", sa.String(32), nullable=False),
        sa.Column("is_good", sa.Boolean, nullable=False),
        sa.Column("voted_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "voter", name="pk_camera_votes"),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name="fk_camera_votes_camera_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "camera_vote_totals",
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_camera_vote_totals"),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name="fk_camera_vote_totals_camera_id",
            ondelete="CASCADE",
        ),
    )
