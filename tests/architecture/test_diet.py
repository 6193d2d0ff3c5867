"""What runs for weeks carries only what it needs: modules that a start must not load."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import pytest

LISTING = """
import json, os, sys
from importlib import import_module
from pantau.core.plain_log import load_plain_log
load_plain_log()

def tell(name, *modules):
    for module in modules:
        import_module(module)
    print(json.dumps([name, sorted(sys.modules)]), flush=True)

# A shard is its own start; what the others load, the nursery loads one after the other.
if os.fork() == 0:
    tell("shard", "pantau.mediaserver.shard")
    os._exit(0)
tell("parent", "pantau.cli.serving", "pantau.app.family")
tell("media", "pantau.app.media")
tell("worker", "pantau.app.worker")
from pantau.db.base import Base
referred = {key.target_fullname.partition(".")[0] for table in Base.metadata.tables.values()
            for key in table.foreign_keys}
print(json.dumps(["missing tables", sorted(referred - set(Base.metadata.tables))]), flush=True)
tell("web", "pantau.app.worker", "pantau.app.web")
from pantau.migrations.revisions import STEPS
from pantau.migrations.stepping import oldest_release_of
oldest_release_of(STEPS)
tell("web that made its tables", "alembic.command")
os.wait()
"""
_WEB: Final = (
    "rich apprise av asyncpg redis PIL click multiprocessing uvicorn.main"
    " cryptography.x509 cryptography.hazmat.primitives.asymmetric prometheus_client wsgiref"
    " http.server defusedxml xml.sax sqlalchemy.dialects.postgresql aiosqlite fastapi starlette"
    " anyio opentelemetry python_multipart pantau.admin.pages"
)
UNWANTED = {
    "shard": "rich sqlalchemy fastapi pydantic PIL greenlet",
    "parent": "rich sqlalchemy aiohttp fastapi av alembic greenlet",
    "media": "rich sqlalchemy fastapi av PIL greenlet",
    "worker": "fastapi starlette jinja2 python_multipart markdown_it segno PIL obstore"
    " opentelemetry pyrage argon2 pyotp rich alembic av pantau.admin pantau.portal pantau.tables"
    " pantau.accounts.sessions pantau.web.endpoints pantau.web.problems pantau.ui.render"
    " pantau.backups.restoring pantau.operations.release pantau.operations.dashboard"
    " sqlalchemy.dialects.postgresql aiosqlite asyncpg psutil",
    "web": f"{_WEB} alembic",
    "web that made its tables": f"{_WEB} mako mako.template pygments alembic.ddl.postgresql",
}
MOST_MODULES: Final = {"worker": 1110, "web": 1560}
"""With those of media, as the nursery has them.  Endpoints and operators' pages would
be 500 more."""


@pytest.fixture(scope="module")
def loaded() -> Mapping[str, set[str]]:
    """Return what each has loaded, by one process that starts everything once."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True, timeout=60
    )
    told = (json.loads(line) for line in done.stdout.splitlines())
    return {name: set(modules) for name, modules in told}


@pytest.mark.parametrize("name", UNWANTED)
def test_a_start_does_not_load_what_it_does_not_need(
    name: str, loaded: Mapping[str, set[str]]
) -> None:
    assert loaded[name] & set(UNWANTED[name].split()) == set()


@pytest.mark.parametrize("name", MOST_MODULES)
def test_a_start_loads_few_modules(name: str, loaded: Mapping[str, set[str]]) -> None:
    assert len(loaded[name]) <= MOST_MODULES[name]


def test_the_worker_has_every_table_that_its_own_refer_to(loaded: Mapping[str, set[str]]) -> None:
    assert loaded["missing tables"] == set()
