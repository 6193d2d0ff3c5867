"""How the web layer tells of what it refused, to whoever keeps a record of it."""

from typing import Any, Protocol

from pantau.web.exchange import Scope


class OnEvent(Protocol):
    """Bounded and quick, for it is told of every refusal; must not raise."""

    def __call__(self, event_type: str, scope: Scope, **facts: Any) -> None:
        """Take note of an event of a request.

        `event_type` is RATE_LIMIT_EXCEEDED, CSRF_INVALID, ORIGIN_VALIDATION_FAILURE,
        VALIDATION_FAILURE or API_KEY_INVALID.
        """
        ...


def ignore(event_type: str, scope: Scope, **facts: Any) -> None:  # the protocol's
    """Stand where nobody records events."""
