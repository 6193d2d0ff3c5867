"""Footage, who may replay it, and what is made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
oldest_release = "0009"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _segments()
    _deletions_and_holds()
    _rules()
    _recorders()
    _tokens()
    _shadows_and_links()
    _exports()


def _segments() -> None:
    op.create_table(
        "recording_segments",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("start_ms", _NUMBER, nullable=False),
        sa.Column("end_ms", _NUMBER, nullable=False),
        sa.Column("duration_ms", _NUMBER, nullable=False),
        sa.Column("size_bytes", _NUMBER, nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(16)),
        sa.Column("fragments", sa.Integer, nullable=False),
        sa.Column("codecs", sa.String(100), nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("has_audio", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_ms", _NUMBER),
        sa.Column("archived_place", sa.String(32)),
        sa.Column("is_local", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_segments"),
        sa.UniqueConstraint(
            "camera_id", "start_ms", name="uq_recording_segments_camera_id_start_ms"
        ),
    )
    op.create_index("ix_recording_segments_end_ms", "recording_segments", ["end_ms"])
    op.create_index(
        "ix_recording_segments_runs",
        "recording_segments",
        ["camera_id", "start_ms", "end_ms", "size_bytes", "state", "fragments"],
    )
    _segments_that_leave()
    op.create_index(
        "ix_recording_segments_unsettled",
        "recording_segments",
        ["state"],
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )


def _segments_that_leave() -> None:
    for name, columns in (
        ("local", ["camera_id", "start_ms", "place"]),
        ("used", ["camera_id", "place", "size_bytes"]),
        ("on_place", ["place", "end_ms", "id"]),
    ):
        op.create_index(
            f"ix_recording_segments_{name}",
            "recording_segments",
            columns,
            sqlite_where=sa.text("is_local = 1"),
            postgresql_where=sa.text("is_local"),
        )
    op.create_index(
        "ix_recording_segments_archived",
        "recording_segments",
        ["end_ms", "id"],
        sqlite_where=sa.text("archived_place IS NOT NULL"),
        postgresql_where=sa.text("archived_place IS NOT NULL"),
    )


def _deletions_and_holds() -> None:
    op.create_table(
        "recording_deletions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("start_ms", _NUMBER, nullable=False),
        sa.Column("end_ms", _NUMBER, nullable=False),
        sa.Column("size_bytes", _NUMBER, nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.Column("at", _AT, nullable=False),
        sa.Column("segment_id", _NUMBER, nullable=False),
        sa.Column("extent", sa.String(16), nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_deletions"),
    )
    op.create_index("ix_recording_deletions_at", "recording_deletions", ["at"])
    op.create_index(
        "ix_recording_deletions_camera_id_start_ms",
        "recording_deletions",
        ["camera_id", "start_ms"],
    )
    op.create_index(
        "uq_recording_deletions_pending",
        "recording_deletions",
        ["segment_id"],
        unique=True,
        sqlite_where=sa.text("is_done = 0"),
        postgresql_where=sa.text("NOT is_done"),
    )
    op.create_table(
        "recording_holds",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("from_ms", _NUMBER, nullable=False),
        sa.Column("to_ms", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("until_at", _AT),
        sa.Column("released_at", _AT),
        sa.Column("released_by", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_recording_holds"),
    )
    op.create_index(
        "ix_recording_holds_camera_id_from_ms", "recording_holds", ["camera_id", "from_ms"]
    )


def _rules() -> None:
    op.create_table(
        "recording_rules",
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("playback", sa.String(16), nullable=False, server_default="inherit"),
        sa.Column("preview_minutes", sa.Integer),
        sa.Column("quota_bytes", _NUMBER),
        sa.Column("schedule", sa.Text, nullable=False, server_default="[]"),
        sa.Column("sound", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_recording_rules"),
        sa.ForeignKeyConstraint(
            ["camera_id"],
            ["cameras.id"],
            name="fk_recording_rules_camera_id_cameras",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "recording_area_quotas",
        sa.Column("area_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("quota_bytes", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("area_id", name="pk_recording_area_quotas"),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["areas.id"],
            name="fk_recording_area_quotas_area_id_areas",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "recording_leases",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until_ms", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_recording_leases"),
    )
    op.create_table(
        "recording_notes",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("noted_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_recording_notes"),
    )


def _recorders() -> None:
    op.create_table(
        "recording_states",
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("since_at", _AT, nullable=False),
        sa.Column("last_segment_ms", _NUMBER),
        sa.Column("last_fragment_ms", _NUMBER),
        sa.Column("bytes_per_s", sa.Float, nullable=False, server_default="0"),
        sa.Column("seen_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_recording_states"),
    )
    op.create_table(
        "recording_restarts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False, server_default=sa.text("''")),
        sa.Column("restart_at", _AT, nullable=False),
        sa.Column("recovered_at", _AT),
        sa.Column("success", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_restarts"),
    )
    op.create_index("ix_recording_restarts_camera_id_id", "recording_restarts", ["camera_id", "id"])
    op.create_index("ix_recording_restarts_restart_at", "recording_restarts", ["restart_at"])
    op.create_table(
        "recording_commands",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("done_at", _AT),
        sa.Column("outcome", sa.String(500), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_recording_commands"),
    )
    op.create_index("ix_recording_commands_done_at", "recording_commands", ["done_at"])


def _tokens() -> None:
    op.create_table(
        "playback_tokens",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("camera_ids", sa.Text, nullable=False, server_default="[]"),
        sa.Column("area_ids", sa.Text, nullable=False, server_default="[]"),
        sa.Column("window_hours", sa.Integer, nullable=False),
        sa.Column("expires_at", _AT),
        sa.Column("max_devices", sa.Integer, nullable=False),
        sa.Column("note", sa.String(500), nullable=False, server_default=sa.text("''")),
        sa.Column("uses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("last_used_at", _AT),
        sa.Column("revoked_at", _AT),
        sa.Column("revoked_by", sa.String(100), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_playback_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_playback_tokens_token_hash"),
    )
    op.create_table(
        "playback_devices",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("token_id", _NUMBER, nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("ip_address", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("last_seen_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.Column("end_reason", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_playback_devices"),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["playback_tokens.id"],
            name="fk_playback_devices_token_id_playback_tokens",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("session_hash", name="uq_playback_devices_session_hash"),
    )
    op.create_index("ix_playback_devices_token_id", "playback_devices", ["token_id"])


def _shadows_and_links() -> None:
    op.create_table(
        "recording_shadows",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("began_ms", _NUMBER, nullable=False),
        sa.Column("ended_ms", _NUMBER),
        sa.Column("dark", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_shadows"),
    )
    op.create_table(
        "recording_shadow_looks",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("looked_ms", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_shadow_looks"),
    )
    op.create_index(
        "ix_recording_shadows_camera_id_began_ms", "recording_shadows", ["camera_id", "began_ms"]
    )
    op.create_index("ix_recording_shadows_ended_ms", "recording_shadows", ["ended_ms"])
    op.create_table(
        "clip_links",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("export_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("max_downloads", sa.Integer),
        sa.Column("downloads", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("revoked_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_clip_links"),
        sa.UniqueConstraint("token_hash", name="uq_clip_links_token_hash"),
    )
    op.create_index("ix_clip_links_export_id", "clip_links", ["export_id"])


def _exports() -> None:
    op.create_table(
        "recording_exports",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("camera_id", _NUMBER, nullable=False),
        sa.Column("camera_name", sa.String(100), nullable=False),
        sa.Column("from_ms", _NUMBER, nullable=False),
        sa.Column("to_ms", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("speed", sa.Integer, nullable=False, server_default="1"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.String(500), nullable=False, server_default=sa.text("''")),
        sa.Column("size_bytes", _NUMBER, nullable=False, server_default="0"),
        sa.Column("manifest", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cancel_asked", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("finished_at", _AT),
        sa.Column("expires_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_recording_exports"),
    )
    op.create_index("ix_recording_exports_created_at", "recording_exports", ["created_at"])
    op.create_index("ix_recording_exports_state", "recording_exports", ["state"])
