"""Parts of the media engine that die since a deploy."""

import pytest

from pantau.operations.release.verdict import Action
from pantau.operations.release.words import sayings, sentence
from tests.operations.release.found import baseline, measured, row, verdict


@pytest.mark.parametrize(
    ("deaths", "before", "others", "action"),
    [
        (0, None, 0, Action.KEEP),
        (1, None, 0, Action.MONITOR),
        (2, None, 0, Action.ROLL_BACK),
        (2, (0, 86_400.0), 0, Action.ROLL_BACK),
        (2, (480, 86_400.0), 0, Action.MONITOR),
        (9, (480, 86_400.0), 0, Action.ROLL_BACK),
        # Media runs for longer than web: what it counted is of all that time.
        (2, (480, 8_640_000.0), 0, Action.ROLL_BACK),
        (1, None, 1, Action.ROLL_BACK),
    ],
)
def test_parts_of_the_engine_that_die_are_critical_unless_they_did_before(
    deaths: int, before: tuple[int, float] | None, others: int, action: Action
) -> None:
    found = measured(shard_restarts=deaths, critical={"web": others, "worker": 0})
    told = {} if before is None else {"shard_restarts": before[0], "shards_s": before[1]}
    seen = row(verdict(found, baseline(**told)), "critical")
    assert seen.action is action
    if deaths:
        assert f"shards {deaths}" in sentence(seen.measured, sayings(str))
