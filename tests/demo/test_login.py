"""Both families of firmware ask for a password in their own way (lesson M10)."""

import ssl
from collections.abc import Iterator

import pytest
import trustme

from pantau.demo.behaviour import Behaviour, Login
from tests.demo.wire import Wire, digest
from tests.support.farm import FarmInThread

PASSWORD = Login().password


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmInThread]:
    with FarmInThread() as running:
        yield running


def answer_to(wire: Wire, *, password: str) -> str:
    refused = wire.ask("DESCRIBE")
    assert refused.status == 401
    challenge = refused.headers["www-authenticate"]
    return digest(challenge, method="DESCRIBE", uri=wire.url, password=password)


@pytest.mark.parametrize("scheme", ["digest", "digest_sha256", "both"])
def test_right_answer_opens_and_wrong_one_does_not(farm: FarmInThread, scheme: str) -> None:
    camera = farm.add("cam", behaviour=Behaviour(login=Login(scheme)))  # type: ignore[arg-type]
    with Wire(farm.url("cam")) as wire:
        assert wire.ask("DESCRIBE", Authorization=answer_to(wire, password="x")).status == 401
        assert camera.counters.refused_logins == 1
        assert wire.ask("DESCRIBE", Authorization=answer_to(wire, password=PASSWORD)).status == 200


def test_nonce_of_one_connection_is_worth_nothing_on_another(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login(firmware="nonce_per_connection")))
    with Wire(farm.url("cam")) as first, Wire(farm.url("cam")) as second:
        answer = answer_to(first, password=PASSWORD)
        assert second.ask("DESCRIBE", Authorization=answer).status == 401
        assert first.ask("DESCRIBE", Authorization=answer).status == 200


def test_camera_hangs_up_after_its_challenge_and_takes_the_answer_on_a_new_socket(
    farm: FarmInThread,
) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login(firmware="closes_after_401")))
    with Wire(farm.url("cam")) as first:
        answer = answer_to(first, password=PASSWORD)
        with pytest.raises((EOFError, ConnectionError)):
            first.ask("DESCRIBE", Authorization=answer)
    with Wire(farm.url("cam")) as second:
        assert second.ask("DESCRIBE", Authorization=answer).status == 200


def test_nonce_used_twice_is_stale(farm: FarmInThread) -> None:
    farm.add("cam", behaviour=Behaviour(login=Login(firmware="one_time_nonce")))
    with Wire(farm.url("cam")) as wire:
        answer = answer_to(wire, password=PASSWORD)
        assert wire.ask("DESCRIBE", Authorization=answer).status == 200
        again = wire.ask("DESCRIBE", Authorization=answer)
    assert again.status == 401
    assert "stale=true" in again.headers["www-authenticate"]


def test_farm_speaks_tls() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    client.check_hostname = False
    with FarmInThread(tls=server) as farm:
        farm.add("cam")
        assert farm.url("cam").startswith("rtsps://")
        with Wire(farm.url("cam"), context=client) as wire:
            assert wire.play().status == 200
            assert wire.rtp(count=10)
