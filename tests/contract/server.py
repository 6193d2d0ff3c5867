"""A media server as a plain HTTP client sees it, cookies and redirects included."""

import itertools
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urljoin

from tests.support.waiting import until_in_thread

_TIMEOUT_S = 45


@dataclass(frozen=True)
class Answer:
    """`url` is where redirects led to."""

    status: int
    body: bytes
    url: str

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body.strip() else {}


class MediaServer:
    """Remembers what it added, so that it can be removed."""

    def __init__(self, api: str, hls: str) -> None:
        self._api = api.rstrip("/")
        self._hls = hls.rstrip("/")
        self._added: set[str] = set()
        self._prefix = f"contract-{time.time_ns():x}"
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def new_name(self, part: str = "path") -> str:
        """Return a name that no path of the server has."""
        name = f"{self._prefix}/{part}"
        self._added.add(name)
        return name

    def call(self, method: str, route: str, body: object = None) -> Answer:
        """Call the control API; a body that is no bytes becomes JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self._ask(
            urllib.request.Request(f"{self._api}/v3/{route}", data=data, method=method)
        )

    def change(self, method: str, call: str, name: str, conf: object = None) -> None:
        """Change a path's configuration with success: `{"status": "ok"}`, or no body (1.9)."""
        answer = self.call(method, f"config/paths/{call}/{name}", conf)
        assert answer.status == 200, answer.body
        assert answer.json in ({}, {"status": "ok"})

    def conf(self, name: str) -> dict[str, Any]:
        answer = self.call("GET", f"config/paths/get/{name}")
        assert answer.status == 200
        assert isinstance(answer.json, dict)
        return answer.json

    def path(self, name: str) -> dict[str, Any]:
        answer = self.call("GET", f"paths/get/{name}")
        assert answer.status == 200
        assert isinstance(answer.json, dict)
        return answer.json

    def until(self, condition: Callable[[], object], what: str) -> None:
        until_in_thread(condition, timeout_s=_TIMEOUT_S, what=what)

    def all_items(self, route: str, *, per_page: int) -> list[dict[str, Any]]:
        """Page to the end of a list, checking each page's counts."""
        items: list[dict[str, Any]] = []
        for page in itertools.count():
            given = self.call("GET", f"{route}?page={page}&itemsPerPage={per_page}").json
            assert given["pageCount"] == -(-given["itemCount"] // per_page)
            items += given["items"]
            if page + 1 >= given["pageCount"]:
                assert len(items) == given["itemCount"]
                return items
        raise AssertionError

    def get(self, url: str) -> Answer:
        """Get something from the HLS server, by path or by whole URL."""
        return self._ask(urllib.request.Request(urljoin(f"{self._hls}/", url.lstrip("/"))))

    def media_playlist(self, name: str) -> Answer:
        """Return the media playlist of a path, through a multivariant one where there is one."""
        answer = self.get(f"{name}/index.m3u8")
        text = answer.body.decode()
        if answer.status == 200 and "#EXT-X-STREAM-INF" in text:
            variant = re.findall(r"^[^#\s].*", text, re.MULTILINE)[0]
            return self.get(urljoin(answer.url, variant))
        return answer

    def clean_up(self) -> None:
        for name in self._added:
            self.call("DELETE", f"config/paths/delete/{name}")
        self._added.clear()

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as response:
                return Answer(response.status, response.read(), response.url)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), error.url or "")
