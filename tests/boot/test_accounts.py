"""Signing in on a whole Pantau: the first link, the first admin, restarts and ends."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from pantau.db.place import Place
from tests.boot.installation import Installation, run
from tests.support.waiting import until_in_thread

PASSWORD = "Sunshine-Kettle-42"
LINK = re.compile(r"First sign-in, .*: (http://\S+)")


class Browser:
    """Cookies, forms and the token of this site, as a browser without JavaScript has them."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(
        self, path: str, *, form: dict[str, str] | None = None, body: Any = None, method: str = ""
    ) -> tuple[int, str]:
        """Ask, follow redirects, and return status and text."""
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        elif body is not None:
            data = json.dumps(body).encode()
            headers |= {"Content-Type": "application/json", "X-CSRF-Token": self.csrf()}
        url = path if path.startswith("http") else self.base + path
        request = urllib.request.Request(url, data, headers, method=method or None)
        try:
            with self._opener.open(request, timeout=45) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def csrf(self) -> str:
        return str(json.loads(self.ask("/api/auth/csrf")[1])["data"]["token"])

    def send_form(self, path: str, **fields: str) -> tuple[int, str]:
        """Load the page at `path`, fill its first form with the token it carries, and send it."""
        _, page = self.ask(path)
        token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
        assert token is not None, page[:2000]
        target = path.partition("?")[0]
        return self.ask(target, form={"csrf_token": token[1], **fields})


def first_link(installation: Installation) -> str:
    """Wait for the line below the address; return its link."""
    until_in_thread(
        lambda: LINK.search(installation.stdout) is not None, timeout_s=45, what="the first link"
    )
    found = LINK.search(installation.stdout)
    assert found is not None
    return found[1]


def redeem(browser: Browser, link: str, name: str = "siti") -> tuple[int, str]:
    """Open the link and choose a name and a password."""
    path = link.removeprefix(browser.base)
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    return browser.send_form(path, token=token, username=name, password=PASSWORD)


def test_the_first_start_makes_the_first_admin_and_no_other(tmp_path: Path) -> None:
    with Installation(tmp_path) as installation:
        installation.until_ready()
        assert installation.stdout.startswith("Pantau is ready on http://127.0.0.1:")
        link = first_link(installation)
        browser = Browser(installation.port)
        status, page = redeem(browser, link)
        assert status == 200, page
        status, told = browser.ask("/api/auth/verify")
        assert (status, json.loads(told)["data"]["user"]["role"]) == (200, "admin")
        status, page = Browser(installation.port).ask(link)
        assert status in {404, 410}
        assert PASSWORD not in installation.logs
        assert not [line for line in installation.stderr.splitlines() if "token=" in line]

        # Web is killed in the middle of its life: the session is in the database.
        installation.kill("web")
        until_in_thread(
            lambda: _status(browser, "/api/auth/verify") == 200, timeout_s=45, what="web again"
        )
        assert len(LINK.findall(installation.stdout)) == 1

        status, _ = browser.ask("/api/auth/logout", body={})
        assert status == 200
        assert browser.ask("/api/auth/verify")[0] == 401
    with Installation(tmp_path) as again:
        again.until_ready()
        assert LINK.search(again.stdout) is None


def test_whoever_is_locked_out_gets_in_from_the_machine(tmp_path: Path) -> None:
    with Installation(tmp_path) as installation:
        installation.until_ready()
        redeem(Browser(installation.port), first_link(installation))
        made = run(tmp_path, "admin-link", PANTAU_PORT=str(installation.port))
        assert made.returncode == 0, made.stderr
        link = made.stdout.strip().splitlines()[-1]
        browser = Browser(installation.port)
        status, page = redeem(browser, link, "other")
        assert status == 200, page
        assert browser.ask("/api/auth/verify")[0] == 200


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_family_lives_on_postgresql(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place: Place = request.getfixturevalue(f"{kind}_place")
    url = place.url.set(drivername="postgresql").render_as_string(hide_password=False)
    toml = (
        f'[database]\nurl = "{url}"\n\n'
        '[[cameras]]\nname = "Simpang Lima"\nsource = "rtsp://admin:geheim@127.0.0.1:9/1"\n'
    )
    with Installation(tmp_path, toml) as installation:
        installation.until_ready()
        assert [camera["name"] for camera in installation.json("/api/cameras/active")["data"]] == [
            "Simpang Lima"
        ]
        browser = Browser(installation.port)
        assert redeem(browser, first_link(installation))[0] == 200
        assert browser.ask("/api/auth/verify")[0] == 200
        assert not (tmp_path / "data" / "pantau.db").exists()
        assert "geheim" not in installation.logs


def _status(browser: Browser, path: str) -> int:
    try:
        return browser.ask(path)[0]
    except OSError:
        return 0
