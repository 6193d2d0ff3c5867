"""Asks the hub on this machine over HTTP, past any proxy; loads little, so that it is quick."""

import json
import urllib.error
import urllib.request
from typing import Any, Final

_ANSWER_S: Final = 3.0


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
