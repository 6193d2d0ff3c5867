"""Cameras, areas, site values, views that are over, and marks of imports."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
oldest_release = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _areas()
    _cameras()
    _site_values()
    _view_history()
    _import_marks()


def _areas() -> None:
    op.create_table(
        "areas",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("rt", sa.String(100)),
        sa.Column("rw", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("managed_by", sa.String(16), nullable=False),
        sa.Column("removed_at", _AT),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_areas"),
        sa.UniqueConstraint("name", name="uq_areas_name"),
        sa.CheckConstraint(
            "managed_by IN ('settings', 'operator')", name=op.f("ck_areas_managed_by")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_areas_kecamatan", "areas", ["kecamatan"])


def _cameras() -> None:
    op.create_table(
        "cameras",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("stream_key", sa.String(200), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("source_sealed", sa.Text, nullable=False),
        sa.Column("source_kind", sa.String(16)),
        sa.Column("source_transport", sa.String(16), nullable=False),
        sa.Column("source_encode", sa.Boolean, nullable=False),
        sa.Column("source_tls_fingerprint", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("group_name", sa.String(100)),
        sa.Column("area_id", _NUMBER),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("on_demand", sa.Boolean, nullable=False),
        sa.Column("low_latency", sa.Boolean, nullable=False),
        sa.Column("is_tunnel", sa.Boolean, nullable=False),
        sa.Column("enable_recording", sa.Boolean, nullable=False),
        sa.Column("recording_duration_hours", sa.Integer, nullable=False),
        sa.Column("video_codec", sa.String(8)),
        sa.Column("sponsor_name", sa.String(100)),
        sa.Column("sponsor_logo", sa.String(500)),
        sa.Column("sponsor_url", sa.String(500)),
        sa.Column("sponsor_package", sa.String(16)),
        sa.Column("managed_by", sa.String(16), nullable=False),
        sa.Column("configured_as", sa.String(100)),
        sa.Column("removed_at", _AT),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("slug", name="uq_cameras_slug"),
        sa.UniqueConstraint("stream_key", name="uq_cameras_stream_key"),
        sa.UniqueConstraint("configured_as", name="uq_cameras_configured_as"),
        sa.ForeignKeyConstraint(
            ["area_id"], ["areas.id"], name="fk_cameras_area_id", ondelete="SET NULL"
        ),
        sa.CheckConstraint(
            "managed_by IN ('settings', 'demo', 'operator')", name=op.f("ck_cameras_managed_by")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'maintenance', 'offline')", name=op.f("ck_cameras_status")
        ),
        sa.CheckConstraint(
            "sponsor_package IN ('bronze', 'silver', 'gold')",
            name=op.f("ck_cameras_sponsor_package"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cameras_area_id", "cameras", ["area_id"])


def _site_values() -> None:
    op.create_table(
        "site_values",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("updated_at", _AT, nullable=False),
        sa.Column("updated_by", _NUMBER),
        sa.PrimaryKeyConstraint("key", name="pk_site_values"),
    )


def _view_history() -> None:
    op.create_table(
        "view_history",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER),
        sa.Column("camera_name", sa.String(100)),
        sa.Column("ip_address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.Text),
        sa.Column("device_type", sa.String(32)),
        sa.Column("started_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=False),
        sa.Column("duration_s", sa.Integer, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_view_history"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_view_history_camera_id_started_at", "view_history", ["camera_id", "started_at"]
    )
    op.create_index("ix_view_history_started_at", "view_history", ["started_at"])


def _import_marks() -> None:
    op.create_table(
        "import_marks",
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("table_name", sa.String(64), nullable=False),
        sa.Column("up_to_id", _NUMBER, nullable=False),
        sa.Column("marked_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("origin", "table_name", name="pk_import_marks"),
    )
