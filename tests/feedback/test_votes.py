"""Votes: one for each visitor and camera, changeable, both sums public."""

from pathlib import Path

import pytest

from pantau.core.errors import NotFound, Throttled
from pantau.db.database import Database
from pantau.feedback import limits
from pantau.feedback.senders import FormStamps, Sender, Senders
from pantau.feedback.values import VoteTotals
from pantau.site.values import Community
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Scope
from tests.feedback.house import inbox_on
from tests.support.clock import HandWoundClock
from tests.support.hub import Hub

pytestmark = pytest.mark.anyio


def sender(number: int = 1, line: str = "line") -> Sender:
    return Sender(visitor=f"visitor-{number}", line=line, kept="kept")


async def test_a_vote_counts_once_and_can_be_changed_and_taken_back(
    database: Database, tmp_path: Path
) -> None:
    inbox = await inbox_on(database, Hub(database, tmp_path))
    votes = inbox.votes
    for vote, sums in (
        ("good", VoteTotals(1, 0)),
        ("good", VoteTotals(1, 0)),
        ("bad", VoteTotals(0, 1)),
        ("none", VoteTotals(0, 0)),
        ("none", VoteTotals(0, 0)),
        ("good", VoteTotals(1, 0)),
    ):
        got = await votes.vote(1, vote, voter="a", sender=sender())  # type: ignore[arg-type]  # all are votes
        assert got == votes.of(1) == sums
    assert await votes.vote(1, "bad", voter="b", sender=sender(2)) == VoteTotals(1, 1)
    await votes.refresh()
    assert dict(votes.all()) == {1: VoteTotals(1, 1)}


async def test_only_what_the_public_sees_can_be_voted_on(
    sqlite_database: Database,
) -> None:
    inbox = await inbox_on(sqlite_database)
    for number in (3, 99):
        with pytest.raises(NotFound):
            await inbox.votes.vote(number, "good", voter="a", sender=sender())
    inbox.rules.now = Community(votes_enabled=False)
    with pytest.raises(NotFound):
        await inbox.votes.vote(1, "good", voter="a", sender=sender())


async def test_throwing_the_cookie_away_ends_soon(
    sqlite_database: Database, tmp_path: Path
) -> None:
    inbox = await inbox_on(sqlite_database, Hub(sqlite_database, tmp_path))
    for number in range(limits.NEW_VOTERS):
        await inbox.votes.vote(1, "bad", voter=f"v{number}", sender=sender(number))
    with pytest.raises(Throttled):
        await inbox.votes.vote(1, "bad", voter="one more", sender=sender(77))
    # Others behind the same line may still vote on another camera, and those who did may change.
    await inbox.votes.vote(2, "good", voter="one more", sender=sender(77))
    await inbox.votes.vote(1, "good", voter="v0", sender=sender(0))
    assert inbox.votes.of(1) == VoteTotals(1, limits.NEW_VOTERS - 1)


async def test_over_http_the_cookie_tells_who_voted(
    sqlite_database: Database, tmp_path: Path
) -> None:
    inbox = await inbox_on(sqlite_database, Hub(sqlite_database, tmp_path))
    answer = await inbox.asking.ask("POST", "/api/cameras/1/vote", {"vote": "good"})
    assert answer.data == {"camera_id": 1, "good": 1, "bad": 0}
    assert answer.headers["set-cookie"].startswith("pantau_voter=")
    assert "HttpOnly" in answer.headers["set-cookie"]
    for body in ({"vote": "great"}, {}, {"vote": True}, {"vote": "good", "x": 1}):
        assert (await inbox.asking.ask("POST", "/api/cameras/1/vote", body)).status == 400


def _scope(address: str, agent: str, cookie: str = "") -> Scope:
    return {
        "client": (address, 1),
        "scheme": "http",
        "headers": [(b"user-agent", agent.encode()), (b"cookie", cookie.encode())],
    }


def test_senders_cannot_be_turned_back_into_addresses() -> None:
    senders = Senders(b"k" * 32, ClientAddresses())
    one, other = senders.of(_scope("192.0.2.7", "A")), senders.of(_scope("192.0.2.7", "B"))
    assert (one.line, one.kept) == (other.line, other.kept)
    assert one.visitor != other.visitor
    assert "192.0.2.7" not in repr(one)
    assert Senders(b"j" * 32, ClientAddresses()).of(_scope("192.0.2.7", "A")).kept != one.kept


def test_a_voters_cookie_is_ours_or_made_anew() -> None:
    senders = Senders(b"k" * 32, ClientAddresses())
    voter, cookie = senders.voter(_scope("192.0.2.7", "A"))
    held = cookie.partition(";")[0]
    assert senders.voter(_scope("198.51.100.1", "B", held)) == (voter, "")
    assert senders.voter(_scope("192.0.2.7", "A", "pantau_voter=short"))[1]


async def test_forms_that_come_back_at_once_are_noticed() -> None:
    clock = HandWoundClock()
    stamps = FormStamps(b"f" * 32, clock)
    stamp = stamps.issue()
    assert stamps.is_hasty(stamp)
    await clock.advance(2.9)
    assert stamps.is_hasty(stamp)
    await clock.advance(0.2)
    assert not stamps.is_hasty(stamp)
    for forged in ("", ".", "1.", "1.00", stamp[:-1], f"1{stamp}", "é.é", "9" * 40):
        assert stamps.is_hasty(forged)
