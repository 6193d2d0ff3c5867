"""Opens both ends of an import: the file of the reference, and this installation."""

from pathlib import Path

from pantau.app.foundation import opened_foundation
from pantau.operations.reference_import.reference_rows import reference_file
from pantau.operations.reference_import.report import Report
from pantau.operations.reference_import.service import Target, import_reference
from pantau.settings import Settings


async def run_import(settings: Settings, file: Path, *, is_dry: bool) -> Report:
    """Import `file` into the installation of `settings`, which may be running.

    Raises UnusableFileError, FoundationError and Problem.
    """
    # The file first: nothing is made or upgraded here for a file that is of no use.
    with reference_file(file) as source:
        async with opened_foundation(settings) as base:
            target = Target(
                database=base.database,
                sealer=base.sealer,
                secret=base.secret,
                audit_key=base.audit_key,
                trail=base.trail,
                clock=base.clock,
                timezone=base.site.now().time.zone,
                audit_keep_days=settings.audit.keep_days,
                keeps_addresses=base.site.now().viewers.keep_addresses,
            )
            return await import_reference(source, target, is_dry=is_dry)
