"""Connections and UDP ports on real sockets: framing that goes wrong, strangers that interfere."""

import re
import select
import socket
from collections.abc import Callable, Iterator

import pytest

from pantau.core.clock import SystemClock
from pantau.media.errors import Cause, SourceError
from pantau.media.sources.rtsp.connection import Connection
from pantau.media.sources.rtsp.rtp import Buffer, RtpReceiver
from pantau.media.sources.rtsp.udp import UdpTransport

RTP = b"\x80\x60\x00\x01" + bytes(8)


class Kept:
    """A depacketizer that keeps payloads."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []

    def push(self, data: Buffer, start: int, end: int, timestamp: int, mark: int) -> None:
        self.payloads.append(bytes(data[start:end]))

    def lose(self) -> None:
        self.payloads.append(b"lost")


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, Connection]]:
    """The camera's end of a connection, and ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    ours.settimeout(0.25)
    connection = Connection(ours, count_bytes=lambda _: None)
    with theirs:
        yield theirs, connection
    connection.close(politely=False)


def framed(packet: bytes, channel: int = 0) -> bytes:
    return bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet


def keep_frames(connection: Connection) -> list[bytes]:
    kept: list[bytes] = []
    connection.sinks[0] = lambda data, start, end: kept.append(bytes(data[start:end]))
    return kept


def receive_until(connection: Connection, condition: Callable[[], object]) -> None:
    for _ in range(200):
        if condition():
            return
        connection.receive()
    raise AssertionError


@pytest.mark.parametrize("step", [1, 3, 1_000_000])
def test_frames_and_messages_are_told_apart_however_they_are_cut(
    wire: tuple[socket.socket, Connection], step: int
) -> None:
    theirs, connection = wire
    kept = keep_frames(connection)
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 4\r\n\r\n$\x00\x00\x01"
    stream = framed(b"one") + answer + framed(b"two") + b"\r\n" + framed(b"skip", 9) + framed(b"3")
    for at in range(0, len(stream), step):
        theirs.sendall(stream[at : at + step])
        connection.receive()
    receive_until(connection, lambda: len(kept) == 3)
    assert kept == [b"one", b"two", b"3"]
    assert connection.responses.pop().body == b"$\x00\x00\x01"


@pytest.mark.parametrize("step", [1_000, 20_000, 1_000_000])
def test_the_largest_frames_arrive_whole_among_small_ones(
    wire: tuple[socket.socket, Connection], step: int
) -> None:
    theirs, connection = wire
    kept = keep_frames(connection)
    sizes = (1_400, 24_570, 24_574, 24_580, 9, 32_764, 1_400, 0xFFFF, 0xFFFF, 1, 32_768, 60_000)
    sent = [bytes((number,)) * size for number, size in enumerate(sizes)]
    stream = b"".join(map(framed, sent))
    for at in range(0, len(stream), step):
        theirs.sendall(stream[at : at + step])
        connection.receive()
    receive_until(connection, lambda: len(kept) == len(sizes))
    assert kept == sent


def test_bare_line_feeds_and_folded_headers_are_understood(
    wire: tuple[socket.socket, Connection],
) -> None:
    theirs, connection = wire
    theirs.sendall(b"RTSP/1.0 401 No\nCSeq: 1\nWWW-Authenticate: Digest\n realm=x\n\n")
    receive_until(connection, lambda: connection.responses)
    assert connection.responses[0].header("www-authenticate") == "Digest realm=x"


def test_stream_is_found_again_after_stray_bytes(wire: tuple[socket.socket, Connection]) -> None:
    theirs, connection = wire
    kept = keep_frames(connection)
    theirs.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n" + framed(RTP + b"a"))
    theirs.sendall(b"\x01\x02$\x07\xff\xff\x00stray" + framed(RTP + b"b"))
    receive_until(connection, lambda: len(kept) == 2)
    assert [packet[-1:] for packet in kept] == [b"a", b"b"]
    assert connection.skipped_bytes > 0


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-dropbear\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x16\x03\x01\x02\x00"]
)
def test_peer_that_speaks_something_else_is_noticed_at_once(
    wire: tuple[socket.socket, Connection], greeting: bytes
) -> None:
    theirs, connection = wire
    theirs.sendall(greeting)
    with pytest.raises(SourceError) as caught:
        connection.receive()
    assert caught.value.cause is Cause.NOT_MEDIA


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", b"200"), ("ANNOUNCE", b"200"), ("RECORD", b"501")]
)
def test_request_of_the_camera_is_answered(
    wire: tuple[socket.socket, Connection], method: str, status: bytes
) -> None:
    theirs, connection = wire
    theirs.sendall(f"{method} rtsp://x RTSP/1.0\r\nCSeq: 77\r\n\r\n".encode())
    connection.receive()
    answer = theirs.recv(1_000)
    assert answer.startswith(b"RTSP/1.0 " + status)
    assert b"CSeq: 77\r\n" in answer


def test_camera_that_does_not_stop_asking_is_given_up(
    wire: tuple[socket.socket, Connection],
) -> None:
    theirs, connection = wire
    theirs.sendall(b"RECORD * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 1_100)
    with pytest.raises(SourceError) as caught:
        receive_until(connection, lambda: False)
    assert caught.value.cause is Cause.BROKEN


def test_only_the_camera_is_heard_on_udp_ports(wire: tuple[socket.socket, Connection]) -> None:
    _, connection = wire
    kept = Kept()
    transport = UdpTransport(connection, clock=SystemClock(), count_bytes=lambda _: None)
    found = re.search(r"client_port=(\d+)", transport.proposal(0))
    assert found is not None
    transport.begin(0, "", RtpReceiver(96, kept), lambda *_: None)
    place = ("127.0.0.1", int(found[1]))
    with (
        socket.socket(type=socket.SOCK_DGRAM) as stranger,
        socket.socket(type=socket.SOCK_DGRAM) as camera,
    ):
        stranger.bind(("127.0.0.2", 0))
        camera.bind(("127.0.0.1", 0))
        stranger.sendto(RTP + b"forged", place)
        camera.sendto(RTP + b"real", place)
        for _ in range(20):
            if not transport.pump() or kept.payloads:
                break
    transport.close()
    assert kept.payloads == [b"real"]


def test_ports_of_a_pair_are_even_and_next_to_each_other(
    wire: tuple[socket.socket, Connection],
) -> None:
    _, connection = wire
    transport = UdpTransport(connection, clock=SystemClock(), count_bytes=lambda _: None)
    found = re.search(r"client_port=(\d+)-(\d+)", transport.proposal(0))
    transport.close()
    assert found is not None
    assert int(found[1]) % 2 == 0
    assert int(found[2]) == int(found[1]) + 1


def test_closed_connection_ends_waiting_on_udp(wire: tuple[socket.socket, Connection]) -> None:
    theirs, connection = wire
    transport = UdpTransport(connection, clock=SystemClock(), count_bytes=lambda _: None)
    theirs.close()
    select.select([connection], [], [], 2)
    with pytest.raises(SourceError) as caught:
        transport.pump()
    assert caught.value.cause is Cause.CLOSED
