"""The shared counters are restarted or away: each process counts alone, and says so once."""

import signal
from pathlib import Path

import pytest

from tests.boot.test_accounts import Browser
from tests.boot.test_managed_cameras import Operator
from tests.fault.leaving_servers import Valkey
from tests.fault.troubled import CARD, TroubledHub, Watching, Writing
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]

AWAY = [("web", "shared_counters_unreachable"), ("web", "shared_views_unreachable")]
BACK = ["shared_counters_answered_again", "shared_views_answered_again"]


def sign_in(hub: TroubledHub) -> int:
    form = {"username": "nobody", "password": "wrong"}
    return Browser(hub.port).ask("/api/auth/login", body=form)[0]


def test_valkey_may_restart_and_be_away_and_limits_hold_all_the_time(tmp_path: Path) -> None:
    with Valkey() as server, TroubledHub(tmp_path, server.toml + CARD) as hub:
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing, Watching(hub) as watching:
            writing.until_acknowledged()
            server.leave(signal.SIGKILL)
            server.start()
            writing.until_acknowledged(2)
            hub.begin()
            server.leave(signal.SIGKILL)
            for _, event in AWAY:
                hub.until_told(event)
            watching.until_more(5)
            writing.until_acknowledged(2)
            # Nobody's guesses are uncounted: this process goes on with what it has seen itself.
            until_in_thread(lambda: sign_in(hub) == 429, what="guessing that is refused")
            assert hub.down() == []
            server.start()
            for event in BACK:
                hub.until_told(event)
            writing.until_acknowledged(2)
            watching.until_more()
        watching.assert_unbroken()
        assert hub.urgent() == AWAY
        assert [len(hub.told(event)) for event in BACK] == [1, 1]
        assert writing.refused == set()
        writing.assert_all_there()
