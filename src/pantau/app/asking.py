"""Asks the hub on this machine over HTTP, past any proxy; loads little, so that it is quick."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from pantau.settings import Settings

_ANSWER_S: Final = 3.0
_EVERYWHERE: Final[Mapping[str, str]] = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def own_address(settings: Settings) -> str:
    """Return where this machine reaches the hub without any proxy."""
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def asked(address: str) -> tuple[int, Any]:
    """Return status and JSON of an address of ours; raises OSError or ValueError.

    A hub that is not well says so with a 503 and the same body.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=_ANSWER_S) as answer:
            return int(answer.status), json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
