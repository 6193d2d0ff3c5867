"""The pure parts of alerts: mappings that name everything, quiet hours, words, escaping."""

import html
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cameras.models import HealthState
from pantau.health.values import AlarmKind
from pantau.notifications.composing import Composer
from pantau.notifications.kinds import MANNERS, Edge, Kind
from pantau.notifications.quiet import quiet_until
from pantau.notifications.sources import ALARMS, IS_DOWN, STORAGE, WRITES
from pantau.notifications.values import Form, Item, QuietHours, Subject, Target
from pantau.notifications.words import kind_words, phrases
from pantau.recordings.keeping_values import AlarmKind as StorageAlarm
from pantau.recordings.recorders import RecorderStatus
from pantau.ui.i18n import Texts, languages

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
ZONES = ("Asia/Jakarta", "Europe/Berlin", "America/St_Johns")
TARGET = Target(
    id=1,
    key="k",
    name="Chat",
    form=Form.TELEGRAM,
    schema="tgram",
    shown="",
    language="en",
    enabled=True,
    sealed="",
    created_at=NOW,
)
COMPOSER = Composer(hub=lambda: "Hub <&>", texts={each: Texts(each) for each in languages()})


def item(name: str, *, kind: Kind = Kind.CAMERA, edge: Edge = Edge.BEGAN, **facts: str) -> Item:
    return Item(
        target_id=1,
        rule_id=1,
        subject=Subject(kind, "1"),
        edge=edge,
        at=NOW - timedelta(minutes=5),
        facts={"name": name, **facts},
        due_at=NOW,
    )


def test_every_state_of_every_source_has_a_meaning() -> None:
    assert set(IS_DOWN) == set(HealthState)
    assert set(ALARMS) == set(AlarmKind)
    assert set(WRITES) == set(RecorderStatus)
    assert set(STORAGE) == set(StorageAlarm)


def test_every_kind_has_a_manner_a_name_and_words_for_each_of_its_edges() -> None:
    assert set(MANNERS) == set(kind_words(str)) == set(Kind)
    lasting = {Edge.BEGAN, Edge.ENDED, Edge.STILL}
    wanted = {
        (kind, edge)
        for kind, manner in MANNERS.items()
        for edge in (lasting if manner.lasts else {Edge.HAPPENED})
    }
    assert set(phrases(str)) == wanted


@given(
    minute=st.integers(0, 366 * 1440),
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
)
def test_quiet_ends_where_the_wall_says_so_and_never_lasts_more_than_a_day_and_an_hour(
    minute: int, begin: int, end: int, zone: str
) -> None:
    where, hours = ZoneInfo(zone), QuietHours(begin, end)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(now, hours, where)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    assert quiet_until(until, hours, where) is None
    before = until - timedelta(minutes=1)
    assert before < now or quiet_until(before, hours, where) is not None


@given(st.lists(st.text(max_size=300), min_size=1, max_size=30))
def test_whatever_cameras_are_called_a_message_is_whole_and_short_enough(names: list[str]) -> None:
    words = COMPOSER.compose(
        [item(name) for name in names], TARGET, now=NOW, zone=ZoneInfo("Asia/Jakarta")
    )
    assert len(words.html) <= 4096
    head, _, rest = words.html.removeprefix("<b>").partition("</b>\n")
    assert "<" not in head + rest
    assert html.unescape(head) == words.title
    assert html.unescape(rest) == words.text
    assert not any(ord(letter) < 32 and letter != "\n" for letter in words.title + words.text)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_told_alone_and_with_others(kind: Kind, language: str) -> None:
    target = Target(**{**{f: getattr(TARGET, f) for f in TARGET.__slots__}, "language": language})
    edges = (Edge.BEGAN, Edge.ENDED, Edge.STILL) if MANNERS[kind].lasts else (Edge.HAPPENED,)
    for edge in edges:
        for count in (1, 25):
            items = [item("Gate <1>", kind=kind, edge=edge)] * count
            words = COMPOSER.compose(items, target, now=NOW, zone=ZoneInfo("Asia/Jakarta"))
            assert words.title.startswith("[Hub <&>] ")
            assert "%(" not in words.title + words.text
            assert "&lt;&amp;&gt;" in words.html


def test_what_visitors_write_calls_nobody_and_hides_no_link() -> None:
    calls = "@everyone @here <!channel> <@U1> <https://evil.example|Bank>"
    told = item(calls, kind=Kind.FEEDBACK, edge=Edge.HAPPENED, text=calls)
    words = COMPOSER.compose([told], TARGET, now=NOW, zone=ZoneInfo("Asia/Jakarta"))
    for call in ("@everyone", "@here", "<!", "<@", "<https:"):
        assert call not in words.title + words.text + html.unescape(words.html)
