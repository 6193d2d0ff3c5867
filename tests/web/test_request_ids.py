"""One id from the answer's header to every log line and entry of the trail; they never mix."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from pantau.audit.actors import SYSTEM
from pantau.audit.events import Action
from pantau.audit.reading import AuditReader
from pantau.audit.trail import AuditTrail
from pantau.core.log import Output, configure_log
from pantau.core.request_ids import answering, current_request_id
from pantau.db.database import Database
from pantau.web.exchange import HotRequest, Receive, Reply, Route, Scope, Send
from tests.support.clock import HandWoundClock
from tests.web.http_peer import no_app, serving, visiting

pytestmark = pytest.mark.anyio
log = structlog.get_logger()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    sink = io.StringIO()
    output = Output(calm=sink, urgent=sink, is_held=False)
    configure_log(output, process="test", level="info", as_json=True, clock=HandWoundClock())
    yield sink
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def named(path: str) -> str:
    # The log's redaction takes whole paths for addresses of cameras.
    return path[1:].replace("/", " ")


async def test_requests_side_by_side_never_mix_their_ids(written: io.StringIO) -> None:
    together = asyncio.Barrier(12)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await together.wait()
        log.info("seen", at_path=named(scope["path"]))
        await together.wait()
        log.info("seen_again", at_path=named(scope["path"]))
        await no_app(scope, receive, send)

    async def hot(request: HotRequest) -> Reply:
        await together.wait()
        log.info("seen", at_path=named(request.path))
        await together.wait()
        log.info("seen_again", at_path=named(request.path))
        return Reply(200)

    async with serving(
        slow, exact={f"/hot/{n}": Route(hot) for n in range(6)}, trusted=("127.0.0.1",)
    ) as port:

        async def ask(path: str, name: str) -> tuple[str, str]:
            async with visiting(port) as visitor:
                answer = await visitor.ask(path, **({"x_request_id": name} if name else {}))
                return named(path), answer.header("x-request-id")

        asked = [ask(f"/hot/{n}", f"proxy-{n:08}") for n in range(6)]
        asked += [ask(f"/slow/{n}", "") for n in range(6)]
        answers = dict(await asyncio.gather(*asked))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [(line["at_path"], line["request_id"]) for line in lines if "seen" in line["event"]]
    assert len(told) == 24
    assert set(told) == set(answers.items())
    assert len(set(answers.values())) == 12
    assert answers["hot 3"] == "proxy-00000003"


async def test_a_bug_is_logged_under_the_id_that_its_visitor_is_shown(
    written: io.StringIO,
) -> None:
    def broken(_: HotRequest) -> Reply:
        raise ValueError("a bug")

    async with serving(exact={"/api/hot": Route(broken)}) as port, visiting(port) as visitor:
        answer = await visitor.ask("/api/hot")
    (line,) = (json.loads(each) for each in written.getvalue().splitlines() if "a bug" in each)
    name = answer.header("x-request-id")
    assert line["event"] == "request_failed"
    assert line["request_id"] == json.loads(answer.body)["request_id"] == name


async def test_the_trail_says_for_which_request(sqlite_database: Database) -> None:
    trail = AuditTrail(sqlite_database, key=b"k" * 32, clock=HandWoundClock())
    with answering("proxy-12345678"):
        async with sqlite_database.write() as work:
            await trail.record(work, SYSTEM, Action.LOGIN, details={"why": "test"})
    assert current_request_id() == ""
    async with sqlite_database.write() as work:
        await trail.record(work, SYSTEM, Action.LOGOUT)
    entries = await AuditReader(sqlite_database).recent(2)
    told = {entry.action: entry.details for entry in entries}
    assert any("proxy-12345678" in text for text in told.values())
    assert sum("proxy" in text for text in told.values()) == 1
