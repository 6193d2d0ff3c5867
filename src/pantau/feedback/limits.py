"""How often visitors may write and vote."""

from typing import Final

from pantau.core.errors import Throttled
from pantau.feedback.senders import Sender
from pantau.feedback.words import in_english
from pantau.web.counters import Counters

MESSAGES_OF_VISITOR: Final = 5
MESSAGES_OF_LINE: Final = 40
"""Mobile carriers put many people behind one address."""
MESSAGES_OF_ALL: Final = 500
VOTES_OF_VISITOR: Final = 60
VOTES_OF_LINE: Final = 600
NEW_VOTERS: Final = 20
"""How many new voters one line may bring to one camera in a day: a cookie is thrown away easily."""
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0


class Limits:
    """Counts where every process of the installation counts.  What is refused does not count."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def enter_message(self, sender: Sender) -> None:
        """Count a message; raises Throttled."""
        keys = [(f"feedback:visitor:{sender.visitor}", MESSAGES_OF_VISITOR)]
        if sender.line:
            keys.append((f"feedback:line:{sender.line}", MESSAGES_OF_LINE))
        keys.append(("feedback:all", MESSAGES_OF_ALL))
        await self._enter("feedback.often", keys, _HOUR_S)

    async def enter_vote(self, sender: Sender) -> None:
        """Count a vote; raises Throttled."""
        keys = [(f"vote:visitor:{sender.visitor}", VOTES_OF_VISITOR)]
        if sender.line:
            keys.append((f"vote:line:{sender.line}", VOTES_OF_LINE))
        await self._enter("votes.often", keys, _HOUR_S)

    async def enter_voter(self, sender: Sender, camera_id: int) -> None:
        """Count a voter that was not known for this camera; raises Throttled."""
        key = f"vote:new:{camera_id}:{sender.line or sender.visitor}"
        await self._enter("votes.often", [(key, NEW_VOTERS)], _DAY_S)

    async def _enter(self, code: str, keys: list[tuple[str, int]], within_s: float) -> None:
        entered: list[str] = []
        for key, limit in keys:
            reserved = await self._counters.reserve(key, limit=limit, within_s=within_s)
            if reserved.allowed:
                entered.append(key)
                continue
            for earlier in entered:
                await self._counters.give_back(earlier, within_s=within_s)
            raise Throttled(code, in_english()[code], retry_after_s=reserved.retry_after_s)
