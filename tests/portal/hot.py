"""Requests as the fast lane hands them on."""

from urllib.parse import quote

from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Answer, HotRequest, Reply, Route


def request(address: str, *, rest: str = "", **headers: str) -> HotRequest:
    """Return a request for `address` with headers named as Python names them."""
    path, _, query = address.partition("?")
    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {
        "method": "GET",
        "path": path,
        "query_string": quote(query, safe="=&%+:/?").encode(),
        "headers": [(b"host", b"hub.example"), *fields],
    }
    asked = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
    asked.rest = rest
    return asked


async def answer_of(route: Route, asked: HotRequest) -> Reply:
    """Return what the route answers, at once or later."""
    answer: Answer = route.handler(asked)
    if isinstance(answer, Reply):
        return answer
    later = await answer
    assert isinstance(later, Reply)
    return later
