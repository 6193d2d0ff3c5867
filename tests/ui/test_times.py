"""How long things last, in words."""

from datetime import timedelta

import pytest

from pantau.ui.i18n import Texts
from pantau.ui.times import lasting


def said(time: timedelta | float, language: str = "en", *, exactly: bool = False) -> str:
    texts = Texts(language)
    return lasting(
        time, lambda one, many, num: texts.ngettext(one, many, num) % {"num": num}, exactly=exactly
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 seconds"),
        (4.8, "4 seconds"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "61 seconds"),
        (119.9, "119 seconds"),
        (120, "2 minutes"),
        (3600, "1 hour"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_time_is_told_in_the_unit_that_says_most_and_never_rounded_up(
    seconds: float, words: str
) -> None:
    assert said(seconds) == said(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(90, "90 seconds"), (150, "150 seconds"), (300, "5 minutes"), (129_600, "36 hours")],
)
def test_what_somebody_has_set_loses_nothing(seconds: int, words: str) -> None:
    assert said(seconds, exactly=True) == words


def test_indonesians_read_the_same_in_their_words() -> None:
    assert [said(each, "id") for each in (5, 60, 7200, 200_000)] == [
        "5 detik",
        "1 menit",
        "2 jam",
        "2 hari",
    ]
