"""Checks of what is kept: the database, its keys, its copies."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pantau.core.errors import Problem
from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_MOST_LOG_BYTES: Final = 256 * 2**20
_LEAST_POSTGRESQL: Final = 13
_MIB: Final = 2**20
_OLD: Final = timedelta(days=7)


def check_database(
    where: str, *, steps: Callable[[], tuple[str | None, str]], damage: Callable[[], Sequence[str]]
) -> Finding:
    """Whether the database answers, is sound, and is no newer than this Pantau.

    `steps` says how far its tables are and how far they could be, None where there are none; it
    and `damage` raise a Problem when the database cannot be used.
    """
    fix = "docs/guide/database.md tells how to restore a backup and what the settings mean."
    try:
        stored, newest = steps()
        if stored is None:
            return fine("database", f"{where} is made by the first start")
        found = damage()
    except Problem as problem:
        return wrong("database", problem.sentence, fix)
    if found:
        return wrong("database", f"{where} is damaged: {found[0]}", fix)
    behind = "" if stored >= newest else f", upgraded to {newest} by the next start"
    return fine("database", f"{where} is sound, at step {stored}{behind}")


def check_log_size(log: Path) -> Finding:
    """Whether the log beside a SQLite file is folded into it now and then."""
    size_bytes = log.stat().st_size if log.exists() else 0
    if size_bytes > _MOST_LOG_BYTES:
        return advice(
            "database log",
            f"{log} has grown to {size_bytes / _MIB:.0f} MiB: something reads without an end",
            "Restart the hub when few are watching; if it grows again, look for a program that "
            "keeps the file open (fuser).",
        )
    return fine("database log", f"{size_bytes / _MIB:.0f} MiB wait to be folded in")


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a PostgreSQL server says of itself."""

    version: int
    """Its first number, such as 17."""
    most_connections: int
    used_connections: int
    now: datetime


def check_server(facts: ServerFacts, *, needed: int) -> Finding:
    """Whether the server is new enough, and lets in all that our pools may open.

    `needed` counts the connections of all our processes at their most.
    """
    name = "database server"
    if facts.version < _LEAST_POSTGRESQL:
        return wrong(
            name,
            f"PostgreSQL {facts.version} is too old",
            f"Upgrade it to {_LEAST_POSTGRESQL} or newer (pg_upgradecluster on Debian).",
        )
    told = f"PostgreSQL {facts.version}, {facts.used_connections} of {facts.most_connections} used"
    if needed > facts.most_connections:
        return wrong(
            name,
            f"{told}; the hub may open {needed}",
            f"Set max_connections = {2 * needed} in postgresql.conf and restart it, or set a "
            "smaller readers in [database].",
        )
    return fine(name, f"{told}; the hub opens {needed} at most")


def check_keys(known: Collection[str], used: Collection[str]) -> Finding:
    """Whether every secret in the database can be opened with a key of the data folder."""
    missing = sorted(set(used) - set(known))
    if missing:
        return wrong(
            "keys",
            f"the database was sealed with keys that are not here ({', '.join(missing)})",
            "Put back sealing.keys of the same backup as the database; without it camera passwords "
            "must be typed again: docs/guide/secrets.md.",
        )
    if not used:
        return fine("keys", "nothing is sealed yet")
    return fine("keys", f"{len(set(used))} in use, all of them here")


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """How backups stand."""

    is_planned: bool
    is_overdue: bool
    last_success_at: datetime | None
    last_problem: str
    places: Sequence[str] = ()
    """Where the last one was brought, as people call it."""
    beyond: bool = False
    """Whether one of them is on another disk or machine than the data folder."""


def check_backup(facts: BackupFacts, now: datetime) -> Finding:
    """Whether there is a backup to rely on, and not beside what it copies."""
    page = "the page /admin/backups"
    last = facts.last_success_at
    if facts.is_planned and facts.is_overdue:
        why = f": {facts.last_problem}" if facts.last_problem else ""
        return wrong("backup", f"the plan is behind{why}", f"Look at {page} and make one by hand.")
    if last is None:
        return advice(
            "backup",
            "there is none",
            f"Switch on the plan on {page}, or write a passphrase into phrase.txt and type: pantau "
            "backup create --output hub.tar.age --passphrase-file phrase.txt",
        )
    age = now - last
    told = f"the newest is {_days(age)} old"
    if age > _OLD:
        return wrong("backup", told, f"Make one on {page}, and switch on the plan there.")
    if not facts.beyond:
        return advice(
            "backup",
            f"{told}, and on the same disk as the data",
            f"Let them be brought to another machine as well, on {page}: a broken disk takes both.",
        )
    return fine("backup", f"{told}, at {', '.join(facts.places)}")


def _days(age: timedelta) -> str:
    hours = age / timedelta(hours=1)
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
