"""`pantau users`: people who may sign in, for whoever may run commands on the machine."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pantau.cli.failing import MISUSED, fail, settings_or_exit, told
from pantau.core.errors import Problem

if TYPE_CHECKING:
    from pantau.accounts.users.service import Users
    from pantau.accounts.users.values import User
    from pantau.settings import Settings

app = typer.Typer(
    help="""
    Look after the people who may sign in. Pantau may be running.

    Examples:

      pantau users list

      pantau users add siti --role operator
    """,
    no_args_is_help=True,
)


class Role(StrEnum):
    """What somebody may do."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Name = Annotated[str, typer.Argument(help="The username, however it is written.")]
_Result = TypeVar("_Result")


@app.command("list")
def list_users(*, as_json: _Json = False) -> None:
    """
    List everybody who may sign in.

    Examples:

      pantau users list

      pantau users list --json | jq '.users[] | select(.role == "admin").username'
    """
    users = _run(lambda users: users.all())
    if as_json:
        typer.echo(json.dumps({"users": [_known(user) for user in users]}))
    else:
        _print(users)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="3 to 50 letters, digits, hyphens, underscores.")],
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    area: Annotated[
        list[int] | None,
        typer.Option(help="Of operators: the number of an area they may change; repeat it."),
    ] = None,
) -> None:
    """
    Add somebody who may sign in.

    The password is asked for, or read from the first line of stdin: on a command line every user of
    this machine could see it.

    Examples:

      pantau users add siti --role admin

      pantau users add budi --role operator --area 3 < password.txt
    """
    from pydantic import ValidationError

    from pantau.accounts.users.asker import AT_THE_CONSOLE
    from pantau.accounts.users.schemas import UserInput

    try:
        new = UserInput(
            username=username,
            password=_password(),
            role=role.value,
            area_ids=None if area is None else frozenset(area),
        ).as_new()
    except ValidationError as error:
        fail("\n".join(str(found["msg"]) for found in error.errors()), code=MISUSED)
    user = _run(lambda users: users.add(new, by=AT_THE_CONSOLE))
    typer.echo(f"{user.username} may sign in as {user.role}.")


@app.command()
def password(username: _Name) -> None:
    """
    Give somebody a new password; their sessions end.

    It is asked for, or read from the first line of stdin.

    Examples:

      pantau users password siti

      pantau users password siti < password.txt
    """
    from pantau.accounts.users.asker import AT_THE_CONSOLE

    chosen = _password()

    async def work(users: "Users") -> str:
        user = await users.named(username)
        await users.set_password(user.id, chosen, by=AT_THE_CONSOLE)
        return user.username

    typer.echo(f"{_run(work)} has a new password. All sessions of theirs have ended.")


@app.command()
def unlock(username: _Name) -> None:
    """
    Let somebody sign in again at once, who was locked after wrong passwords.

    Needs PANTAU_SHARED_STATE_URL: without it the locks are in the memory of the running server,
    where an admin unlocks them under Users, and a restart forgets them.

    Examples:

      pantau users unlock siti
    """
    from pantau.accounts.users.asker import AT_THE_CONSOLE

    if not settings_or_exit().shared_state_url:
        fail(
            "The locks are in the memory of the running server. Have an admin unlock the account "
            "under Users, restart the server, or sign in where that worked before: a known device "
            "is not locked out by strangers."
        )

    async def work(users: "Users") -> str:
        user = await users.named(username)
        await users.unlock(user.id, by=AT_THE_CONSOLE)
        return user.username

    typer.echo(f"{_run(work)} may try to sign in again.")


@app.command()
def reset_second_factor(username: _Name) -> None:
    """
    Take the second factor off an account whose owner lost it; their sessions end.

    Examples:

      pantau users reset-second-factor siti
    """
    from pantau.accounts.users.asker import AT_THE_CONSOLE

    async def work(users: "Users") -> str:
        user = await users.named(username)
        await users.reset_second_factor(user.id, by=AT_THE_CONSOLE)
        return user.username

    typer.echo(f"{_run(work)} signs in with the password alone.")


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = typer.get_text_stream("stdin").readline().rstrip("\r\n")
    if not line:
        fail("Give the password on the first line of stdin.", code=MISUSED)
    return line


def _run(work: Callable[["Users"], Awaitable[_Result]]) -> _Result:
    from pantau.app.foundation import FoundationError
    from pantau.app.running import FolderError, prepare_folders, prepare_log

    settings = settings_or_exit()
    prepare_log(settings, "users")
    with told(FolderError, FoundationError), _explained():
        prepare_folders(settings)
        return asyncio.run(_with_users(settings, work))


async def _with_users(
    settings: "Settings", work: Callable[["Users"], Awaitable[_Result]]
) -> _Result:
    from pantau.app.people import opened_users

    async with opened_users(settings) as users:
        return await work(users)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        reasons = problem.facts.get("sentences", ())
        lines = [problem.sentence, *(reasons if isinstance(reasons, tuple) else ())]
        fail("\n".join(str(line) for line in lines))


def _known(user: "User") -> dict[str, object]:
    return {
        "id": user.id,
        "username": user.username,
        "role": user.role,
        "area_ids": None if user.area_ids is None else sorted(user.area_ids),
        "disabled": user.is_disabled,
        "second_factor": user.has_second_factor,
        "created_at": user.created_at.isoformat(),
        "last_login_at": user.last_login_at and user.last_login_at.isoformat(),
    }


def _print(users: Sequence["User"]) -> None:
    table = Table("id", "username", "role", "areas", "last sign-in", "", box=None, pad_edge=False)
    for user in users:
        areas = "all" if user.area_ids is None else ", ".join(map(str, sorted(user.area_ids)))
        last = "never" if user.last_login_at is None else f"{user.last_login_at:%Y-%m-%d %H:%M} UTC"
        marks = [
            *(["disabled"] if user.is_disabled else []),
            *(["second factor"] if user.has_second_factor else []),
        ]
        table.add_row(
            str(user.id), escape(user.username), user.role, areas or "none", last, ", ".join(marks)
        )
    Console().print(table)
