"""The audit trail: entries, their head, and triggers that refuse to change them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
oldest_release = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSAL = "entries of the audit trail are neither changed nor taken away"
_MISPLACED = (
    "NEW.id > COALESCE((SELECT last_id FROM audit_head WHERE id = 1), 0)"
    " OR NEW.id <= COALESCE((SELECT anchor_id FROM audit_head WHERE id = 1), 0)"
    " OR EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)"
)
_SQLITE = (
    ("audit_entries_in_place BEFORE INSERT ON audit_entries", _MISPLACED),
    ("audit_entries_unchanged BEFORE UPDATE ON audit_entries", "1"),
    (
        "audit_entries_kept BEFORE DELETE ON audit_entries",
        "OLD.id > COALESCE((SELECT anchor_id FROM audit_head WHERE id = 1), 0)",
    ),
    ("audit_head_single BEFORE INSERT ON audit_head", "EXISTS (SELECT 1 FROM audit_head)"),
    (
        "audit_head_forwards BEFORE UPDATE ON audit_head",
        "NEW.last_id < OLD.last_id OR NEW.anchor_id < OLD.anchor_id OR NEW.anchor_id > NEW.last_id",
    ),
    ("audit_head_kept BEFORE DELETE ON audit_head", "1"),
)
_POSTGRESQL = (
    ("audit_entries_in_place", "INSERT ON audit_entries", _MISPLACED, "NEW"),
    ("audit_entries_unchanged", "UPDATE ON audit_entries", "TRUE", "NEW"),
    (
        "audit_entries_kept",
        "DELETE ON audit_entries",
        "OLD.id > COALESCE((SELECT anchor_id FROM audit_head WHERE id = 1), 0)",
        "OLD",
    ),
    (
        "audit_head_forwards",
        "UPDATE ON audit_head",
        "NEW.last_id < OLD.last_id OR NEW.anchor_id < OLD.anchor_id OR NEW.anchor_id > NEW.last_id",
        "NEW",
    ),
    ("audit_head_kept", "DELETE ON audit_head", "TRUE", "OLD"),
)


def upgrade() -> None:
    """Make the tables, the first head and the triggers."""
    _entries()
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("last_id", _NUMBER, nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("anchor_id", _NUMBER, nullable=False),
        sa.Column("anchor_hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.execute(
        "INSERT INTO audit_head (id, last_id, last_hash, anchor_id, anchor_hash, signature)"
        " VALUES (1, 0, '', 0, '', '')"
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("user_id", _NUMBER),
        sa.Column("username", sa.String(100), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("endpoint", sa.String(200), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_index("ix_audit_entries_name_id", "audit_entries", ["name", "id"])
    op.create_index("ix_audit_entries_username_id", "audit_entries", ["username", "id"])
    op.create_index("ix_audit_entries_address_id", "audit_entries", ["address", "id"])
    op.create_index("ix_audit_entries_user_id_id", "audit_entries", ["user_id", "id"])


def _refuse_on_sqlite() -> None:
    for trigger, condition in _SQLITE:
        op.execute(
            f"CREATE TRIGGER {trigger} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _refuse_on_postgresql() -> None:
    for name, what, condition, row in _POSTGRESQL:
        refuse = f"IF {condition} THEN RAISE EXCEPTION '{_REFUSAL}'; END IF"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN {refuse}; RETURN {row}; END$$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for table in ("audit_entries", "audit_head"):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_head_kept()"
        )
