import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pantau.viewers.agents import OWN_MONITOR
from pantau.viewers.presence import Around, Presence, PresenceRules
from pantau.viewers.views import Delivery
from pantau.viewers.visitors import Salted
from tests.support.clock import HandWoundClock
from tests.viewers.people import BOT, PHONE, cookie_of_browser, empty_presence, poll


def watch(
    presence: Presence,
    clock: HandWoundClock,
    *,
    for_s: float,
    address: str = "198.51.100.1",
    browser: str = PHONE,
    cookie: str = "",
) -> None:
    presence.touch(7, poll(address, browser, cookie))
    clock.wind(for_s)
    presence.touch(7, poll(address, browser, cookie))


def test_who_polls_for_a_while_is_a_viewer() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.touch(7, poll())
    assert presence.viewers_now(7) == 0
    clock.wind(5)
    presence.touch(7, poll())
    assert presence.viewers_now(7) == 1
    assert presence.viewers_now(8) == 0
    assert presence.counts() == {7: 1}
    assert [(view.camera_id, view.device, view.duration_s) for view in presence.live()] == [
        (7, "mobile", 5)
    ]


def test_people_are_told_apart_by_address_browser_and_our_cookie() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    watch(presence, clock, for_s=6)
    watch(presence, clock, for_s=6, browser="Netscape")
    watch(presence, clock, for_s=6, address="198.51.100.2")
    watch(presence, clock, for_s=0, cookie=cookie_of_browser(1))
    watch(presence, clock, for_s=6, cookie=cookie_of_browser(2))
    presence.touch(7, poll(cookie=cookie_of_browser(1)))
    assert presence.viewers_now(7) == 5


def test_who_stops_polling_is_gone_and_left_at_the_last_poll() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    began_at = clock.now()
    watch(presence, clock, for_s=10)
    clock.wind(19)
    assert presence.viewers_now(7) == 1
    assert presence.sweep() == []
    clock.wind(1)
    assert presence.viewers_now(7) == 0
    (view,) = presence.sweep()
    assert (view.camera_id, view.started_at, view.lasted_s) == (7, began_at, 10)
    assert presence.counts() == {}
    assert presence.sweep() == []


def test_durations_do_not_follow_a_clock_that_is_set_back() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.touch(7, poll())
    clock.set_wall_back(25_200)
    for _ in range(2):
        clock.wind(15)
        presence.touch(7, poll())
    (view,) = presence.end_all()
    past = view.past(camera_name="Gate", node="", created_at=clock.now())
    assert past.duration_s == 30
    assert (past.ended_at - past.started_at).total_seconds() == 30


def test_who_returns_before_the_sweep_begins_anew_all_the_same() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    session = presence.start(8, poll())
    watch(presence, clock, for_s=10)
    clock.wind(21)
    assert not presence.heartbeat(session, poll())
    presence.touch(7, poll())
    assert presence.counts() == {}
    assert sorted(view.lasted_s for view in presence.sweep()) == [0, 10]
    assert [view.lasted_s for view in presence.end_all()] == [0]


def test_a_beacon_is_bound_to_what_the_polls_of_the_same_visitor_began() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.touch(7, poll())
    clock.wind(1)
    session = presence.start(7, poll())
    for _ in range(6):
        clock.wind(2)
        presence.touch(7, poll())
        assert presence.heartbeat(session, poll())
    assert presence.counts() == {7: 1}
    assert [view.session_id for view in presence.live()] == [session]
    assert presence.stop(session)
    assert presence.counts() == {}
    assert not presence.heartbeat(session, poll())
    assert not presence.stop(session)
    clock.wind(5)
    (view,) = presence.sweep()
    assert view.lasted_s == 13


def test_two_beacons_behind_one_address_are_two_people_and_their_polls_make_no_third() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.touch(7, poll())
    first = presence.start(7, poll())
    second = presence.start(7, poll())
    for _ in range(8):
        clock.wind(5)
        presence.touch(7, poll())
        presence.heartbeat(first, poll())
        presence.heartbeat(second, poll())
    assert presence.counts() == {7: 2}
    presence.stop(second)
    clock.wind(5)
    presence.touch(7, poll())
    assert presence.counts() == {7: 1}
    assert [view.session_id for view in presence.live()] == [first]


