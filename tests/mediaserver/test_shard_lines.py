"""What a shard logs by itself counts among what media logs."""

from collections import Counter
from collections.abc import Mapping

import aiohttp
import pytest

from pantau.mediaserver.process import SHARD_COMMAND
from pantau.mediaserver.routes import ORDERS_ROUTE
from tests.mediaserver.running import media_server
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_an_unforeseen_error_in_a_real_shard_is_counted_once() -> None:
    heard: Counter[str] = Counter()
    looks = 0

    def count(lines: Mapping[str, int], unhandled: int) -> None:
        nonlocal looks
        looks += 1
        heard.update(lines)
        heard["unhandled"] += unhandled

    async with media_server(shard_command=SHARD_COMMAND, count=count) as server:
        await until(lambda: looks > 0)
        before = heard["error"]
        connector = aiohttp.UnixConnector(path=str(next(server.folder.glob("shard-*.sock"))))
        async with aiohttp.ClientSession(connector=connector) as session:
            answer = await session.put(f"http://shard{ORDERS_ROUTE}", json={"gate": {}})
            assert answer.status == 500
        await until(lambda: heard["unhandled"] > 0)
        looks_before = looks
        await until(lambda: looks > looks_before + 1)

    assert heard["unhandled"] == 1
    assert heard["error"] == before + 1
