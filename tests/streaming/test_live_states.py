"""What a stream does is measured, never assumed, and a silent media server makes nobody offline."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pantau.cameras.models import Camera, LiveState, Observation
from pantau.cameras.service import Catalogue
from pantau.core.errors import Unavailable
from pantau.core.ids import CameraId
from pantau.streaming.live_states import LiveStates
from pantau.streaming.media_server import ActualPath
from tests.support.cameras import camera, key_of
from tests.support.clock import START, HandWoundClock

pytestmark = pytest.mark.anyio


def path(number: int = 1, **changes: Any) -> ActualPath:
    nothing = ActualPath(
        name=key_of(number), ready=False, ready_at=None, online=False, source_type="", tracks=(),
        width_px=None, height_px=None, inbound_bytes=0, outbound_bytes=0, readers=0,
    )  # fmt: skip
    return replace(nothing, **changes)


class Looking:
    """A media server that says what the test wants, and who looks at it."""

    def __init__(self, *cameras: Camera) -> None:
        self.clock = HandWoundClock()
        self.catalogue = Catalogue(cameras or (camera(),), clock=self.clock)
        self.said: dict[str, ActualPath] | None = {}
        self.states = LiveStates(self, self.catalogue, self.clock)

    async def paths(self) -> Mapping[str, ActualPath]:
        if self.said is None:
            raise Unavailable("media_server.unreachable", "away")
        return self.said

    async def look(self, *paths: ActualPath, after_s: float = 1.5) -> LiveState:
        self.clock.wind(after_s)
        self.said = {one.name: one for one in paths}
        await self.states.look()
        return self.seen().state

    async def look_in_vain(self, times: int) -> LiveState:
        self.said = None
        for _ in range(times):
            self.clock.wind(1.5)
            await self.states.look()
        return self.seen().state

    def seen(self) -> Observation:
        seen = self.catalogue.observation(CameraId(1))
        assert seen is not None
        return seen


async def test_our_engine_is_believed() -> None:
    looking = Looking()
    assert await looking.look(path(state="connecting")) is LiveState.CONNECTING
    assert await looking.look(path(state="live", ready=True)) is LiveState.LIVE
    parked = path(state="parked", cause="login_refused")
    assert await looking.look(parked, after_s=60) is LiveState.OFFLINE


async def test_dead_camera_that_is_dialled_again_stays_offline() -> None:
    looking = Looking()
    states = [
        await looking.look(path(state="waiting", cause="refused")),
        await looking.look(path(state="connecting", cause="refused")),
        await looking.look(path(state="waiting", cause="refused")),
    ]
    assert states == [LiveState.OFFLINE] * 3


async def test_short_break_of_a_live_camera_is_connecting_then_offline() -> None:
    looking = Looking()
    await looking.look(path(state="live", ready=True))
    broken = path(state="waiting", cause="closed")
    assert await looking.look(broken) is LiveState.CONNECTING
    assert await looking.look(broken, after_s=12) is LiveState.OFFLINE


async def test_camera_that_nobody_watches_is_live_while_its_last_picture_is_recent() -> None:
    looking = Looking()
    idle = path(state="idle", last_picture_at=START)
    assert await looking.look(idle) is LiveState.LIVE
    assert await looking.look(idle, after_s=2000) is LiveState.UNKNOWN
    assert await looking.look(path(state="idle", cause="timed_out")) is LiveState.OFFLINE
    assert await looking.look(path(state="idle")) is LiveState.UNKNOWN


async def test_media_server_that_is_away_for_a_minute_changes_no_state() -> None:
    looking = Looking(camera(1), camera(2))
    dead = path(2, state="waiting", cause="refused")
    await looking.look(path(1, state="live"), dead)
    version = looking.catalogue.version
    assert await looking.look_in_vain(40) is LiveState.LIVE
    # A server that has begun anew knows no path, then dials them.
    assert await looking.look() is LiveState.LIVE
    dialled = path(2, state="connecting", cause=None)
    assert await looking.look(path(1, state="live"), dialled) is LiveState.LIVE
    await looking.look(path(1, state="live"), dead)
    second = looking.catalogue.observation(CameraId(2))
    assert second is not None
    assert second.state is LiveState.OFFLINE
    states = {face.id: face.is_online for face in looking.catalogue.public()}
    assert states == {1: True, 2: False}
    # Only "last checked" has moved.
    assert looking.catalogue.version <= version + 1


async def test_media_server_that_stays_away_makes_every_camera_unknown_and_none_offline() -> None:
    looking = Looking(camera(1), camera(2))
    await looking.look(path(1, state="live"), path(2, state="live"))
    assert await looking.look_in_vain(61) is LiveState.UNKNOWN
    assert all(face.is_online for face in looking.catalogue.public())
    assert await looking.look(path(1, state="live"), path(2, state="live")) is LiveState.LIVE


async def test_path_that_is_gone_for_good_is_unknown() -> None:
    looking = Looking()
    await looking.look(path(state="live"))
    assert await looking.look() is LiveState.LIVE
    assert await looking.look(after_s=40) is LiveState.UNKNOWN


async def test_answer_of_the_media_server_has_an_age() -> None:
    looking = Looking()
    assert looking.states.answered_ago_s is None
    await looking.look()
    await looking.look_in_vain(4)
    assert looking.states.answered_ago_s == 6.0


async def test_what_the_operator_announces_comes_first() -> None:
    looking = Looking(camera(1, status="maintenance"))
    assert await looking.look(path(state="live", ready=True)) is LiveState.MAINTENANCE
    looking = Looking(camera(1, status="offline"))
    assert await looking.look(path(state="live", ready=True)) is LiveState.OFFLINE


async def test_ready_path_whose_bytes_stand_still_is_offline() -> None:
    looking = Looking()
    assert await looking.look(path(ready=True, inbound_bytes=10)) is LiveState.LIVE
    assert await looking.look(path(ready=True, inbound_bytes=20), after_s=8) is LiveState.LIVE
    assert await looking.look(path(ready=True, inbound_bytes=20), after_s=8) is LiveState.LIVE
    assert await looking.look(path(ready=True, inbound_bytes=20), after_s=8) is LiveState.OFFLINE
    assert await looking.look(path(ready=True, inbound_bytes=5)) is LiveState.LIVE


async def test_always_on_camera_of_a_foreign_server_that_is_not_ready_is_offline() -> None:
    looking = Looking(camera(1, on_demand=False))
    assert await looking.look(path()) is LiveState.OFFLINE


async def test_codec_is_measured_and_kept() -> None:
    looking = Looking()
    await looking.look(path(state="live", tracks=("H265", "MPEG-4 Audio")))
    await looking.look(path(state="idle", last_picture_at=START))
    assert looking.seen().video_codec == "h265"


async def test_last_check_moves_now_and_then_only_while_nothing_changes() -> None:
    looking = Looking()
    await looking.look(path(state="live"))
    version, began_at = looking.catalogue.version, looking.seen().since_at
    await looking.look(path(state="live"))
    assert looking.catalogue.version == version
    await looking.look(path(state="live"), after_s=40)
    seen = looking.seen()
    assert seen.since_at == began_at
    assert seen.checked_at == began_at + timedelta(seconds=41.5)


async def test_still_that_the_engine_has_is_announced() -> None:
    looking = Looking()
    await looking.look(path(state="idle", last_picture_at=START))
    assert looking.catalogue.public()[0].thumbnail_at == START


async def test_camera_that_the_media_server_does_not_know_yet_is_unknown() -> None:
    looking = Looking()
    assert await looking.look() is LiveState.UNKNOWN
