"""Wiring of the relay of other people's HLS."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from pantau.app.foundation import Foundation
from pantau.cameras.models import Camera
from pantau.core.networks import policy_of
from pantau.core.signing import derive_key
from pantau.core.supervisor import Supervisor
from pantau.streaming.relay.origin import RelayOrigin


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
    return await closing.enter_async_context(relay)
