"""Commands for whoever is locked out of the admin."""

import asyncio

import typer

from pantau.cli.failing import settings_or_exit, told
from pantau.core.errors import Problem
from pantau.settings import Settings


def admin_link() -> None:
    """
    Make a link with which somebody becomes an admin, or gets a lost account back.

    The link works once, for 24 hours, also while other admins exist; whoever opens it chooses a
    username and a password. An existing username gets the new password and loses its second
    factor. Earlier links of this command stop working. Pantau may be running.

    Examples:

      pantau admin-link
    """
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders, prepare_log

    settings = settings_or_exit()
    prepare_log(settings, "admin-link")
    with told(FolderError, FoundationError, Problem):
        prepare_folders(settings)
        path = asyncio.run(_make_link(settings))
    base = settings.public_url or f"http://{_reachable(settings.host)}:{settings.port}"
    typer.echo(f"{base}{path}")


async def _make_link(settings: Settings) -> str:
    from pantau.accounts.first_run import Links
    from pantau.app.foundation import opened_foundation

    async with opened_foundation(settings) as base:
        return await Links(base.database, clock=base.clock).recovery(base.trail)


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
