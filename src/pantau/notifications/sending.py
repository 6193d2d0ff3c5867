"""Sends files to targets, for backups that leave the house."""

from pathlib import Path

from pantau.core.errors import Unavailable
from pantau.core.sealing import Sealer
from pantau.db.database import Database
from pantau.notifications.channel import Channel
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.target_service import found


class FileSender:
    """Loop only."""

    def __init__(self, database: Database, *, sealer: Sealer, channel: Channel) -> None:
        self._database = database
        self._sealer = sealer
        self._channel = channel

    async def send_file(self, target_id: int, path: Path, caption: str) -> None:
        """Send a file; raises NotFound for no such target, Unavailable with the reason otherwise.

        Takes ten minutes at most.  What a service takes is limited: 50 MB at Telegram's own
        servers, 2 GB with a Bot API server of one's own.
        """
        async with self._database.read() as reading:
            target = await found(reading, target_id)
        address = self._sealer.open(target.sealed, ADDRESS_PURPOSE, target.key)
        outcome = await self._channel.send_file(address, path, caption)
        if not outcome.is_sent:
            raise Unavailable("alerts.file_not_sent", outcome.reason)
