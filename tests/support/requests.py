"""Requests of the fast lane as values."""

from pantau.web.exchange import HotRequest


def hot(path: str, *, rest: str = "", query: str = "", **headers: str) -> HotRequest:
    """Return a GET as a handler sees it; `headers` are written with underscores."""
    request = HotRequest(
        {
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()
            ],
        },
        request_id=b"test-1",
        look_up_client=lambda _: "127.0.0.1",
    )
    request.rest = rest
    return request
