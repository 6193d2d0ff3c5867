"""Views in progress go on when one web process follows another on the same machine."""

from pathlib import Path

import pytest

from pantau.viewers.following import Following, is_followed
from pantau.viewers.presence import Around, Presence
from tests.support.clock import HandWoundClock
from tests.viewers.people import empty_presence, poll

pytestmark = pytest.mark.anyio


def process(clock: HandWoundClock, name: str, folder: Path) -> tuple[Presence, Following]:
    presence = empty_presence(clock, around=Around(node=name))
    return presence, Following(presence, clock, folder)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_view_that_goes_on_at_the_next_process_is_one_view(tmp_path: Path) -> None:
    clock = HandWoundClock()
    last, leaving = process(clock, "last", tmp_path)
    await leaving.begin()
    assert not is_followed(tmp_path)
    last.touch(7, poll())
    session = last.start(7, poll("198.51.100.2"))
    clock.wind(6.0)
    following, taking = process(clock, "next", tmp_path)
    await taking.begin()
    assert is_followed(tmp_path)
    # Known before anybody left: a player finds its session, and polls go on.
    assert following.heartbeat(session, poll("198.51.100.2"))
    following.touch(7, poll())
    last.touch(7, poll("198.51.100.3"))
    assert await leaving.end()
    assert [view.owner for view in following.views()] == ["next"] * 3
    clock.wind(60.0)
    ended = following.sweep()
    assert sorted(view.lasted_s for view in ended) == [0.0, 6.0, 6.0]
    await taking.end()


async def test_who_is_the_last_keeps_its_views_and_leaves_nothing_behind(tmp_path: Path) -> None:
    clock = HandWoundClock()
    presence, alone = process(clock, "alone", tmp_path)
    await alone.begin()
    presence.touch(7, poll())
    assert not await alone.end()
    assert len(presence.end_all()) == 1
    assert names_in(tmp_path) == []


async def test_a_socket_that_a_killed_process_left_is_nobody(tmp_path: Path) -> None:
    clock = HandWoundClock()
    _, killed = process(clock, "killed", tmp_path)
    await killed.begin()
    left = tmp_path / names_in(tmp_path)[0]
    kept = left.rename(tmp_path / "kept")
    await killed.end()
    kept.rename(left)
    presence, alone = process(clock, "alone", tmp_path)
    await alone.begin()
    assert not is_followed(tmp_path)
    assert not left.exists()
    presence.touch(7, poll())
    assert not await alone.end()
