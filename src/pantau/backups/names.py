"""What archives are called, so that they are found again and nothing else is ever deleted."""

import re
from datetime import UTC, datetime
from typing import Final

from pantau.backups.models import ProtectionKind

_NAME: Final = re.compile(r"pantau-backup-(?P<at>\d{8}T\d{6}Z)\.tar(\.age)?", re.ASCII)
_AT: Final = "%Y%m%dT%H%M%SZ"
SUM_SUFFIX: Final = ".sha256"


def archive_name(at: datetime, protection: ProtectionKind) -> str:
    """Return the name of a backup made at `at`."""
    ending = "tar" if protection == "none" else "tar.age"
    return f"pantau-backup-{at.astimezone(UTC):{_AT}}.{ending}"


def moment_in(name: str) -> datetime | None:
    """Return when a backup of that name was made; None: it is none of ours."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    try:
        return datetime.strptime(parts["at"], _AT).replace(tzinfo=UTC)
    except ValueError:
        return None
