"""What web, worker and commands stand on: the database, the secrets, the trail."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from pantau.app.cameras import SECRET_FILE
from pantau.app.database import opened_database
from pantau.app.folder_use import using_folder
from pantau.audit.chain import ChainKey
from pantau.audit.trail import AuditTrail
from pantau.audit.verification import Verifier
from pantau.audit.witness import FILE_NAME, Witness
from pantau.backups.staging import Staging
from pantau.core.clock import Clock, SystemClock
from pantau.core.key_file import KeyFileError
from pantau.core.sealing import Sealer, keyring
from pantau.core.signing import derive_key, installation_secret
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.settings import Settings
from pantau.site.service import SiteService
from pantau.site.values import defaults_for
from pantau.ui.catalogues import FOLDER as LANGUAGES
from pantau.ui.catalogues import adopt

log = structlog.get_logger()

SEALING_FILE: Final = "sealing.keys"


class FoundationError(Exception):
    """The data folder cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """Opened once per process."""

    settings: Settings
    clock: Clock
    database: Database
    secret: bytes
    sealer: Sealer
    trail: AuditTrail
    witness: Witness
    site: SiteService

    @property
    def audit_key(self) -> bytes:
        """What the chain of the trail is keyed with."""
        return derive_key(self.secret, "audit")

    def verifier(self) -> Verifier:
        """Return who can tell whether the trail is whole."""
        return Verifier(self.database, key=self.audit_key, witness=self.witness)


async def lay_foundation(
    settings: Settings, *, clock: Clock, supervisor: Supervisor, closing: AsyncExitStack
) -> Foundation:
    """Open everything; `closing` gets it first and so closes it last.  Raises FoundationError."""
    await closing.enter_async_context(using_folder(settings.data_dir, clock))
    await _carry_on_restore(settings, clock)
    secret, sealer = _secrets(settings)
    for told in adopt(settings.data_dir / LANGUAGES):
        event = "catalogue_refused" if told.is_refused else "catalogue_text_left_out"
        log.warning(event, file=told.file, why=told.sentence)
    database = await opened_database(settings, clock=clock, supervisor=supervisor, closing=closing)
    key = derive_key(secret, "audit")
    trail = AuditTrail(database, key=key, clock=clock)
    closing.push_async_callback(trail.close)
    site = site_of(settings, database, clock)
    await site.values()
    supervisor.add(Service("site.values", site.follow))
    return Foundation(
        settings=settings,
        clock=clock,
        database=database,
        secret=secret,
        sealer=sealer,
        trail=trail,
        witness=Witness(settings.data_dir / FILE_NAME, ChainKey(key)),
        site=site,
    )


@asynccontextmanager
async def opened_foundation(settings: Settings) -> AsyncIterator[Foundation]:
    """Give it to a command, beside a running hub or without one.

    Raises FoundationError and Problem.
    """
    clock = SystemClock()
    supervisor = Supervisor(clock)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(supervisor.stop, deadline_s=2.0)
        yield await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)


def site_of(settings: Settings, database: Database, clock: Clock) -> SiteService:
    """Return what the site says, which is what the settings say until it is read."""
    return SiteService(
        database,
        clock=clock,
        defaults=defaults_for(
            settings.site.name,
            settings.site.place,
            zone=settings.timezone,
            tiles=settings.site.map_tiles,
            credit=settings.site.map_credit,
        ),
    )


async def _carry_on_restore(settings: Settings, clock: Clock) -> None:
    if Staging(settings.data_dir).is_committed:
        # It needs all tables and the steps to them, which hardly a start has to load.
        from pantau.app.restoring import carry_on_restore  # noqa: PLC0415

        await carry_on_restore(settings, clock)


def _secrets(settings: Settings) -> tuple[bytes, Sealer]:
    try:
        secret = installation_secret(settings.data_dir / SECRET_FILE)
        return secret, Sealer(keyring(settings.data_dir / SEALING_FILE))
    except (ValueError, OSError, KeyFileError) as error:
        raise FoundationError(
            f"The data folder cannot be used: {error} Restore it from a backup or choose another "
            "with PANTAU_DATA_DIR."
        ) from error
