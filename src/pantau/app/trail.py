"""Verifies the audit trail for `pantau doctor`; changes and makes nothing."""

from typing import Final

from pantau.app.cameras import SECRET_FILE
from pantau.app.database import database_place
from pantau.audit.chain import ChainKey
from pantau.audit.verification import ChainReport, Verifier
from pantau.audit.witness import FILE_NAME, Witness
from pantau.core.clock import SystemClock
from pantau.core.errors import Problem
from pantau.core.signing import derive_key, installation_secret
from pantau.db.database import open_database
from pantau.migrations.upgrade import read_standing
from pantau.operations.doctor import Finding
from pantau.operations.trail_check import check_trail, trail_not_begun
from pantau.settings import Settings

_FIRST_STEP: Final = "0004"


async def look_at_trail(settings: Settings) -> Finding:
    """Return what is to be said of the trail; takes some seconds for millions of entries."""
    try:
        report = await _report(settings)
    except (Problem, OSError, ValueError):
        return check_trail(None)
    return trail_not_begun() if report is None else check_trail(report)


async def _report(settings: Settings) -> ChainReport | None:
    clock = SystemClock()
    place = database_place(settings)
    standing = await read_standing(place, clock=clock)
    secret_file = settings.data_dir / SECRET_FILE
    if (standing.stored or "") < _FIRST_STEP or not secret_file.exists():
        return None
    key = derive_key(installation_secret(secret_file), "audit")
    database = open_database(place, clock=clock, readers=1)
    try:
        witness = Witness(settings.data_dir / FILE_NAME, ChainKey(key))
        return await Verifier(database, key=key, witness=witness).verify()
    finally:
        await database.close()
