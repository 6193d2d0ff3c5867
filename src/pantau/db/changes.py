"""Who is told what changed: in this process after the commit, in others within a second."""

from collections.abc import Callable
from typing import Literal

Topic = Literal["accounts", "areas", "audit", "cache", "cameras", "keys", "site"]


class Changes:
    """Calls listeners by topic.  Loop only; listeners must not block and say nothing back."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Callable[[], None]]] = {}

    def on(self, topic: Topic, listener: Callable[[], None]) -> None:
        """Have `listener` called after every committed change of `topic`, wherever it was made."""
        self._listeners.setdefault(topic, []).append(listener)

    def tell(self, topic: Topic) -> None:
        """Call the listeners of `topic`."""
        for listener in self._listeners.get(topic, ()):
            listener()