def test_a_tab_that_vanishes_beside_another_person_does_not_live_on_their_polls() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.start(7, poll())
    stays = presence.start(7, poll())
    ended = []
    for _ in range(12):
        clock.wind(2)
        presence.touch(7, poll())
        presence.heartbeat(stays, poll())
        ended += presence.sweep()
    assert presence.counts() == {7: 1}
    assert [view.lasted_s for view in ended] == [0]


def test_two_tabs_of_one_browser_are_one_person() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    one = poll(cookie=cookie_of_browser(1))
    tabs = [presence.start(7, one), presence.start(7, one)]
    clock.wind(6)
    presence.touch(7, one)
    assert presence.counts() == {7: 1}
    presence.stop(tabs[0])
    assert presence.counts() == {7: 1}
    presence.stop(tabs[1])
    assert presence.counts() == {}


def test_a_poll_that_arrives_after_the_end_begins_nothing() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    session = presence.start(7, poll())
    clock.wind(8)
    presence.stop(session)
    clock.wind(2)
    presence.touch(7, poll())
    clock.wind(60)
    (view,) = presence.sweep()
    assert view.lasted_s == 8


def test_who_comes_back_at_once_begins_a_new_view() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.stop(presence.start(7, poll()))
    presence.start(7, poll())
    clock.wind(6)
    presence.touch(7, poll())
    assert presence.counts() == {7: 1}


def test_a_session_follows_its_visitor_to_another_address() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    session = presence.start(7, poll())
    for second in range(0, 60, 2):
        clock.wind(2)
        there = poll(address="203.0.113.9" if second > 20 else "198.51.100.1")
        presence.touch(7, there)
        if second % 6 == 0:
            presence.heartbeat(session, there)
        presence.sweep()
    assert presence.counts() == {7: 1}
    assert [round(view.lasted_s) for view in presence.end_all()] == [60]


def test_views_go_on_over_midnight() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    session = presence.start(8, poll())
    ended = []
    for second in range(0, 300, 4):
        if second == 100:
            presence.renew(Salted(b"another day", "2026-03-02"))
        clock.wind(4)
        presence.touch(7, poll())
        presence.touch(8, poll())
        presence.heartbeat(session, poll())
        ended += presence.sweep()
    assert (ended, presence.counts()) == ([], {7: 1, 8: 1})
    assert presence.on_day == "2026-03-02"
    numbers = {number for view in presence.views() for number in view.numbers}
    assert len(numbers) == 2
    assert presence._before is None


@pytest.mark.parametrize(("address", "views"), [("127.0.0.1", 0), ("198.51.100.1", 1)])
def test_questions_of_our_own_are_no_views_and_nobody_elsewhere_hides_by_their_name(
    address: str, views: int
) -> None:
    presence = empty_presence(HandWoundClock())
    presence.touch(7, poll(address, OWN_MONITOR.decode()))
    assert len(presence.views()) == views


def test_bots_are_kept_apart_and_players_are_people() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    for browser in (BOT, "VLC/3.0.20 LibVLC/3.0.20", "Lavf/61.7.100", "curl/8.5.0"):
        presence.touch(7, poll(browser=browser))
    clock.wind(6)
    for browser in (BOT, "VLC/3.0.20 LibVLC/3.0.20", "Lavf/61.7.100", "curl/8.5.0"):
        presence.touch(7, poll(browser=browser))
    assert presence.counts() == {7: 3}
    assert sum(view.agent.is_bot for view in presence.end_all()) == 1


def test_footage_is_a_view_of_its_own_with_more_patience() -> None:
    clock = HandWoundClock()
    presence = empty_presence(clock)
    presence.touch_replay(7, poll(method="HEAD"))
    presence.touch_replay(7, poll(query=b"download=1"))
    assert presence.views() == []
    presence.touch_replay(7, poll())
    presence.touch(7, poll())
    clock.wind(10)
    presence.touch_replay(7, poll())
    presence.touch(7, poll())
    assert presence.counts() == {7: 2}
    clock.wind(30)
    presence.sweep()
    assert [view.delivery for view in presence.live()] == [Delivery.REPLAY]


def test_the_delivery_is_the_cameras() -> None:
    clock = HandWoundClock()
    kinds = {1: Delivery.LIVE, 2: Delivery.RELAY, 3: Delivery.EMBED}
    presence = empty_presence(clock, around=Around(delivery_of=lambda camera_id: kinds[camera_id]))
    for camera_id in kinds:
        presence.start(camera_id, poll())
    assert {view.camera_id: view.delivery for view in presence.views()} == kinds


