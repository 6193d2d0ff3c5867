"""Shards that answer, and are replaced anyway."""

import tempfile
from pathlib import Path
from typing import Any

import pytest

from pantau.core.clock import SystemClock
from pantau.core.supervisor import Supervisor
from pantau.mediaserver.path_conf import complete, defaults, engine_part
from pantau.mediaserver.shard_birth import Births
from pantau.mediaserver.shard_process import Limits
from pantau.mediaserver.shards import Shards
from tests.mediaserver.running import STAND_IN
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.fault]


def order(source: str) -> dict[str, Any]:
    made = engine_part(complete("x", {"source": source}, over=defaults()))
    assert made is not None
    return made


async def pids_after_three_looks(limits: Limits, source: str) -> set[int]:
    """Return the processes that there were until a second one came, or three looks had passed."""
    clock = SystemClock()
    supervisor = Supervisor(clock)
    pids: set[int] = set()
    looks: set[float] = set()
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        shards = Shards(
            folder=Path(short),
            births=Births(STAND_IN, clock),
            clock=clock,
            supervisor=supervisor,
            say=lambda line: None,
            shard_size=50,
            limits=limits,
        )
        shards.start()
        await shards.put("gate", order(source))
        shard = shards.shard_of("gate")
        assert shard is not None

        def is_enough() -> bool:
            pids.update(filter(None, [shard.pid]))
            looks.add(shard.last.seen_mono)
            return len(pids) > 1 or len(looks) > 3

        await until(is_enough, timeout_s=45)
        await shards.stop(deadline_s=8)
        await supervisor.stop(deadline_s=2)
    return pids


async def test_shard_that_uses_too_much_memory_is_replaced() -> None:
    assert len(await pids_after_three_looks(Limits(1, least_life_s=0), "testcard:steady")) == 2


async def test_shard_with_many_lost_threads_is_replaced() -> None:
    assert len(await pids_after_three_looks(Limits(least_life_s=0), "testcard:abandons")) == 2


async def test_shard_that_is_young_or_within_its_limits_is_left_alone() -> None:
    assert len(await pids_after_three_looks(Limits(1), "testcard:steady")) == 1
    assert len(await pids_after_three_looks(Limits(least_life_s=0), "testcard:steady")) == 1
