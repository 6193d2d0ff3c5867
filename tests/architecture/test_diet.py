"""What runs for weeks carries only what it needs: modules that a start must not load."""

import json
import subprocess
import sys

import pytest

LISTING = """
import json, sys
from pantau.core.plain_log import load_plain_log
load_plain_log()
import {module}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("pantau.cli.serving, pantau.app.family", "rich sqlalchemy aiohttp fastapi av alembic"),
        ("pantau.app.media", "rich sqlalchemy fastapi av PIL"),
        ("pantau.mediaserver.shard", "rich sqlalchemy fastapi pydantic PIL"),
        ("pantau.app.web, pantau.app.worker", "rich alembic apprise av asyncpg redis"),
    ],
)
def test_a_start_does_not_load_what_it_does_not_need(module: str, unwanted: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTING.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert set(json.loads(done.stdout)) & set(unwanted.split()) == set()
