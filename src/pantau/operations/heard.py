"""Tells the doctor what arrived of a request that it sent through the proxy.

It answers only while a command on this machine keeps a file named after the asked word in the
folder of sockets, where nobody else can write; for everybody else there is nothing at the address.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pantau.core.errors import NotFound
from pantau.operations.doctor.public_site import Heard
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply, Route
from pantau.web.hot_paths import HotPath, query_parameter

PATH: Final = "/health/heard"
_WORD: Final = re.compile(rb"word=([A-Za-z0-9_-]{20,64})")
DOCUMENTED: Final = (
    HotPath(
        PATH,
        "What arrived of this request, for whoever may write into the hub's folder of sockets",
        "health",
        Heard,
        parameters=(
            query_parameter(
                "word", {"type": "string"}, "Of a file that `pantau doctor` laid there"
            ),
        ),
        problems={404: "Nobody asked for it on this machine"},
        kept="never",
    ),
)


class HeardRoute:
    """Answers at `PATH`; `folder` is that of the sockets."""

    def __init__(self, folder: Path, clients: ClientAddresses) -> None:
        self._folder = folder
        self._clients = clients

    def exact(self) -> dict[str, Route]:
        """Return the handler by its path."""
        return {PATH: Route(self._tell)}

    def _tell(self, request: HotRequest) -> Reply:
        asked = _WORD.fullmatch(request.query)
        if asked is None or not _file(self._folder, asked[1].decode()).exists():
            raise NotFound("not_found", "There is nothing at this address.")
        peer = request.scope.get("client")
        heard = Heard(
            from_proxy=self._clients.comes_from_proxy(request.scope),
            peer=str(peer[0]) if peer else "",
            forwarded_for=_text(request, b"x-forwarded-for"),
            forwarded_proto=_text(request, b"x-forwarded-proto"),
            host=_text(request, b"host"),
        )
        body = heard.model_dump_json().encode()
        return Reply(HTTPStatus.OK, body, content_type=b"application/json")


@contextmanager
def asking(folder: Path) -> Iterator[str]:
    """Have the hub answer within this block; gives the path to ask for.  Raises OSError."""
    word = secrets.token_urlsafe(24)
    file = _file(folder, word)
    file.touch(mode=0o600)
    try:
        yield f"{PATH}?word={word}"
    finally:
        file.unlink(missing_ok=True)


def _file(folder: Path, word: str) -> Path:
    return folder / f"heard-{word}"


def _text(request: HotRequest, name: bytes) -> str:
    return request.header(name).decode("latin-1")[:200]
