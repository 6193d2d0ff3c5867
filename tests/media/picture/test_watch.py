"""The engine looks at cameras that are pulled, spread over time, and at no others."""

from dataclasses import replace

import pytest

from pantau.media.picture.verdict import PictureRules
from pantau.media.picture.watch import Lookers, PictureWatch
from pantau.media.stills import KeyFrame, StillKeeper
from tests.media.engines import OPTIONS, config, running
from tests.media.picture.scenes import film, street
from tests.support.clock import HandWoundClock
from tests.support.waiting import until

pytestmark = pytest.mark.anyio
QUICK = PictureRules(every_s=0.2, frozen_s=0.5)
STREET = street()


async def test_test_cards_with_something_wrong_are_told_from_the_one_without() -> None:
    wanted = {"good": "ok", "frozen": "frozen", "black": "black", "covered": "covered"}
    async with running(options=replace(OPTIONS, picture=QUICK)) as engine:
        for name in wanted:
            engine.put(name, config(f"testcard:{name}"))
        engine.put("asleep", config(on_demand=True))

        def states() -> dict[str, str | None]:
            return {name: engine.status(name).picture.state for name in wanted}

        await until(lambda: states() == wanted, timeout_s=50, what="the states")
        status = engine.status("good").picture
        assert status.since_at is not None
        assert status.key_frame_interval_s == pytest.approx(2.0, abs=0.01)
        await until(lambda: engine.status("good").picture.bit_rate_bps, timeout_s=45)
        asleep = engine.status("asleep").picture
        assert (asleep.state, asleep.since_at, asleep.bit_rate_bps) == (None, None, None)


class Watched:
    """One camera whose key frames and time are in the test's hands."""

    def __init__(self, *, chance: float = 0.5) -> None:
        self.clock = HandWoundClock()
        self.lookers = Lookers()
        self.watch = PictureWatch("gate", self.lookers, self.clock, random=lambda: chance)
        self.keeper = StillKeeper()
        self.keyframe, _ = next(film(lambda _: STREET, looks=1))
        self.looks = 0

    def renew(self) -> None:
        self.keeper.latest = KeyFrame(self.keyframe.video, self.keyframe.data, 0.0)

    async def run(self, duration_s: float, *, is_live: bool = True) -> int:
        """Let time pass with a key frame every two seconds; return how often was looked."""
        before = self.looks
        for _ in range(round(duration_s / 2)):
            await self.clock.advance(2.0)
            self.renew()
            self.watch.step(self.keeper, inbound_bytes=0, is_live=is_live)
            running = self.watch._running
            if running is not None:
                await running
                await until(lambda: self.watch._running is None)
                self.looks += 1
        return self.looks - before


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.99])
async def test_a_camera_is_looked_at_once_a_minute(chance: float) -> None:
    watched = Watched(chance=chance)
    watched.keeper.keys.between_bytes = 1 << 40  # it moves
    looks = await watched.run(1_200)
    assert 16 <= looks <= 23
    watched.lookers.close()


async def test_nobody_looks_while_the_camera_is_not_pulled() -> None:
    watched = Watched()
    assert await watched.run(300, is_live=False) == 0
    assert await watched.run(120) >= 1
    assert watched.watch.status().state == "ok"
    await watched.run(400, is_live=False)
    assert watched.watch.status().state is None
    watched.lookers.close()


async def test_another_camera_begins_with_a_clean_sheet() -> None:
    watched = Watched()
    await watched.run(120)
    watched.keeper = StillKeeper()
    watched.watch.step(watched.keeper, inbound_bytes=0, is_live=True)
    assert watched.watch.status().state is None
    watched.lookers.close()


async def test_a_picture_that_cannot_be_decoded_says_nothing() -> None:
    watched = Watched()
    watched.keyframe = KeyFrame(watched.keyframe.video, b"\0\0\0\1\x65", 0.0)
    assert await watched.run(120) >= 1
    assert watched.watch.status().state is None
    watched.lookers.close()
