"""What runs for weeks carries only what it needs: modules that a start must not load."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

LISTING = """
import json, os, sys
from importlib import import_module
from pantau.core.plain_log import load_plain_log
load_plain_log()

def tell(name, *modules):
    for module in modules:
        import_module(module)
    print(json.dumps([name, sorted({name.partition(".")[0] for name in sys.modules})]), flush=True)

# A shard is its own start; what the others load, the nursery loads one after the other.
if os.fork() == 0:
    tell("shard", "pantau.mediaserver.shard")
    os._exit(0)
tell("parent", "pantau.cli.serving", "pantau.app.family")
tell("media", "pantau.app.media")
tell("web", "pantau.app.worker", "pantau.app.web")
os.wait()
"""
UNWANTED = {
    "shard": "rich sqlalchemy fastapi pydantic PIL",
    "parent": "rich sqlalchemy aiohttp fastapi av alembic",
    "media": "rich sqlalchemy fastapi av PIL",
    "web": "rich alembic apprise av asyncpg redis",
}


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
