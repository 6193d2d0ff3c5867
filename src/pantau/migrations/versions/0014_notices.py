"""Announcements, and what is said about each camera."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
oldest_release = "0014"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "announcements",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("title_id", sa.String(120), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("text_id", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("picture", sa.String(64), nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("from_at", _AT),
        sa.Column("to_at", _AT),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("area_id", _NUMBER),
        sa.Column("camera_id", _NUMBER),
        sa.Column("on_wall", sa.Boolean, nullable=False),
        sa.Column("on_watch", sa.Boolean, nullable=False),
        sa.Column("is_dismissible", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
        sa.CheckConstraint(
            "severity IN ('info', 'warning')", name=op.f("ck_announcements_severity")
        ),
        sa.CheckConstraint(
            "target IN ('all', 'area', 'camera')", name=op.f("ck_announcements_target")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "camera_notices",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("subject_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(500), nullable=False),
        sa.Column("retention", sa.String(200), nullable=False),
        sa.Column("contact", sa.String(200), nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject_id", name="pk_camera_notices"),
        sa.CheckConstraint(
            "scope IN ('hub', 'area', 'camera')", name=op.f("ck_camera_notices_scope")
        ),
    )
