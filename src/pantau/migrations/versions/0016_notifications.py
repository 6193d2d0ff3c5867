"""Where alerts go, which go there, and how far each has got."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
oldest_release = "0016"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _described()
    _silences()
    _seen()
    _outbox()


def _described() -> None:
    op.create_table(
        "alert_targets",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("schema", sa.String(32), nullable=False),
        sa.Column("shown", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("last_ok_at", _AT),
        sa.Column("last_fault", sa.String(300), nullable=False, server_default=sa.text("''")),
        sa.Column("last_fault_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_alert_targets"),
        sa.UniqueConstraint("key", name="uq_alert_targets_key"),
    )
    op.create_table(
        "alert_rules",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("area_ids", sa.JSON, nullable=False),
        sa.Column("camera_ids", sa.JSON, nullable=False),
        sa.Column("target_ids", sa.JSON, nullable=False),
        sa.Column("tells_recovery", sa.Boolean, nullable=False),
        sa.Column("quiet_from_min", sa.SmallInteger),
        sa.Column("quiet_until_min", sa.SmallInteger),
        sa.Column("critical_passes", sa.Boolean, nullable=False),
        sa.Column("down_after_s", sa.Integer),
        sa.Column("up_after_s", sa.Integer),
        sa.Column("purpose", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("since_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
    )


def _silences() -> None:
    op.create_table(
        "alert_windows",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("down_after_s", sa.Integer, nullable=False),
        sa.Column("up_after_s", sa.Integer, nullable=False),
        sa.Column("gather_s", sa.Integer, nullable=False),
        sa.Column("fleet_percent", sa.Integer, nullable=False),
        sa.Column("remind_hours", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_windows"),
    )
    op.create_table(
        "alert_muted_cameras",
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name="pk_alert_muted_cameras"),
    )
    op.create_table(
        "alert_maintenance",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("subject_id", _NUMBER),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("began_at", _AT, nullable=False),
        sa.Column("until_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.Column("by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_maintenance"),
    )
    op.create_index("ix_alert_maintenance_ended_at", "alert_maintenance", ["ended_at"])


def _seen() -> None:
    op.create_table(
        "alert_sights",
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("is_bad", sa.Boolean, nullable=False),
        sa.Column("since_at", _AT, nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_alert_sights"),
    )
    op.create_table(
        "alert_told",
        sa.Column("rule_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("began_at", _AT, nullable=False),
        sa.Column("is_silent", sa.Boolean, nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("decided_at", _AT, nullable=False),
        sa.Column("reminded_at", _AT, nullable=False),
        sa.Column("announced_at", _AT),
        sa.PrimaryKeyConstraint("rule_id", "kind", "name", name="pk_alert_told"),
    )
    op.create_table(
        "alert_watermarks",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alert_watermarks"),
    )


def _outbox() -> None:
    op.create_table(
        "alert_items",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("target_id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("rule_id", _NUMBER),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("edge", sa.String(16), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("began_at", _AT),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("is_held", sa.Boolean, nullable=False),
        sa.Column("is_after_maintenance", sa.Boolean, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("message_id", _NUMBER),
        sa.PrimaryKeyConstraint("id", name="pk_alert_items"),
    )
    op.create_index("ix_alert_items_created_at", "alert_items", ["created_at"])
    op.create_index("ix_alert_items_message_id", "alert_items", ["message_id"])
    op.create_index(
        "ix_alert_items_target_id_key", "alert_items", ["target_id", "key"], unique=True
    )
    op.create_table(
        "alert_messages",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("target_id", _NUMBER, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("edge_count", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("is_drill", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("sent_at", _AT),
        sa.Column("fault", sa.String(300), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_alert_messages"),
    )
    op.create_index("ix_alert_messages_created_at", "alert_messages", ["created_at"])
    op.create_index(
        "ix_alert_messages_state_target_id_id", "alert_messages", ["state", "target_id", "id"]
    )
