"""What `pantau doctor` says of the audit trail."""

from typing import Final

from pantau.audit.verification import ChainReport
from pantau.operations.doctor import Finding

_NAME: Final = "audit trail"
_FIX: Final = (
    "Keep a copy of the database and of audit.witness as evidence, and compare with the last "
    "backup. If you restored a backup yourself, delete audit.witness."
)


def check_trail(report: ChainReport | None) -> Finding:
    """Whether the trail is as it was written; None: its database cannot be read."""
    if report is None:
        return Finding(
            _NAME,
            ok=False,
            message="cannot be read",
            fix="Repair the database first: pantau database check.",
        )
    if report.found is not None:
        return Finding(_NAME, ok=False, message=report.found.message, fix=_FIX)
    return Finding(_NAME, ok=True, message=f"{report.entries} entries, every one as written")


def trail_not_begun() -> Finding:
    """What is said where nothing was ever recorded."""
    return Finding(_NAME, ok=True, message="not begun: Pantau has not run here yet")
