from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pantau.viewers.presence import EndedView, Presence, PresenceRules
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest
from tests.support.clock import START, HandWoundClock


def poll(address: str = "198.51.100.1", browser: str = "Firefox") -> HotRequest:
    scope = {
        "method": "GET",
        "path": "/hls/k/index.m3u8",
        "query_string": b"",
        "client": (address, 4711),
        "headers": [(b"user-agent", browser.encode())],
    }
    return HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)


def watch(presence: Presence, clock: HandWoundClock, *, for_s: float, **who: str) -> None:
    presence.touch(7, poll(**who))
    clock.wind(for_s)
    presence.touch(7, poll(**who))


def test_who_polls_for_a_while_is_a_viewer() -> None:
    clock = HandWoundClock()
    presence = Presence(clock)
    presence.touch(7, poll())
    assert presence.viewers_now(7) == 0
    clock.wind(5)
    presence.touch(7, poll())
    assert presence.viewers_now(7) == 1
    assert presence.viewers_now(8) == 0
    assert presence.counts() == {7: 1}


def test_people_are_told_apart_by_address_and_browser() -> None:
    clock = HandWoundClock()
    presence = Presence(clock)
    watch(presence, clock, for_s=6)
    watch(presence, clock, for_s=6, browser="Chrome")
    watch(presence, clock, for_s=6, address="198.51.100.2")
    watch(presence, clock, for_s=1)
    assert presence.viewers_now(7) == 3


def test_who_stops_polling_is_gone_and_left_at_the_last_poll() -> None:
    clock = HandWoundClock()
    presence = Presence(clock)
    watch(presence, clock, for_s=10)
    clock.wind(19)
    assert presence.viewers_now(7) == 1
    assert presence.sweep() == []
    clock.wind(1)
    assert presence.viewers_now(7) == 0
    began_mono = HandWoundClock().mono_s()
    assert presence.sweep() == [EndedView(7, began_mono, began_mono + 10)]
    assert presence.counts() == {}
    assert presence.sweep() == []


def test_a_glance_is_no_view() -> None:
    clock = HandWoundClock()
    presence = Presence(clock)
    watch(presence, clock, for_s=4)
    clock.wind(60)
    assert presence.sweep() == []


def test_crowds_are_bounded() -> None:
    clock = HandWoundClock()
    rules = PresenceRules(counts_after_s=0, most_per_camera=10, most_views=15)
    presence = Presence(clock, rules=rules)
    for number in range(20):
        presence.touch_visitor(1, b"%d" % number, clock.mono_s())
        presence.touch_visitor(2, b"%d" % number, clock.mono_s())
    assert presence.counts() in ({1: 10, 2: 5}, {1: 8, 2: 7})
    clock.wind(60)
    presence.sweep()
    presence.touch_visitor(3, b"new", clock.mono_s())
    assert presence.counts() == {3: 1}


def test_nothing_that_identifies_a_person_is_kept() -> None:
    presence = Presence(HandWoundClock())
    presence.touch(7, poll(address="203.0.113.77", browser="Netscape"))
    kept = repr(presence._views)
    assert "203.0.113.77" not in kept
    assert "Netscape" not in kept


def test_the_salt_is_forgotten_at_the_end_of_the_day() -> None:
    salts = iter([b"today", b"tomorrow"])
    clock = HandWoundClock()
    presence = Presence(clock, new_salt=lambda: next(salts))
    presence.touch(7, poll())
    before = set(presence._views[7])
    presence.sweep()
    presence.touch(7, poll())
    assert set(presence._views[7]) == before
    clock.wind(timedelta(days=1).total_seconds())
    presence.sweep()
    assert clock.now().date() != START.date()
    presence.touch(7, poll())
    assert not before & set(presence._views[7])


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.integers(0, 30)), max_size=60))
def test_the_bound_counts_what_is_there(steps: list[tuple[int, int, int]]) -> None:
    clock = HandWoundClock()
    presence = Presence(clock, rules=PresenceRules(most_per_camera=4, most_views=6))
    for camera_id, visitor, wait_s in steps:
        presence.touch_visitor(camera_id, b"%d" % visitor, clock.mono_s())
        clock.wind(wait_s)
        presence.sweep()
        assert presence._view_count == sum(map(len, presence._views.values())) <= 6
