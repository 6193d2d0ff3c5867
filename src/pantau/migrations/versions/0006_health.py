"""States of cameras over time, and alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
oldest_release = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "camera_health",
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("since_at", _AT, nullable=False),
        sa.Column("checked_at", _AT),
        sa.Column("alive_at", _AT),
        sa.Column("gone_since_at", _AT),
        sa.Column("gone_looks", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("camera_id", name="pk_camera_health"),
    )
    op.create_table(
        "camera_health_spans",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("began_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_camera_health_spans"),
    )
    op.create_index(
        "ix_camera_health_spans_camera_id_began_at",
        "camera_health_spans",
        ["camera_id", "began_at"],
    )
    op.create_index("ix_camera_health_spans_ended_at", "camera_health_spans", ["ended_at"])
    _alarms()


def _alarms() -> None:
    op.create_table(
        "health_alarms",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("began_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.Column("cameras", sa.Integer, nullable=False),
        sa.Column("acknowledged_at", _AT),
        sa.Column("acknowledged_by", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_health_alarms"),
    )
    op.create_index("ix_health_alarms_began_at", "health_alarms", ["began_at"])
    op.create_table(
        "health_checks",
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_health_checks"),
    )
    op.create_table(
        "health_watch",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("watched_until_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_health_watch"),
    )
