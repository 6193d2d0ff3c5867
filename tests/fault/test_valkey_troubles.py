"""The shared counters are restarted or away: each process counts alone, and says so once."""

import signal
from pathlib import Path

import pytest

from tests.boot.test_managed_cameras import Operator
from tests.fault.leaving_servers import Valkey
from tests.fault.troubled import CARD, GENEROUS, TroubledHub, Watching, Writing, guess
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]

AWAY = [("web", "shared_counters_unreachable"), ("web", "shared_views_unreachable")]
FEWER = GENEROUS.replace("auth_per_minute = 100000", "auth_per_minute = 600")
BACK = ["shared_counters_answered_again", "shared_views_answered_again"]


def test_valkey_may_restart_and_be_away_and_limits_hold_all_the_time(tmp_path: Path) -> None:
    with Valkey() as server, TroubledHub(tmp_path, server.toml + CARD, limits=FEWER) as hub:
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing, Watching(hub) as watching:
            writing.until_acknowledged()
            hub.begin()
            server.leave(signal.SIGKILL)
            for _, event in AWAY:
                hub.until_told(event)
            watching.until_more(5)
            writing.until_acknowledged(2)
            assert hub.down() == []
            server.start()
            for event in BACK:
                hub.until_told(event)
            writing.until_acknowledged(2)
            watching.until_more()
            urgent = hub.urgent()
            server.leave(signal.SIGKILL)
            server.start()
            writing.until_acknowledged(2)
            writing.end()
            # Nobody's guesses are uncounted: this process goes on with what it has seen itself.
            server.leave(signal.SIGKILL)
            until_in_thread(lambda: guess(hub) == 429, timeout_s=90, what="guessing is refused")
        watching.assert_unbroken()
        assert urgent == AWAY
        assert [len(hub.told(event)) for event in BACK] == [1, 1]
        assert writing.refused == set()
        until_in_thread(lambda: guess(hub) != 429, timeout_s=120, what="a minute that is over")
        writing.assert_all_there()
