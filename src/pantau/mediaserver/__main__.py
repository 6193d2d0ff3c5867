"""`python -m pantau.mediaserver`: the media server alone, in the foreground, until SIGTERM."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import structlog

from pantau.core.clock import SystemClock
from pantau.mediaserver.listeners import ListenError
from pantau.mediaserver.process import CameraRules, HopelessError, run_media_server

log = structlog.get_logger()


async def _run(given: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await run_media_server(
            runtime_dir=given.runtime_dir,
            clock=SystemClock(),
            stopping=stopping,
            shard_size=given.shard_size,
            api_tcp=given.api_tcp,
            hls_tcp=given.hls_tcp,
            cameras=CameraRules(tuple(given.allowed_networks), given.spool_dir),
        )
    except (ListenError, HopelessError, OSError) as error:
        log.error("media_server_cannot_serve", reason=str(error))  # noqa: TRY400 - said in full
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pantau.mediaserver", description=__doc__)
    parser.add_argument("--runtime-dir", type=Path, required=True, help="folder for the sockets")
    parser.add_argument("--shard-size", type=int, default=50, help="most cameras per process")
    parser.add_argument("--api-tcp", help="loopback host:port for the control API as well")
    parser.add_argument("--hls-tcp", help="loopback host:port for HLS as well")
    parser.add_argument(
        "--allowed-networks", nargs="*", default=(), metavar="CIDR", help="reserved, but allowed"
    )
    parser.add_argument("--spool-dir", type=Path, help="folder for the pictures of delayed cameras")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(_arguments())))
