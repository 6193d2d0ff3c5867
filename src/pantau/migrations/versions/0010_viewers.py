"""Who watched: whose view it was without their address, how it played, and what is counted."""

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
oldest_release = "0010"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_HAS_ADDRESS = sa.text("ip_address <> ''")
_AT_A_TIME = 5_000
_ADDED = (
    sa.Column("view_id", sa.String(32)),
    sa.Column("visitor", sa.String(32), nullable=False, server_default=sa.text("''")),
    sa.Column("delivery", sa.String(16), nullable=False, server_default="live"),
    sa.Column("browser", sa.String(32), nullable=False, server_default=sa.text("''")),
    sa.Column("node", sa.String(64), nullable=False, server_default=sa.text("''")),
    sa.Column("is_bot", sa.Boolean, nullable=False, server_default=sa.false()),
)


def upgrade() -> None:
    """Add the columns and the tables; addresses that are there become numbers."""
    # No batch: a copy of the table would lose what keeps SQLite from giving a number twice.
    for column in _ADDED:
        op.add_column("view_history", column)
    _forget_addresses()
    op.create_index("uq_view_history_view_id", "view_history", ["view_id"], unique=True)
    op.create_index(
        "ix_view_history_addresses",
        "view_history",
        ["ended_at"],
        sqlite_where=_HAS_ADDRESS,
        postgresql_where=_HAS_ADDRESS,
    )
    _open_views()
    _quality()
    op.create_table(
        "visitor_salts",
        sa.Column("on_day", sa.String(10), nullable=False),
        sa.Column("salt_sealed", sa.Text, nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("on_day", name="pk_visitor_salts"),
    )


def _forget_addresses() -> None:
    """Keep who was the same person on the same day, and nothing that tells who it was."""
    views = sa.table(
        "view_history",
        *(sa.column(name) for name in ("id", "ip_address", "user_agent", "visitor")),
        sa.column("started_at", _AT),
    )
    connection, salt, last_id = op.get_bind(), secrets.token_bytes(32), 0
    wanted = (views.c.id, views.c.ip_address, views.c.user_agent, views.c.started_at)
    change = (
        views.update()
        .where(views.c.id == sa.bindparam("which"))
        .values(visitor=sa.bindparam("whose"), ip_address="", user_agent=None)
    )
    while rows := connection.execute(
        sa.select(*wanted).where(views.c.id > last_id).order_by(views.c.id).limit(_AT_A_TIME)
    ).all():
        last_id = rows[-1].id
        connection.execute(
            change,
            [
                {
                    "which": row.id,
                    "whose": hashlib.blake2b(
                        f"{row.started_at:%Y-%m-%d}\n{row.ip_address}\n{row.user_agent}".encode(),
                        key=salt,
                        digest_size=16,
                    ).hexdigest(),
                }
                for row in rows
            ],
        )


def _open_views() -> None:
    op.create_table(
        "open_views",
        sa.Column("view_id", sa.String(32), nullable=False),
        sa.Column("camera_id", _NUMBER),
        sa.Column("camera_name", sa.String(100)),
        sa.Column("ip_address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.Text),
        sa.Column("device_type", sa.String(32)),
        sa.Column("started_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=False),
        sa.Column("duration_s", sa.Integer, nullable=False),
        sa.Column("visitor", sa.String(32), nullable=False),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(32), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("is_bot", sa.Boolean, nullable=False),
        sa.Column("noted_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("view_id", name="pk_open_views"),
    )
    op.create_index("ix_open_views_noted_at", "open_views", ["noted_at"])


def _quality() -> None:
    op.create_table(
        "view_glances",
        *_hourly(),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("bots", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "hour_at", name="pk_view_glances"),
    )
    op.create_table(
        "play_quality",
        *_hourly(),
        sa.Column("plays", sa.Integer, nullable=False),
        sa.Column("starts", sa.Integer, nullable=False),
        sa.Column("start_ms", _NUMBER, nullable=False),
        sa.Column("starts_within_1s", sa.Integer, nullable=False),
        sa.Column("starts_within_2s", sa.Integer, nullable=False),
        sa.Column("starts_within_4s", sa.Integer, nullable=False),
        sa.Column("starts_within_8s", sa.Integer, nullable=False),
        sa.Column("stalls", sa.Integer, nullable=False),
        sa.Column("stalled_ms", _NUMBER, nullable=False),
        sa.Column("played_ms", _NUMBER, nullable=False),
        sa.Column("codec_refusals", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "hour_at", name="pk_play_quality"),
    )
    op.create_table(
        "play_failures",
        *_hourly(),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "hour_at", "cause", name="pk_play_failures"),
    )


def _hourly() -> tuple[sa.Column[int], sa.Column[object]]:
    return (
        sa.Column("camera_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("hour_at", _AT, nullable=False),
    )
