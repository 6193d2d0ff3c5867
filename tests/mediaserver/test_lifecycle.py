"""Starting, stopping and growing the media server."""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from pantau.core.clock import SystemClock
from pantau.mediaserver.listeners import ListenError, loopback_listener, unix_listener
from pantau.mediaserver.process import HopelessError, ShardLog, run_media_server
from tests.mediaserver.running import STAND_IN, is_running, media_server, shards_of
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_sockets_are_for_their_owner_alone() -> None:
    async with media_server() as server:
        await server.add("gate")
        await server.until_state("gate", ready=True)
        assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
        sockets = list(server.folder.iterdir())
        assert len(sockets) == 3
        assert {stat.S_IMODE(path.stat().st_mode) for path in sockets} == {0o600}


async def test_stop_says_goodbye_to_every_camera(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "goodbye"
    monkeypatch.setenv("STAND_IN_GOODBYE", str(note))
    async with media_server(shard_size=1) as server:
        for name in ("a", "b"):
            await server.add(name)
            await server.until_state(name, ready=True)
    assert note.read_text() == "goodbye\n" * 2


async def test_full_shards_are_joined_by_another_and_cameras_stay_where_they_are() -> None:
    async with media_server(shard_size=2) as server:
        for name in ("a", "b"):
            await server.add(name)
        assert len(shards_of()) == 1
        await server.until_state("a", ready=True)
        before = (await server.path("a"))["pantau"]["detail"]
        for name in ("c", "d", "e"):
            await server.add(name)
            await server.until_state(name, ready=True)
        assert len(shards_of()) == 3
        assert (await server.path("a"))["pantau"]["detail"] == before


async def test_server_that_keeps_no_shard_begins_one_for_its_first_camera() -> None:
    async with media_server(least_shards=0) as server:
        assert not shards_of()
        await server.add("gate")
        await server.until_state("gate", ready=True)
        assert len(shards_of()) == 1


async def test_two_servers_never_share_a_folder() -> None:
    async with media_server() as server:
        with pytest.raises(ListenError, match="another media server"):
            await run_media_server(
                runtime_dir=server.folder, clock=SystemClock(), stopping=asyncio.Event()
            )
        await server.add("gate")
        await server.until_state("gate", ready=True)


def test_socket_that_was_left_behind_is_replaced() -> None:
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        path = Path(short) / "left.sock"
        unix_listener(path).close()
        assert path.exists()
        unix_listener(path).close()


def test_file_in_the_way_of_a_socket_is_left_alone(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        path = Path(short) / "note"
        path.write_text("mine")
        with pytest.raises(ListenError):
            unix_listener(path)
        assert path.read_text() == "mine"
    with pytest.raises(ListenError, match="too long"):
        unix_listener(tmp_path / ("x" * 100))


@pytest.mark.parametrize(
    "address", ["0.0.0.0:0", "[::]:0", "192.168.1.5:0", "example.com:80", ":9997", "127.0.0.1:x"]
)
def test_ports_are_opened_on_loopback_only(address: str) -> None:
    with pytest.raises(ListenError):
        loopback_listener(address)


def test_loopback_may_be_written_in_every_way() -> None:
    for address in ("127.0.0.1:0", "localhost:0", "[::1]:0"):
        loopback_listener(address).close()


async def test_shard_ends_when_the_pipe_from_its_parent_closes() -> None:
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        read_fd, write_fd = os.pipe()
        shard = await asyncio.create_subprocess_exec(
            *(*STAND_IN, "info", "auto", f"{short}/s.sock", str(write_fd)),
            stdin=asyncio.subprocess.PIPE,
            pass_fds=(write_fd,),
        )
        os.close(write_fd)
        await until((Path(short) / "s.sock").exists)
        assert shard.stdin
        shard.stdin.close()
        async with asyncio.timeout(45):
            assert await shard.wait() == 0
        os.close(read_fd)


@pytest.mark.fault
async def test_server_whose_shards_cannot_start_gives_up() -> None:
    with tempfile.TemporaryDirectory(prefix="pt-") as short, pytest.raises(HopelessError):
        await run_media_server(
            runtime_dir=Path(short),
            clock=SystemClock(),
            stopping=asyncio.Event(),
            shard_log=ShardLog(command=(sys.executable, "-c", "raise SystemExit(3)")),
        )


async def test_process_stops_on_sigterm_with_success_and_refuses_a_taken_folder() -> None:
    with tempfile.TemporaryDirectory(prefix="pt-") as short:
        command = (sys.executable, "-m", "pantau.mediaserver", "--runtime-dir", short)
        quiet = asyncio.subprocess.DEVNULL
        first = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        await until((Path(short) / "media-hls.sock").exists)
        await until(lambda: shards_of(first.pid))
        second = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        assert await second.wait() == 1
        shard = shards_of(first.pid)[0]
        first.send_signal(signal.SIGTERM)
        assert await first.wait() == 0
        assert not is_running(shard)
