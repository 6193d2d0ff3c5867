"""What players are told, byte for byte, and that nothing of the framework is needed for it.

The answers in `answers_to_beats.json` are those that the framework's endpoints gave before the fast
lane took the beats: every player and every program that reads them knows these.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.safety.house import House
from tests.support.waiting import PATIENCE_S
from tests.viewers.beats import BEATS, Beat, address_of, told
from tests.viewers.test_viewer_api import hub
from tests.web.http_peer import Answer, Visitor, visiting

pytestmark = pytest.mark.anyio

KEPT: Final = json.loads(
    Path(__file__).with_name("answers_to_beats.json").read_text(encoding="utf-8")
)
SOMEBODY: Final = "203.0.113.250"
WITHOUT_FRAMEWORK: Final = """
import sys
import pantau.app.viewing, pantau.web.fast_lane, pantau.web.guard
from pantau.viewers.schemas import QualityInput, SessionInput, StartInput
from pantau.web.bodies import WrongInputs, shaped
JSON = ((b"content-type", b"application/json"),)
shaped(StartInput, JSON, b'{"cameraId":1}')
shaped(SessionInput, JSON, b'{"sessionId":"x"}')
try:
    shaped(QualityInput, JSON, b'{}')
except WrongInputs:
    print(sorted({"fastapi", "starlette"} & set(sys.modules)))
"""


@pytest.fixture
async def house(anyio_backend: str, tmp_path: Path) -> AsyncIterator[House]:
    async with hub(tmp_path) as one:
        yield one


async def say(visitor: Visitor, beat: Beat, session: str, address: str = SOMEBODY) -> Answer:
    await visitor.say(beat.wire(session, address))
    return await visitor.hear(to=beat.method)


async def begun(house: House) -> str:
    async with visiting(house.port) as visitor:
        answer = await say(visitor, BEATS["start"], "")
        session: str = json.loads(answer.body)["data"]["sessionId"]
        return session


async def noted(house: House) -> dict[str, list[Any]]:
    """Return what the trail has about each address."""
    await house.base.trail.flush(everything=True)
    await house.add_user("ani", "admin")
    bearer = (await house.sign_in("ani")).access_token
    listed = await house.ask("GET", "/api/admin/audit?limit=200", bearer=bearer)
    found: dict[str, list[Any]] = {}
    for entry in reversed(listed.json["data"]):
        details = {**entry["details"], "request_id": "…"}
        found.setdefault(entry["address"], []).append([entry["name"], entry["endpoint"], details])
    return found


async def test_every_beat_is_answered_noted_and_counted_as_ever(house: House) -> None:
    session, answers = await begun(house), {}
    for name, beat in BEATS.items():
        async with visiting(house.port) as visitor:
            answers[name] = told(await say(visitor, beat, session, address_of(name)), session)
    events = await noted(house)
    assert answers.keys() == KEPT["answers"].keys()
    for name, answer in answers.items():
        kept = KEPT["answers"][name]
        headers = sorted([*KEPT["headers of each"], *kept["headers"]])
        now = {**answer, "noted": events.get(address_of(name), [])}
        assert now == {**kept, "headers": headers}, name
    statuses = Counter(["200", *(str(answer["status"]) for answer in answers.values())])
    counts = house.lane.traffic.counts()
    assert {status: n for (kind, status), n in counts.items() if kind == "viewers"} == statuses
    measured = house.lane.traffic.latencies()["viewer"]
    assert sum(measured.counts) == statuses.total()


async def test_whatever_a_beat_was_the_connection_goes_on(house: House) -> None:
    session = await begun(house)
    async with visiting(house.port) as visitor:
        for name, beat in BEATS.items():
            answer = await say(visitor, beat, session, address_of(name))
            assert answer.status == KEPT["answers"][name]["status"], name
            assert (await visitor.ask("/health/live")).status == 200, name
        # And one after the other without waiting.
        beats = (BEATS["heartbeat of nobody"], BEATS["too much in pieces"], BEATS["heartbeat"])
        await visitor.say(b"".join(beat.wire(session, SOMEBODY) for beat in beats))
        assert [(await visitor.hear()).status for _ in beats] == [200, 413, 200]


async def test_a_beat_whose_body_never_comes_is_nobodys_trouble(house: House) -> None:
    session, whole = await begun(house), BEATS["heartbeat"]
    async with visiting(house.port) as visitor:
        await visitor.say(whole.wire(session, SOMEBODY)[:-5])
    async with asyncio.timeout(PATIENCE_S):
        while ("viewers", "400") not in house.lane.traffic.counts():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with visiting(house.port) as visitor:
        assert (await say(visitor, whole, session)).status == 200
    assert SOMEBODY not in await noted(house)


def test_players_need_nothing_of_the_framework() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FRAMEWORK], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


async def test_players_have_nothing_of_the_application_loaded(house: House) -> None:
    session = await begun(house)
    async with visiting(house.port) as visitor:
        for name in ("heartbeat", "unknown fields", "GET", "too much", "quality", "stop"):
            await say(visitor, BEATS[name], session)
    assert not house.rest.is_loaded
