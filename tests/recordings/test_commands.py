"""What recorders were asked for, and what is remembered of restarts and crashes."""

import pytest

from pantau.db.database import Database
from pantau.recordings import recorder_rows
from pantau.recordings.models import Span
from pantau.recordings.recorders import (
    CommandAction,
    RestartReason,
)
from tests.recordings.worker import Path, camera, house, recording

pytestmark = pytest.mark.anyio


async def test_a_crash_is_written_down_and_a_stop_on_purpose_is_none(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        await one.control.step()
        now_ms = int(one.clock.unix_s() * 1000)
        one.control.recorder_crashed(1, now_ms - 3_000)
        await one.control.step()
        (restart,) = await one.restarts()
        assert restart.reason is RestartReason.CRASHED
        one.control.segment_closed(1, Span(now_ms - 2_000, now_ms))
        await one.control.step()
        assert (await one.restarts())[0].success
        one.catalogue.replace([camera(recorded=False)])
        await one.control.step()
        one.control.recorder_crashed(1, now_ms)
        await one.control.step()
        one.catalogue.replace([camera()])
        await one.control.step()
        one.control.recorder_crashed(1, now_ms)
        await one.control.step()
        assert len(await one.restarts()) == 1


async def test_old_crashes_that_are_found_were_not_lived_through(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        one.control.recorder_crashed(1, int(one.clock.unix_s() * 1000) - 86_400_000)
        await one.control.step()
        assert await one.restarts() == []


async def test_each_command_is_done_and_answered(database: Database) -> None:
    async with house(database) as one:
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        numbers = [await one.ask(CommandAction.RESTART) for _ in range(2)]
        await one.control.step()
        assert one.server.restarted == ["key-1", "key-1"]
        for number in numbers:
            answer = await one.answer(number)
            assert (answer.outcome, answer.done_at) == ("", one.clock.now())
        assert [each.reason for each in await one.restarts()] == [RestartReason.OPERATOR] * 2


async def test_a_command_that_fails_says_so(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        one.server.refuses = True
        one.server.said["key-1"] = Path(recorder=recording(one.clock))
        number = await one.ask(CommandAction.RESTART)
        await one.control.step()
        assert (await one.answer(number)).outcome == "path is not recorded"


async def test_starting_and_stopping_are_answered_when_they_have_arrived(
    sqlite_database: Database,
) -> None:
    async with house(sqlite_database, camera(recorded=False)) as one:
        start = await one.ask(CommandAction.START)
        await one.control.step()
        assert (await one.answer(start)).done_at is None
        one.catalogue.replace([camera()])
        await one.control.step()
        assert (await one.answer(start)).outcome == ""
        stop = await one.ask(CommandAction.STOP)
        await one.clock.advance(30)
        await one.control.step()
        assert (await one.answer(stop)).outcome != ""
        gone = await one.ask(CommandAction.START, number=99)
        await one.clock.advance(30)
        await one.control.step()
        assert "no such camera" in (await one.answer(gone)).outcome


async def test_a_command_from_long_ago_is_not_carried_out(sqlite_database: Database) -> None:
    async with house(sqlite_database) as one:
        number = await one.ask(CommandAction.RESTART)
        await one.clock.advance(3_600)
        await one.control.step()
        assert one.server.restarted == []
        assert (await one.answer(number)).outcome != ""


async def test_what_happened_is_forgotten_after_ninety_days(database: Database) -> None:
    async with house(database) as one:
        number = await one.ask(CommandAction.RESTART)
        await one.control.step()
        assert len(await one.restarts()) == 1
        await one.clock.advance(91 * 86_400)
        await one.control.step()
        assert await one.restarts() == []
        async with database.read() as reading:
            assert await recorder_rows.command(reading, number) is None
