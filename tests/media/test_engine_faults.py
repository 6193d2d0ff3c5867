"""Each bad habit of a camera costs that camera its picture and no other anything.

Real sockets, the demo cameras, and deadlines short enough for a test.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pantau.core.backoff import Backoff
from pantau.core.clock import SystemClock
from pantau.demo.behaviour import Behaviour, Login
from pantau.media.breaker import BreakerRules
from pantau.media.engine import Engine, EngineOptions, PathConfig
from pantau.media.errors import Cause
from pantau.media.sources.base import Deadlines, SourceConfig
from tests.media.engines import running
from tests.support.farm import LARGER, SMALL, FarmInThread
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

HASTY = Deadlines(open_s=2.5, silence_s=1.0)
PATIENT = Deadlines(open_s=30.0, silence_s=30.0)
"""For cameras that do no wrong, on a machine that others keep busy."""
OPTIONS = EngineOptions(
    breaker=BreakerRules(
        most_a_minute=1_000,
        most_a_minute_refused=1_000,
        backoff=Backoff(first_s=0.2, most_s=0.4),
        refused=Backoff(first_s=0.3, most_s=0.5),
        busy=Backoff(first_s=0.3, most_s=0.3),
        demand_gap_s=0.1,
    ),
    tick_s=0.02,
)


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as farm:
        farm.add("good", SMALL)
        yield farm


def watched(farm: FarmInThread, name: str, **more: object) -> PathConfig:
    deadlines = HASTY if name in BAD_HABITS else PATIENT
    source = SourceConfig(farm.url(name), transport="tcp", deadlines=deadlines)
    return PathConfig("rtsp", replace(source, **more), on_demand=False, start_timeout_s=60)  # type: ignore[arg-type]


BAD_HABITS: dict[str, tuple[Behaviour, set[Cause]]] = {
    "mute_at_once": (Behaviour(mute_at="connect"), {Cause.TIMED_OUT}),
    "mute_at_DESCRIBE": (Behaviour(mute_at="describe"), {Cause.TIMED_OUT}),
    "mute_at_SETUP": (Behaviour(mute_at="setup"), {Cause.TIMED_OUT}),
    "mute_at_PLAY": (Behaviour(mute_at="play"), {Cause.TIMED_OUT}),
    "endless_header": (Behaviour(greeting="endless_header"), {Cause.BROKEN, Cause.TIMED_OUT}),
    "no_RTSP": (Behaviour(greeting="not_rtsp"), {Cause.NOT_MEDIA}),
    "redirects_to_itself": (Behaviour(redirect_to="self"), {Cause.REDIRECTED}),
    "garbage_for_SDP": (Behaviour(sdp="garbage"), {Cause.NOT_MEDIA}),
    "no_parameter_sets": (Behaviour(parameter_sets="nowhere"), {Cause.NO_PICTURE}),
    "no_packets": (Behaviour(media="none"), {Cause.NO_PICTURE, Cause.TIMED_OUT}),
    "RTCP_only": (Behaviour(media="rtcp_only"), {Cause.NO_PICTURE}),
    "a_trickle": (Behaviour(media="trickle"), {Cause.NO_PICTURE}),
    "garbage_for_RTP": (Behaviour(media="garbage"), {Cause.NO_PICTURE, Cause.BROKEN}),
    "truncated_units": (Behaviour(media="truncated"), {Cause.NO_PICTURE, Cause.BROKEN}),
    "endless_unit": (Behaviour(media="endless_nal"), {Cause.TOO_LARGE, Cause.NO_PICTURE}),
    "no_free_session": (Behaviour(session_limit=0), {Cause.BUSY}),
    "wants_a_login": (Behaviour(login=Login()), {Cause.LOGIN_REFUSED}),
    "stalls": (Behaviour(stall_after_s=2.3), {Cause.STALLED}),
    "hangs_up": (Behaviour(close_after_s=2.3), {Cause.CLOSED}),
    "resets": (Behaviour(close_after_s=2.3, close_how="rst"), {Cause.CLOSED}),
}


async def test_bad_habits_have_causes_disturb_nobody_and_are_forgiven(farm: FarmInThread) -> None:
    seen: dict[str, set[Cause]] = {name: set() for name in BAD_HABITS}
    for name, (habit, _) in BAD_HABITS.items():
        farm.add(name, SMALL, behaviour=habit)

    def look() -> bool:
        for name in BAD_HABITS:
            cause = engine.status(name).cause
            if cause is not None:
                seen[name].add(cause)
        return all(seen[name] & BAD_HABITS[name][1] for name in BAD_HABITS)

    async with running(options=OPTIONS) as engine:
        engine.put("good", watched(farm, "good"))
        good = await engine.window("good")
        for name in BAD_HABITS:
            engine.put(name, watched(farm, name))
        await until(look, timeout_s=60)
        # A busy machine makes any camera late; any other wrong cause is one.
        right = {name: BAD_HABITS[name][1] | {Cause.TIMED_OUT} for name in BAD_HABITS}
        wrong = {name: seen[name] for name in BAD_HABITS if seen[name] - right[name]}
        assert wrong == {}
        version = good.version
        await until(lambda: good.version > version)
        assert engine.status("good").sessions_opened == 1
        assert b"EXT-X-DISCONTINUITY\n" not in good.playlist()
        for name in BAD_HABITS:
            farm.behave(name)
        await until(lambda: not [n for n in BAD_HABITS if not engine.status(n).ready], timeout_s=45)
        assert engine.abandoned == 0


ODD_HABITS = {
    "an_hour_ahead": Behaviour(jump_after_s=1.0, jump_s=3600),
    "ten_seconds_back": Behaviour(jump_after_s=1.0, jump_s=-10),
    "no_time_at_all": Behaviour(frozen_timestamps=True),
    "time_that_wraps": Behaviour(near_wrap=True),
    "a_microphone_that_is_silent": Behaviour(audio="silent"),
    "parameter_sets_in_band": Behaviour(parameter_sets="in_band"),
    "a_name_in_Latin-1": Behaviour(sdp="not_utf8"),
    "hundreds_of_streams": Behaviour(sdp="many_streams"),
    "a_query": Behaviour(control="query"),
}


async def test_habits_that_can_be_lived_with_are_never_seen(farm: FarmInThread) -> None:
    for name, habit in ODD_HABITS.items():
        farm.add(name, SMALL, behaviour=habit)
    async with running(options=OPTIONS) as engine:
        for name in ODD_HABITS:
            engine.put(name, watched(farm, name))
        windows = {name: await engine.window(name) for name in ODD_HABITS}
        await until(
            lambda: all(w.playlist().count(b"#EXTINF") >= 4 for w in windows.values()),
            timeout_s=60,
        )
        for name, window in windows.items():
            text = window.playlist().decode()
            durations = [float(seconds) for seconds in re.findall(r"#EXTINF:([\d.]+)", text)]
            assert engine.status(name).sessions_opened == 1, name
            assert max(durations) < 3.5, name
            assert "EXT-X-DISCONTINUITY\n" not in text, name


async def test_another_picture_size_is_a_new_run_in_the_same_session(farm: FarmInThread) -> None:
    farm.add("odd", SMALL, behaviour=Behaviour(switch_after_s=1.5), other=LARGER)
    async with running(options=OPTIONS) as engine:
        engine.put("odd", watched(farm, "odd"))
        window = await engine.window("odd")
        await until(lambda: b"EXT-X-DISCONTINUITY\n" in window.playlist(), timeout_s=60)
        status = engine.status("odd")
        assert status.sessions_opened == 1
        assert status.tracks is not None
        assert status.tracks.video.width_px == 640


async def test_sound_that_comes_late_is_heard_in_a_new_run(farm: FarmInThread) -> None:
    farm.add("odd", SMALL, behaviour=Behaviour(audio="late", audio_late_s=2.5))
    async with running(options=OPTIONS) as engine:
        engine.put("odd", watched(farm, "odd"))
        window = await engine.window("odd")
        assert window.tracks is not None
        assert window.tracks.audio is None
        await until(lambda: window.tracks is not None and window.tracks.audio, timeout_s=60)
        assert engine.status("odd").sessions_opened == 1


async def test_the_engine_keeps_one_session_to_a_camera_that_has_only_one(
    farm: FarmInThread,
) -> None:
    camera = farm.add("single", SMALL, behaviour=Behaviour(session_limit=1, leak_s=30))
    async with running(options=OPTIONS) as engine:
        engine.put("single", replace(watched(farm, "single"), on_demand=True, close_after_s=0.1))
        for _ in range(3):
            window = await engine.window("single")
            await until(lambda window=window: not window.ready)  # type: ignore[misc]
        assert engine.status("single").inbound_errors == 0
    del camera


async def test_a_camera_that_is_down_is_not_dialled_all_the_time(farm: FarmInThread) -> None:
    camera = farm.add("down", SMALL, behaviour=Behaviour(login=Login()))
    rules = BreakerRules()
    engine = Engine(clock=SystemClock(), options=EngineOptions(breaker=rules, tick_s=0.02))
    try:
        engine.put("down", replace(watched(farm, "down"), start_timeout_s=0.5))
        await until(lambda: engine.status("down").cause is Cause.LOGIN_REFUSED)
        asked = [engine.window("down") for _ in range(50)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(result, Exception) for result in results)
        assert engine.status("down").sessions_opened == 1
    finally:
        await engine.stop(5)
    del camera
