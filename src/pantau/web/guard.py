"""The door of the slow lane: how often, who, from where, and whether it is meant."""

from typing import Any, Protocol

from pantau.web.exchange import Scope


class OnEvent(Protocol):
    """Gets to know what was refused; bounded and quick, for it is told of every refusal."""

    def __call__(self, event_type: str, scope: Scope, **facts: Any) -> None:
        """`event_type` is RATE_LIMIT_EXCEEDED, CSRF_INVALID, ORIGIN_VALIDATION_FAILURE,

        VALIDATION_FAILURE or API_KEY_INVALID.
        """
        ...
