"""Cameras with public decisions, relays and revisions; slugs of areas; what happened to cameras."""

import sqlalchemy as sa
from alembic import op

from pantau.core.slugs import free_slug

revision = "0005"
down_revision = "0004"
oldest_release = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_ADDED = (
    sa.Column("source_relay", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("source_tls", sa.String(16), nullable=False, server_default="strict"),
    sa.Column("source_more_sealed", sa.Text),
    sa.Column("stream_revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("visibility", sa.String(16), nullable=False, server_default="public"),
    sa.Column("cut_off_at", _AT),
    sa.Column("cut_off_until", _AT),
    sa.Column("cut_off_reason", sa.String(500), nullable=False, server_default=sa.text("''")),
    sa.Column("cut_off_by", sa.String(100), nullable=False, server_default=sa.text("''")),
    sa.Column("delay_s", sa.Integer, nullable=False, server_default="0"),
    sa.Column("still_only", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("schedule", sa.Text, nullable=False, server_default="[]"),
    sa.Column("import_id", _NUMBER),
)


def upgrade() -> None:
    """Add the columns and the table."""
    _cameras()
    _areas()
    op.create_table(
        "camera_events",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_camera_events"),
    )
    op.create_index("ix_camera_events_camera_id_id", "camera_events", ["camera_id", "id"])
    op.create_index("ix_camera_events_at", "camera_events", ["at"])


def _cameras() -> None:
    # No batch: a copy of the table would lose what keeps SQLite from giving a number twice.
    for column in _ADDED:
        op.add_column("cameras", column)


def _areas() -> None:
    op.add_column(
        "areas", sa.Column("slug", sa.String(120), nullable=False, server_default=sa.text("''"))
    )
    areas = sa.table("areas", sa.column("id"), sa.column("name"), sa.column("slug"))
    connection = op.get_bind()
    taken: set[str] = set()
    for number, name in connection.execute(sa.select(areas.c.id, areas.c.name)).all():
        free = free_slug(name, number, taken, otherwise="area")
        taken.add(free)
        connection.execute(areas.update().where(areas.c.id == number).values(slug=free))
    op.create_index("uq_areas_slug", "areas", ["slug"], unique=True)
