"""What the operator lets visitors do."""

from collections.abc import Callable
from typing import Protocol


class Allowed(Protocol):
    """The part of the site's values that this is about."""

    @property
    def feedback_enabled(self) -> bool: ...
    @property
    def votes_enabled(self) -> bool: ...
    @property
    def feedback_days(self) -> int: ...


CommunityRules = Callable[[], Allowed]
"""Asked at every use: what the operator sets takes effect at once."""
