"""A whole Pantau to which something happens: what it says, what people see, what it keeps."""

import http.client
import json
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from tests.boot.installation import Installation
from tests.boot.test_accounts import Browser
from tests.boot.test_managed_cameras import Operator
from tests.fault.test_patient_viewers import PatientPlayer
from tests.support.waiting import until_in_thread

CARD = """
[[cameras]]
name = "Card"
source = "testcard:"
on_demand = false
record = true
"""
RECORDED = """
[recordings]
segment_s = 10
reserve_bytes = 1048576
"""
GENEROUS = """
[limits]
public_per_minute = 100000
auth_per_minute = 100000
admin_per_minute = 100000
reads_per_minute = 100000
"""
"""Whoever waits for something to happen asks often."""
URGENT = {"warning", "error", "critical"}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"}


class TroubledHub(Installation):
    """An installation that remembers up to where its log was read."""

    def __init__(
        self,
        folder: Path,
        toml: str = RECORDED + CARD,
        *arguments: str,
        limits: str = GENEROUS,
        **environment: str,
    ) -> None:
        super().__init__(folder, toml + limits, *arguments)
        self._more = environment
        self._read = (0, 0)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self._more}

    @property
    def live(self) -> str:
        """The address of the card's playlist."""
        return str(self.streams()["Card"]["streams"]["hls"])

    def until_well(self) -> "TroubledHub":
        """Wait until the card is live and has a still."""
        self.until_ready().until_live("Card")
        number = self.streams()["Card"]["id"]
        until_in_thread(
            lambda: self.get(f"/api/thumbnails/{number}.jpg")[0] == 200, what="the first still"
        )
        return self

    def begin(self) -> None:
        """Forget what was said up to here."""
        self._read = (len(self.stdout), len(self.stderr))

    def told(self, event: str = "", **facts: object) -> list[dict[str, Any]]:
        """Return what was said since `begin`: lines of that event with those facts."""
        said = [
            json.loads(line)
            for text, at in zip((self.stdout, self.stderr), self._read, strict=True)
            for line in text[at:].splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [
            line for line in said if event in {"", line["event"]} and facts.items() <= line.items()
        ]

    def until_told(self, event: str, **facts: object) -> dict[str, Any]:
        """Wait for such a line and return the first."""
        until_in_thread(lambda: self.told(event, **facts), timeout_s=90, what=f"{event} {facts}")
        return self.told(event, **facts)[0]

    def urgent(self) -> list[tuple[str, str]]:
        """Return process and event of every line since `begin` that a person should read."""
        return sorted(
            (str(line["process"]), str(line["event"]))
            for line in self.told()
            if line["level"] in URGENT
        )

    def get(self, target: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=45)
        try:
            connection.request("GET", target, headers=BROWSER)
            answer = connection.getresponse()
            headers = {name.lower(): text for name, text in answer.getheaders()}
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def status(self, target: str) -> int:
        return self.get(target)[0]

    def down(self) -> list[str]:
        """Return which parts are down by `/health`."""
        down: list[str] = self.json("/health")["down"]
        return down

    def part(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.json("/health")["parts"][name]
        return found


def guess(hub: TroubledHub) -> int:
    """Try a wrong password; return how that was answered."""
    form = {"username": "siti", "password": "wrong"}
    try:
        return Browser(hub.port).ask("/api/auth/login", body=form)[0]
    except KeyError:
        # Not even the token was given out, and for the same reason.
        return hub.status("/api/auth/csrf")


class Watching:
    """A context: somebody watches the card all the time."""

    def __init__(self, hub: TroubledHub) -> None:
        self._player = PatientPlayer(hub, hub.live)

    def __enter__(self) -> Self:
        self._player.start()
        until_in_thread(lambda: len(self._player.numbers) > 1, what="first segments")
        return self

    def __exit__(self, *_: object) -> None:
        self._player.stop()

    def until_more(self, count: int = 3) -> None:
        """Wait until so many more segments were played."""
        seen = len(self._player.numbers)
        until_in_thread(
            lambda: len(self._player.numbers) >= seen + count,
            timeout_s=90,
            what=f"{count} more segments",
        )

    def assert_unbroken(self) -> None:
        """Fail unless every request was answered and every segment played, one after another."""
        assert self._player.failures == 0
        self.assert_gapless()

    def assert_gapless(self) -> None:
        """Fail when a segment was missed; requests may have been refused meanwhile."""
        missed = [
            (before, after)
            for before, after in pairwise(self._player.numbers)
            if after != before + 1 and after not in self._player.oldest
        ]
        assert missed == []


@dataclass
class Writing:
    """A context: somebody adds areas all the time and notes which were acknowledged."""

    operator: Operator
    acknowledged: list[str] = field(default_factory=list)
    refused: set[tuple[int, str]] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Add no more."""
        self._over.set()
        assert self._thread is not None
        self._thread.join(60)

    def _run(self) -> None:
        number = 0
        while not self._over.wait(0.3):
            number += 1
            name = f"Kampung {id(self)} {number}"
            try:
                status, answer = self.operator.ask("POST", "/api/areas", {"name": name})
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                # Not even the token that a write needs was given out.
                continue
            if status in {200, 201}:
                self.acknowledged.append(name)
            else:
                self.refused.add((status, str(answer["code"])))

    def until_acknowledged(self, count: int = 1) -> None:
        """Wait for so many more acknowledgements."""
        seen = len(self.acknowledged)
        until_in_thread(
            lambda: len(self.acknowledged) >= seen + count, timeout_s=90, what="acknowledgements"
        )

    def assert_all_there(self) -> None:
        """Fail unless the hub has everything that it acknowledged."""
        status, answer = self.operator.ask("GET", "/api/areas")
        assert status == 200
        assert set(self.acknowledged) <= {area["name"] for area in answer["data"]}


def footage(operator: Operator, camera_id: int = 1) -> set[str]:
    """Return the names of the finished files in the catalogue."""
    status, answer = operator.ask("GET", f"/api/recordings/{camera_id}/segments")
    assert status == 200, answer
    return {each["filename"] for each in answer["data"]["segments"] if not each["is_open"]}


def until_footage(operator: Operator, count: int, *, besides: frozenset[str] = frozenset()) -> None:
    """Wait for so many finished files that are not among `besides`."""
    until_in_thread(
        lambda: len(footage(operator) - besides) >= count, timeout_s=120, what="finished files"
    )
