"""The description of the whole API where nothing runs: endpoints on services nobody asks."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pantau.app.accounts import join_accounts
from pantau.app.cameras import SECRET_FILE
from pantau.app.community import community_of
from pantau.app.database import database_place
from pantau.app.doors import build_doors
from pantau.app.endpoints.alerts import alerts_of
from pantau.app.endpoints.analytics import analytics_of, analytics_router
from pantau.app.endpoints.api import build_api
from pantau.app.endpoints.overlooking import described_dashboard
from pantau.app.endpoints.releases import release_desk, release_router
from pantau.app.endpoints.viewers import viewer_router
from pantau.app.endpoints.whole import Parts, routers_of
from pantau.app.footage import footage_of
from pantau.app.foundation import SEALING_FILE, Foundation, site_of
from pantau.app.managing import managing_of
from pantau.app.media_server import media_server_client
from pantau.app.sponsors import sponsoring_of
from pantau.app.viewing import viewing_of
from pantau.audit.chain import ChainKey
from pantau.audit.trail import AuditTrail
from pantau.audit.witness import FILE_NAME, Witness
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.metrics import Exposition, Measured
from pantau.core.sealing import Sealer, keyring
from pantau.core.signing import derive_key, installation_secret
from pantau.core.supervisor import Supervisor
from pantau.db.database import open_database
from pantau.settings import Settings
from pantau.web.counters import MemoryCounters
from pantau.web.endpoints import add_routes
from pantau.web.response_cache import ResponseCache


def describe() -> dict[str, Any]:
    """Return the OpenAPI document that a running hub serves; connects to nothing, keeps nothing.

    It is the same for every installation, so that no settings are read.
    """
    with TemporaryDirectory(prefix="pantau-description-") as folder:
        base = _foundation(Path(folder))
        accounts = join_accounts(base, MemoryCounters(base.clock))
        accounts.signing_in.hasher.close()
        cache = ResponseCache(
            clock=base.clock, spawn=Supervisor(base.clock).spawn, most_entries=1, most_bytes=1
        )
        catalogue = Catalogue((), clock=base.clock)
        doors = build_doors(base, accounts)
        managing = managing_of(base, catalogue, media_server_client(base.settings))
        parts = Parts(
            base=base,
            accounts=accounts,
            doors=doors,
            cache=cache,
            exposition=Exposition(_nothing_to_measure),
            managing=managing,
            alerts=alerts_of(base, catalogue),
            footage=footage_of(base, catalogue, accounts, managing.editing, doors.clients),
            community=community_of(
                base, catalogue, counters=accounts.counters, clients=doors.clients
            ),
            sponsoring=sponsoring_of(base, catalogue),
        )
        viewing = viewing_of(base, catalogue)
        api = build_api()
        add_routes(
            api,
            (
                *routers_of(parts),
                viewer_router(viewing),
                analytics_router(
                    base,
                    catalogue,
                    analytics_of(base, catalogue, viewing.viewers),
                    clients=doors.clients,
                    resolver=accounts.signing_in.resolver,
                    is_stopping=lambda: True,
                ),
                *described_dashboard(base),
                release_router(release_desk(base)),
            ),
        )
        return api.openapi()


def _foundation(folder: Path) -> Foundation:
    settings, clock = Settings.model_construct(data_dir=folder), SystemClock()
    secret = installation_secret(folder / SECRET_FILE)
    database = open_database(database_place(settings), clock=clock)
    key = derive_key(secret, "audit")
    return Foundation(
        settings=settings,
        clock=clock,
        database=database,
        secret=secret,
        sealer=Sealer(keyring(folder / SEALING_FILE)),
        trail=AuditTrail(database, key=key, clock=clock),
        witness=Witness(folder / FILE_NAME, ChainKey(key)),
        site=site_of(settings, database, clock),
    )


def _nothing_to_measure() -> Measured:
    raise RuntimeError("a description measures nothing")
