"""All commands together."""

import typer

from pantau.cli import (
    accounts,
    analytics,
    backup,
    cameras,
    database,
    importing,
    information,
    init,
    looking,
    monitoring,
    recordings,
    release,
    secrets,
    serving,
    users,
)

app = typer.Typer(
    name="pantau",
    help="Pantau: private cameras, watched by anybody with a phone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(serving.app, name="serve")
app.add_typer(users.app, name="users")
app.add_typer(cameras.app, name="cameras")
app.add_typer(recordings.app, name="recordings")
app.add_typer(analytics.app, name="analytics")
app.add_typer(database.app, name="database")
app.add_typer(backup.app, name="backup")
app.add_typer(release.app, name="release")
app.add_typer(secrets.app, name="secrets")
app.command("probe")(looking.probe)
app.command("init")(init.init)
app.command("doctor")(looking.doctor)
app.command("health")(looking.health)
app.command("admin-link")(accounts.admin_link)
app.command("import-reference")(importing.import_reference)
app.command("monitoring")(monitoring.monitoring)
app.command("openapi")(information.openapi)
app.command("version")(information.version)
