"""Who may replay what, for every part that shows footage: one question, answered from memory."""

from pantau.recordings.models import Reach
from pantau.web.exchange import HotRequest, Scope


class ReplayRights:
    """Answers from memory: no question costs a query.  Loop only.

    What changes in any process holds here within a second.
    """

    async def reach(self, request: HotRequest | Scope, camera_id: int) -> Reach:
        """Return what of a camera whoever asks may replay at this moment; no spans: nothing.

        The answer for a camera that never was and for one that may not be replayed is the same, and
        so must be what is made of it: a 404 (lesson X10).  Footage of a camera that was removed is
        for operators.  Ask anew for every request; nothing in it is true for longer.

        Raises Throttled for an address that guesses playback tokens, and Unavailable where nobody
        can tell who asks.
        """
        raise NotImplementedError
