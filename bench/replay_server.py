"""Playback alone, in a process of its own: `python -m bench.replay_server FOLDER PORT`.

Everything but who may see what is what a hub runs; everybody may see everything.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from pantau.app.foundation import lay_foundation
from pantau.app.playback import open_playback
from pantau.app.recording_work import places_of
from pantau.cameras.service import Catalogue
from pantau.core.clock import SystemClock
from pantau.core.listening import listen
from pantau.core.supervisor import Supervisor
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.disks import Disks
from pantau.recordings.indexing import Indexer
from pantau.recordings.models import FOREVER, Reach
from pantau.settings import Settings
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Receive, Scope, Send
from pantau.web.fast_lane import FastLane
from pantau.web.server import serve


class Everything:
    """Rights of somebody who may see everything."""

    async def reach(self, request: HotRequest, camera_id: int) -> Reach:
        """Return everything."""
        return Reach((FOREVER,), is_operator=True)


async def run(folder: Path, port: int) -> None:
    """Index what is in the folder, then serve until the process ends."""
    clock = SystemClock()
    supervisor = Supervisor(clock)
    settings = Settings(data_dir=folder)
    async with AsyncExitStack() as closing:
        base = await lay_foundation(settings, clock=clock, supervisor=supervisor, closing=closing)
        places = places_of(base)
        closing.callback(places.close)
        catalogue = RecordingCatalogue(base.database, places, clock)
        await Indexer(base.database, Disks(places), clock).thorough()
        playback = await open_playback(
            base,
            Catalogue((), clock=clock),
            catalogue,
            Everything(),
            places=places,
            supervisor=supervisor,
            closing=closing,
        )
        lane = FastLane(
            _nobody, exact={}, prefixes=playback.prefixes(), clients=ClientAddresses(())
        )
        await serve(lane, listen("127.0.0.1", port), stopping=asyncio.Event())


async def _nobody(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError(f"{scope['path']} is not measured here")


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1]), int(sys.argv[2])))
