"""Digest and Basic, checked against the examples of the RFCs."""

import re

import pytest

from pantau.media.sources.net.auth import Challenge, Login, ProvenLogins, best_challenge


def response(*values: str) -> list[tuple[str, str]]:
    return [("WWW-Authenticate", value) for value in values]


def fields(header: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^,]+)', header)}


def test_digest_without_qop_is_the_short_one() -> None:
    login = Login("Mufasa", "Circle Of Life")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    login.take(Challenge("digest", "testrealm@host.com", nonce))
    answer = fields(login.header("GET", "/dir/index.html") or "")
    # md5(HA1:nonce:HA2) with the values of RFC 2617, 3.5.
    assert answer["response"] == "670fd8c2df070c60b045671b8b24ff02"
    assert "qop" not in answer


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_answers_the_example_of_rfc_7616(algorithm: str, expected: str) -> None:
    login = Login("Mufasa", "Circle of Life")
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    login.take(Challenge("digest", "http-auth@example.org", nonce, "", algorithm, "auth"))
    login._client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    answer = fields(login.header("GET", "/dir/index.html") or "")
    assert answer["response"] == expected
    assert answer["nc"] == "00000001"


def test_count_grows_with_each_use_of_a_nonce() -> None:
    login = Login("a", "b")
    login.take(Challenge("digest", "r", "n", qop="auth"))
    counts = [fields(login.header("PLAY", "u") or "")["nc"] for _ in range(3)]
    assert counts == ["00000001", "00000002", "00000003"]


def test_digest_goes_before_basic_and_sha_before_md5() -> None:
    offered = response(
        'Basic realm="x"', 'Digest realm="x", nonce="1"', 'Digest realm="x", nonce="2", '
        'algorithm=SHA-256, qop="auth,auth-int"',
    )  # fmt: skip
    best = best_challenge(offered)
    assert best is not None
    assert (best.algorithm, best.nonce, best.qop) == ("SHA-256", "2", "auth")


def test_two_challenges_may_share_a_line() -> None:
    best = best_challenge(response('Basic realm="a, b", Digest realm="c", nonce="n", stale=TRUE'))
    assert best is not None
    assert (best.scheme, best.realm, best.is_stale) == ("digest", "c", True)


@pytest.mark.parametrize(
    "value", ["", "Negotiate", 'Digest realm="x"', 'Digest nonce="1", algorithm=SHA-512-256']
)
def test_challenge_that_cannot_be_answered_is_none(value: str) -> None:
    assert best_challenge(response(value)) is None


def test_login_that_worked_counts_as_good_for_a_few_refusals() -> None:
    proven = ProvenLogins()
    login = Login("a", "b")
    assert not proven.refused("cam:554", login)
    proven.worked("cam:554", login)
    assert not proven.refused("cam:554", Login("a", "other"))
    assert [proven.refused("cam:554", login) for _ in range(6)] == [True] * 4 + [False] * 2


def test_nothing_shows_the_password() -> None:
    assert "secret" not in repr(Login("admin", "secret"))