def test_crowds_are_bounded() -> None:
    clock = HandWoundClock()
    rules = PresenceRules(counts_after_s=0, most_per_camera=10, most_views=15)
    presence = empty_presence(clock, rules=rules)
    for number in range(20):
        presence.touch(1, poll(address=f"198.51.100.{number}"))
        presence.touch(2, poll(address=f"198.51.100.{number}"))
    assert sorted(presence.counts().values()) in ([5, 10], [7, 8])
    clock.wind(60)
    presence.sweep()
    presence.touch(3, poll())
    assert presence.counts() == {3: 1}


def test_one_address_is_bounded_whatever_it_says_of_itself() -> None:
    clock = HandWoundClock()
    rules = PresenceRules(counts_after_s=0, most_per_address=3)
    presence = empty_presence(clock, rules=rules)
    for number in range(20):
        presence.touch(1, poll(cookie=cookie_of_browser(number)))
        presence.touch(2, poll(address=f"2001:db8::{number:x}", browser=str(number)))
    assert presence.counts() == {1: 3, 2: 3}


def test_nothing_that_identifies_a_person_is_kept() -> None:
    presence = empty_presence(HandWoundClock())
    presence.touch(7, poll(address="203.0.113.77", browser="Netscape", cookie=cookie_of_browser(5)))
    kept = repr(presence.views()) + repr(vars(presence._crowd))
    assert "203.0.113.77" not in kept
    assert "Netscape" not in kept
    assert cookie_of_browser(5) not in kept


def test_addresses_are_kept_where_the_operator_says_so() -> None:
    presence = empty_presence(HandWoundClock(), around=Around(keep_addresses=lambda: True))
    presence.touch(7, poll(address="203.0.113.77"))
    (view,) = presence.views()
    assert (view.address, view.user_agent) == ("203.0.113.77", PHONE)


@example(
    [
        ("poll", 1, 0, False, 0),
        ("poll", 1, 0, False, 0),
        ("start", 1, 0, False, 0),
        ("midnight", 1, 0, False, 0),
        ("start", 1, 0, False, 0),
    ]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["poll", "replay", "start", "beat", "stop", "midnight"]),
            st.integers(1, 3),
            st.integers(0, 5),
            st.booleans(),
            st.sampled_from([0, 1, 4, 9, 21, 61]),
        ),
        max_size=60,
    )
)
def test_what_is_counted_is_what_is_there(
    steps: list[tuple[str, int, int, bool, int]],
) -> None:
    clock = HandWoundClock()
    rules = PresenceRules(most_per_camera=6, most_views=9, most_numbers=2)
    presence = empty_presence(clock, rules=rules)
    sessions: list[str] = []
    days = 0
    for act, camera_id, who, has_cookie, wait_s in steps:
        request = poll(
            address=f"198.51.100.{who % 2}", cookie=cookie_of_browser(who) if has_cookie else ""
        )
        session = sessions[who % len(sessions)] if sessions else ""
        match act:
            case "poll":
                presence.touch(camera_id, request)
            case "replay":
                presence.touch_replay(camera_id, request)
            case "start" if len(presence.views()) < 6:
                sessions.append(presence.start(camera_id, request))
            case "beat":
                presence.heartbeat(session, request)
            case "stop":
                presence.stop(session)
            case "midnight":
                days += 1
                presence.renew(Salted(str(days).encode(), f"2026-03-{days % 28 + 1:02}"))
        clock.wind(wait_s)
        presence.sweep()
        crowd = presence._crowd
        assert crowd.count == len(presence.views()) <= 9
        seated = [
            view
            for table in (crowd.live, crowd._replays)
            for seats in table.values()
            for seat in seats.values()
            for view in seat.views
        ]
        assert set(map(id, seated)) == set(map(id, presence.views()))
        assert all(
            session in presence._sessions for v in presence.views() for session in v.sessions
        )
        assert sum(crowd._lines.values()) == crowd.count
    clock.wind(200)
    presence.sweep()
    presence.sweep()
    left = (
        presence._sessions,
        presence._crowd.live,
        presence._crowd._replays,
        crowd_lines(presence),
    )
    assert left == ({}, {}, {}, {})


def crowd_lines(presence: Presence) -> dict[bytes, int]:
    return presence._crowd._lines
