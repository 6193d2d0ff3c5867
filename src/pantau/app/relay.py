"""Wiring of the relay of other people's HLS."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from pantau.app.foundation import Foundation
from pantau.cameras.models import Camera
from pantau.core.networks import policy_of
from pantau.core.signing import derive_key
from pantau.core.supervisor import Service, Supervisor
from pantau.streaming.relay.origin import RelayOrigin

_SWEEP_EVERY_S: Final = 30.0


async def open_relay(
    base: Foundation,
    *,
    find: Callable[[str], Camera | None],
    supervisor: Supervisor,
    closing: AsyncExitStack,
) -> RelayOrigin:
    """Return the origin of relayed cameras; `find` gives a camera with its source by stream key."""
    relay = RelayOrigin(
        find=find,
        key=derive_key(base.secret, "relay-names"),
        policy=policy_of(base.settings.media.allowed_networks),
        clock=base.clock,
        spawn=supervisor.spawn,
    )

    async def clean() -> None:
        while True:
            await base.clock.sleep(_SWEEP_EVERY_S)
            relay.sweep()

    supervisor.add(Service("streaming.relay", clean))
    return await closing.enter_async_context(relay)
