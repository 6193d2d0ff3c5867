"""Who is told what changed: in this process after the commit, in others within a second."""

from collections.abc import Callable
from typing import Final, Literal, get_args

Topic = Literal[
    "accounts",
    "analytics",
    "areas",
    "audit",
    "backups",
    "cache",
    "cameras",
    "exports",
    "feedback",
    "health",
    "imports",
    "keys",
    "notices",
    "notifications",
    "playback",
    "recordings",
    "site",
    "sponsors",
    "streams",
    "viewers",
]
TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)


class Changes:
    """Calls listeners by topic.  Loop only; listeners must not block and say nothing back."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Callable[[], None]]] = {}
        self._known: dict[Topic, int] = {}

    def on(self, topic: Topic, listener: Callable[[], None]) -> None:
        """Have `listener` called after every committed change of `topic`, wherever it was made.

        Several changes that follow each other closely may be told as one.
        """
        self._listeners.setdefault(topic, []).append(listener)

    def tell(self, topic: Topic) -> None:
        """Call the listeners of `topic`."""
        for listener in self._listeners.get(topic, ()):
            listener()

    def note(self, topic: Topic, counted: int) -> None:
        """Take `counted` changes of `topic` as known, without telling anybody."""
        self._known[topic] = max(counted, self._known.get(topic, 0))

    def tell_up_to(self, topic: Topic, counted: int) -> bool:
        """Tell the listeners unless they were told of this change already; return whether.

        Own writes are told of by the writer, and met again by whoever watches the database.
        """
        if counted <= self._known.get(topic, 0):
            return False
        self._known[topic] = counted
        self.tell(topic)
        return True
