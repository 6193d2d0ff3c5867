"""Writes that the fast lane takes itself: the most frequent ones, which need no framework."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from pantau.web.bodies import check_content_type, read_body
from pantau.web.exchange import HotRequest, Limit, Receive, Reply, Route
from pantau.web.principal import Principal, principal_of

TakesWrite: TypeAlias = Callable[[HotRequest, Principal, bytes], Reply]
"""Answers a POST whose body has come; may raise `core.errors.Problem`."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A handler of POST at one exact address, for anybody whom the guard lets in.

    The address knows no other method but OPTIONS.
    """

    handler: TakesWrite
    cross_origin: ClassVar[bool] = False
    limit: ClassVar[Limit] = "none"
    """The guard counts them before anything is read."""

    async def take(self, request: HotRequest, receive: Receive) -> Reply:
        """Return the answer to a POST that the guard let in; `receive` gives its body."""
        headers = request.scope["headers"]
        check_content_type(headers)
        body = await read_body(receive)
        return self.handler(request, principal_of(request.scope), body)


HotRoute: TypeAlias = Route | Writing
"""Whatever answers in the fast lane."""
