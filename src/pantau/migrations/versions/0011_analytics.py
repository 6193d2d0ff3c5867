"""Views rolled up by hour and day."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
oldest_release = "0011"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "analytics_state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("counted_id", _NUMBER, nullable=False),
        sa.Column("recount_id", _NUMBER, nullable=False),
        sa.Column("is_clearing", sa.Boolean, nullable=False),
        sa.Column("kept_day", sa.Integer, nullable=False),
        sa.Column("kept_s", _NUMBER, nullable=False),
        sa.Column("visitors_day", sa.Integer, nullable=False),
        sa.Column("played_day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_analytics_state"),
    )
    op.create_table(
        "analytics_cameras",
        sa.Column("key", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_analytics_cameras"),
    )
    _counts()
    _visitors()


def _counts() -> None:
    whose = ["visitors", "new_visitors", "bounced_visitors"]
    _table(
        "analytics_days",
        [_whole("day")],
        ["sessions", "watch_s", "longest_s", *whose, "robots", "short"],
    )
    _table("analytics_hours", [_whole("day"), _whole("hour")], ["sessions", "visitors"])
    device = sa.Column("device", sa.String(32), nullable=False)
    _table("analytics_devices", [_whole("day"), device], ["sessions"])
    watched = ["sessions", "watch_s", "visitors", "quick", "engaged"]
    _table("analytics_camera_days", [_whole("day"), _camera()], watched)
    _table("analytics_camera_months", [_whole("month"), _camera()], watched)
    played = ["starts", "start_ms", "stalls", "stalled_ms", "refused", "failed"]
    played += ["glances", "robot_glances"]
    _table("analytics_play_days", [_whole("day"), _camera()], played)
    _table("analytics_play_months", [_whole("month"), _camera()], played)


def _visitors() -> None:
    more: list[sa.Column[Any]] = [
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("has_bounced", sa.Boolean, nullable=False),
    ]
    _table("analytics_visitors", [_whole("day"), _visitor()], [], more=[*_seen(), *more])
    _table("analytics_top_visitors", [_whole("day"), _visitor()], [], more=_seen())
    _table("analytics_camera_visitors", [_whole("day"), _visitor(), _camera()], [])


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, autoincrement=False, nullable=False)


def _camera() -> sa.Column[Any]:
    return sa.Column("camera", _NUMBER, autoincrement=False, nullable=False)


def _visitor() -> sa.Column[Any]:
    return sa.Column("visitor", sa.String(40), nullable=False)


def _seen() -> list[sa.Column[Any]]:
    return [
        sa.Column("sessions", sa.Integer, nullable=False),
        sa.Column("watch_s", _NUMBER, nullable=False),
        sa.Column("cameras", sa.Integer, nullable=False),
        sa.Column("last_s", _NUMBER, nullable=False),
    ]


def _table(
    name: str, keys: list[sa.Column[Any]], sums: list[str], *, more: Sequence[sa.Column[Any]] = ()
) -> None:
    op.create_table(
        name,
        *keys,
        *(sa.Column(each, _NUMBER, nullable=False) for each in sums),
        *more,
        sa.PrimaryKeyConstraint(*(key.name for key in keys), name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )
