"""Users with their areas, sessions and second factors; links for the first run; API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
oldest_release = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _users()
    _user_areas()
    _password_history()
    _sessions()
    _recovery_codes()
    _first_run_links()
    _api_keys()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("username", sa.String(50), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("has_all_areas", sa.Boolean, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("disabled_at", _AT),
        sa.Column("password_changed_at", _AT),
        sa.Column("last_login_at", _AT),
        sa.Column("last_login_address", sa.String(64)),
        sa.Column("totp_secret_sealed", sa.Text),
        sa.Column("totp_enabled_at", _AT),
        sa.Column("totp_last_step", _NUMBER),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name_key", name="uq_users_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])


def _user_areas() -> None:
    op.create_table(
        "user_areas",
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("area_id", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "area_id", name="pk_user_areas"),
        _of_a_user("user_areas"),
        sa.ForeignKeyConstraint(
            ["area_id"], ["areas.id"], name="fk_user_areas_area_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_user_areas_area_id", "user_areas", ["area_id"])


def _password_history() -> None:
    op.create_table(
        "password_history",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_password_history"),
        _of_a_user("password_history"),
    )
    op.create_index("ix_password_history_user_id", "password_history", ["user_id"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("family_hash", sa.String(64), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("renewed_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.Column("last_seen_at", _AT, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("family_hash", name="uq_sessions_family_hash"),
        _of_a_user("sessions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_codes"),
        _of_a_user("recovery_codes"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def _first_run_links() -> None:
    op.create_table(
        "first_run_links",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("is_recovery", sa.Boolean, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("used_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_first_run_links"),
        sa.UniqueConstraint("token_hash", name="uq_first_run_links_token_hash"),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(8), nullable=False),
        sa.Column("client_name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("scopes", sa.String(1000), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("last_used_at", _AT),
        sa.Column("revoked_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
        sqlite_autoincrement=True,
    )


def _of_a_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )
