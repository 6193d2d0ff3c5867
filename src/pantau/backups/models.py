"""Backups as the rest of the house speaks of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import ConfigDict

from pantau.core.shapes import Shape

RunKind = Literal["planned", "asked", "console"]
RunState = Literal["waiting", "running", "done", "failed"]
ProtectionKind = Literal["none", "passphrase", "recipients"]
DeliveryKind = Literal["directory", "s3", "telegram"]
People = Literal["keep", "backup"]
"""Keep the accounts that are here, or have exactly those of the backup."""

NO_PASSPHRASE: Final = ""


class Delivered(Shape):
    """How bringing a backup to one place went."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    to: DeliveryKind
    place: str
    problem: str = ""
    """Empty: it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One backup and what became of it."""

    id: int
    kind: RunKind
    state: RunState
    asked_by: str
    asked_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    file_name: str = ""
    folder: str = ""
    size_bytes: int = 0
    sha256: str = ""
    protection: ProtectionKind = "none"
    rows_done: int = 0
    rows_total: int = 0
    problem: str = ""
    deliveries: tuple[Delivered, ...] = ()

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come of it."""
        return self.state in {"done", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When backups are made, how they are locked, and where they go."""

    enabled: bool = False
    every_hours: int = 24
    keep_daily: int = 7
    keep_weekly: int = 4
    keep_monthly: int = 6
    protection: ProtectionKind = "passphrase"
    has_passphrase: bool = False
    recipients: tuple[str, ...] = ()
    directory: str = ""
    """Empty: the folder in the data folder."""
    s3_enabled: bool = False
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_prefix: str = ""
    s3_region: str = ""
    s3_access_key: str = ""
    has_s3_secret: bool = False
    telegram_target: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """Whether there is a backup to rely on; for pages, alerts and health."""

    enabled: bool
    last_success_at: datetime | None
    last_failure_at: datetime | None
    """Of a failure after the last success; None: nothing failed since."""
    last_problem: str
    next_due_at: datetime | None
    """None: nothing is planned."""
    is_overdue: bool
    """The plan is on, and there is no success where there should be one by now."""
    running: Run | None
