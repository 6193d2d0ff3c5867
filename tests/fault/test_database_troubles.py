"""The database is locked, restarted or away: people watch on, and nothing acknowledged is lost."""

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.boot.installation import free_port
from tests.boot.test_accounts import PASSWORD, Browser
from tests.boot.test_managed_cameras import Operator
from tests.fault.leaving_servers import Postgresql
from tests.fault.troubled import CARD, RECORDED, TroubledHub, Watching, Writing
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]

SHORT_WAIT = "[database]\nwait_s = 1\n"
UNSEEN = ("/", "/api/cameras/active", "/api/stream", "/api/thumbnails/1.jpg", "/health/live")
"""What is answered from memory."""
SAID_ONCE = [("web", "database_unusable"), ("worker", "database_unusable")]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the write lock of the file, as a tool or a hung backup would."""
    connection = sqlite3.connect(folder / "data" / "pantau.db", isolation_level=None, timeout=45)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def assert_people_notice_nothing(hub: TroubledHub, *further: str) -> None:
    for target in (*UNSEEN, hub.live, *further):
        assert hub.status(target) == 200, target
    assert hub.json("/health")["status"] == "degraded"


def assert_refused_with_words(hub: TroubledHub, code: str) -> None:
    """Fail unless a sign-in is refused for now, in a way that programs and people understand."""
    browser = Browser(hub.port)
    form = {"username": "siti", "password": PASSWORD}
    status, text = browser.ask("/api/auth/login", body=form)
    assert (status, code in text) == (503, True), text
    status, headers, body = hub.get("/api/recordings/1/segments?from=1")
    if status == 503:
        assert int(headers["retry-after"]) >= 1
        assert b"Try again in a moment." in body


def told_once(hub: TroubledHub) -> Callable[[], bool]:
    def is_over() -> bool:
        over = [line["process"] for line in hub.told("database_usable_again")]
        return sorted(over) == ["web", "worker"]

    return is_over


def views(folder: Path) -> list[tuple[int, int]]:
    """Return camera and duration of every view that was written down, begun ones included."""
    connection = sqlite3.connect(folder / "data" / "pantau.db")
    try:
        return connection.execute("SELECT camera_id, duration_s FROM view_history").fetchall()
    finally:
        connection.close()


def test_a_locked_database_is_waited_for_and_nobody_who_watches_notices(tmp_path: Path) -> None:
    with TroubledHub(tmp_path, SHORT_WAIT + CARD) as hub:
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing:
            writing.until_acknowledged()
            with Watching(hub) as watching:
                hub.begin()
                with locked(tmp_path):
                    hub.until_told("database_unusable", process="web")
                    hub.until_told("database_unusable", process="worker")
                    until_in_thread(lambda: "database" in hub.down(), what="health that knows")
                    assert_people_notice_nothing(hub, "/api/recordings/1/segments")
                    assert_refused_with_words(hub, "database.busy")
                    watching.until_more()
                until_in_thread(told_once(hub), timeout_s=90, what="the end told by both")
                writing.until_acknowledged(2)
                watching.assert_unbroken()
            assert hub.urgent() == sorted([*SAID_ONCE, ("web", "part_changed")])
        assert writing.refused <= {(503, "database.busy")}
        writing.assert_all_there()
        until_in_thread(lambda: hub.down() == [], what="health that is well again")
    # Whoever watched through all of it is one view, however often it could not be noted.
    assert [camera for camera, _ in views(tmp_path)] == [1]


@pytest.mark.long
def test_postgresql_may_restart_and_stay_away_for_a_minute(tmp_path: Path) -> None:
    with (
        Postgresql() as server,
        TroubledHub(tmp_path, server.toml + RECORDED + CARD) as hub,
    ):
        hub.until_well()
        operator = Operator(hub)
        with Writing(operator) as writing, Watching(hub) as watching:
            writing.until_acknowledged()
            hub.begin()
            # As a power cut: nobody is told, and nothing is flushed in good order.
            server.leave(signal.SIGQUIT)
            until_in_thread(lambda: "database" in hub.down(), what="health that knows")
            watching.until_more(30)
            assert_people_notice_nothing(hub)
            assert_refused_with_words(hub, "database.away")
            assert hub.status("/api/recordings/1/segments") == 503
            server.start()
            until_in_thread(told_once(hub), timeout_s=90, what="the end told by both")
            writing.until_acknowledged(3)
            urgent = hub.urgent()
            # A restart in good order, as of an update, while requests are under way.
            server.leave(signal.SIGINT)
            server.start()
            writing.until_acknowledged(3)
            watching.until_more()
        watching.assert_unbroken()
        assert [each for each in urgent if each != ("web", "part_changed")] == SAID_ONCE
        writing.assert_all_there()
        until_in_thread(lambda: hub.down() == [], what="health that is well again")


@pytest.mark.long
def test_a_hub_whose_postgresql_is_not_there_says_so_and_starts_when_it_is(tmp_path: Path) -> None:
    """A supervisor starts it again and again: each time one sentence, and no trace."""
    nobody = f'[database]\nurl = "postgresql://pantau@127.0.0.1:{free_port()}/pantau"\n'
    with TroubledHub(tmp_path, nobody + CARD) as hub:
        hub.process.wait(90)
        assert hub.process.returncode == 1
        assert "Traceback" not in hub.stderr
        assert "does not answer" in hub.stderr
    with Postgresql() as server, TroubledHub(tmp_path, server.toml + CARD) as hub:
        hub.until_well()
