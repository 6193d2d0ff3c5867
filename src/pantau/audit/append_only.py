"""Triggers that refuse to change the trail, on both databases.

They stop mistakes and honest tools; whoever owns the database can drop them, and then the chain
shows what was done.  Retention needs no way around them: it moves the signed anchor first, and what
lies before the anchor may be deleted.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Table, event
from sqlalchemy.engine import Connection

from pantau.audit.models import AuditHeadRow

_REFUSAL: Final = "entries of the audit trail are neither changed nor taken away"
_MISPLACED: Final = (
    "NEW.id > COALESCE((SELECT last_id FROM audit_head WHERE id = 1), 0)"
    " OR NEW.id <= COALESCE((SELECT anchor_id FROM audit_head WHERE id = 1), 0)"
    " OR EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)"
)
_KEPT: Final = "OLD.id > COALESCE((SELECT anchor_id FROM audit_head WHERE id = 1), 0)"
_BACKWARDS: Final = (
    "NEW.last_id < OLD.last_id OR NEW.anchor_id < OLD.anchor_id OR NEW.anchor_id > NEW.last_id"
)
_FIRST_HEAD: Final = (
    "INSERT INTO audit_head (id, last_id, last_hash, anchor_id, anchor_hash, signature)"
    " VALUES (1, 0, '', 0, '', '')"
)


def sqlite_statements() -> list[str]:
    """Return what makes the tables append-only on SQLite."""
    rules = (
        # The rule on insertion is also what stops REPLACE, which fires no trigger of deletion.
        ("audit_entries_in_place", "INSERT ON audit_entries", _MISPLACED),
        ("audit_entries_unchanged", "UPDATE ON audit_entries", "1"),
        ("audit_entries_kept", "DELETE ON audit_entries", _KEPT),
        ("audit_head_single", "INSERT ON audit_head", "EXISTS (SELECT 1 FROM audit_head)"),
        ("audit_head_forwards", "UPDATE ON audit_head", _BACKWARDS),
        ("audit_head_kept", "DELETE ON audit_head", "1"),
    )
    triggers = [
        f"CREATE TRIGGER {name} BEFORE {what} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for name, what, condition in rules
    ]
    return [_FIRST_HEAD, *triggers]


def postgresql_statements() -> list[str]:
    """Return what makes the tables append-only on PostgreSQL."""
    refuse = f"RAISE EXCEPTION '{_REFUSAL}'"
    function = (
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF {condition} THEN {refuse}; END IF; RETURN {row}; END$$"
    )
    rules = (
        ("audit_entries_in_place", "INSERT ON audit_entries", _MISPLACED, "NEW"),
        ("audit_entries_unchanged", "UPDATE ON audit_entries", "TRUE", "NEW"),
        ("audit_entries_kept", "DELETE ON audit_entries", _KEPT, "OLD"),
        ("audit_head_forwards", "UPDATE ON audit_head", _BACKWARDS, "NEW"),
        ("audit_head_kept", "DELETE ON audit_head", "TRUE", "OLD"),
    )
    statements = [_FIRST_HEAD]
    for name, what, condition, row in rules:
        statements += [
            function.format(name=name, condition=condition, refuse=refuse, row=row),
            f"CREATE TRIGGER {name} BEFORE {what} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return statements + [
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_head_kept()"
        for table in ("audit_entries", "audit_head")
    ]


def protect(connection: Connection) -> None:
    """Put the first head and the triggers where there are none."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in sqlite_statements() if sqlite else postgresql_statements():
        connection.exec_driver_sql(statement)


@event.listens_for(AuditHeadRow.metadata, "after_create")
def _after_create(
    _: object, connection: Connection, *, tables: Sequence[Table], **__: object
) -> None:
    if any(table.name == AuditHeadRow.__tablename__ for table in tables):
        protect(connection)
