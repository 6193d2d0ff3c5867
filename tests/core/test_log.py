"""What reaches the log is structured, redacted, on the right stream, and not repeated for ever."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from pantau.core.log import Output, configure_log
from tests.support.clock import HandWoundClock


class Written:
    def __init__(self, *, is_held: bool = False) -> None:
        self.calm, self.urgent = io.StringIO(), io.StringIO()
        self.output = Output(calm=self.calm, urgent=self.urgent, is_held=is_held)
        self.clock = HandWoundClock()
        configure_log(self.output, process="test", level="info", as_json=True, clock=self.clock)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.calm.getvalue().splitlines()]

    @property
    def urgent_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.urgent.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_stderr_is_for_what_a_person_must_see() -> None:
    written = Written()
    log = structlog.get_logger()
    log.debug("too_small")
    log.info("state_changed")
    log.warning("thing_degraded")
    log.error("thing_broke")
    assert [line["event"] for line in written.lines] == ["state_changed"]
    assert [line["event"] for line in written.urgent_lines] == ["thing_degraded", "thing_broke"]


def test_line_tells_when_and_which_process() -> None:
    written = Written()
    structlog.get_logger().info("state_changed", camera=3)
    assert written.lines == [
        {
            "at": "2026-03-01T08:00:00.000Z",
            "level": "info",
            "event": "state_changed",
            "process": "test",
            "camera": 3,
        }
    ]


def test_secrets_are_masked_however_deep_and_however_they_came() -> None:
    written = Written()
    log = structlog.get_logger()
    url = "rtsp://admin:geheim@10.0.0.1/live"
    log.info("a", url=url, nested={"list": [url, {"token": "geheim"}]}, password="geheim")
    log.info("b", error=ValueError(url))
    logging.getLogger("some.library").warning("cannot open %s", url)
    try:
        int(url)
    except ValueError:
        log.exception("c")
    text = written.calm.getvalue() + written.urgent.getvalue()
    assert "geheim" not in text
    assert "10.0.0.1" not in text
    assert written.urgent_lines[-1]["exception"].startswith("Traceback")


def test_repeats_collapse_to_powers_of_ten() -> None:
    written = Written()
    for number in range(250):
        structlog.get_logger().warning("thing_degraded", camera="gate", attempt=number)
    structlog.get_logger().warning("thing_degraded", camera="yard", attempt=0)
    told = [(line["camera"], line.get("times")) for line in written.urgent_lines]
    assert told == [("gate", None), ("gate", 10), ("gate", 100), ("yard", None)]


def test_same_event_of_another_camera_is_news() -> None:
    written = Written()
    for number in range(3):
        structlog.get_logger().info("state_changed", camera=number)
    assert [line["camera"] for line in written.lines] == [0, 1, 2]


def test_event_after_a_long_silence_is_news_again() -> None:
    written = Written()
    log = structlog.get_logger()
    log.warning("thing_degraded")
    log.warning("thing_degraded")
    written.clock.wind(601)
    log.warning("thing_degraded")
    assert [line.get("times") for line in written.urgent_lines] == [None, None]


def test_what_is_news_is_told_again_after_a_minute() -> None:
    written = Written()
    log = structlog.get_logger()
    for pause_s in (0, 30, 61, 601):
        written.clock.wind(pause_s)
        log.warning("thing_died", news=True)
    assert [line.get("times") for line in written.urgent_lines] == [None, None, None]
    assert not any("news" in line for line in written.urgent_lines)


def test_first_line_on_stdout_is_the_announcement() -> None:
    written = Written(is_held=True)
    log = structlog.get_logger()
    log.info("early")
    log.warning("early_warning")
    assert written.calm.getvalue() == ""
    assert len(written.urgent_lines) == 1
    written.output.announce("ready on http://127.0.0.1:3000")
    log.info("late")
    lines = written.calm.getvalue().splitlines()
    assert lines[0] == "ready on http://127.0.0.1:3000"
    assert [json.loads(line)["event"] for line in lines[1:]] == ["early", "late"]


def test_closed_stream_takes_nobody_down() -> None:
    written = Written()
    written.calm.close()
    structlog.get_logger().info("state_changed")
