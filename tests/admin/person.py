"""Somebody with a browser that knows no script: cookies, forms and redirects."""

import html
import re
from urllib.parse import urlencode

from tests.accounts.house import PASSWORD
from tests.admin.house import AGENT, AdminHouse
from tests.web.http_peer import Answer, visiting


class Person:
    """Keeps cookies; `send` fills in the token of the form as a browser would."""

    def __init__(self, house: AdminHouse, address: str = "192.0.2.7") -> None:
        self._house = house
        self._address = address
        self.cookies: dict[str, str] = {}
        self.page = ""
        self.path = ""

    @property
    def text(self) -> str:
        """The words of the page, as people read them."""
        plain = re.sub(r"<(script|svg)\b.*?</\1>|<[^>]+>", " ", self.page, flags=re.DOTALL)
        return " ".join(html.unescape(plain).split())

    async def get(self, path: str, **headers: str) -> Answer:
        """Open a page, and go where it sends."""
        answer = await self._ask(path, "GET", headers=headers)
        return await self._go_on(answer)

    async def send(
        self, path: str, fields: dict[str, object] | None = None, *, token: str | None = None
    ) -> Answer:
        """Send a form of the page that is open, and go where it sends."""
        return await self._go_on(await self.post(path, fields, token=token))

    async def post(
        self, path: str, fields: dict[str, object] | None = None, *, token: str | None = None
    ) -> Answer:
        """Send a form and stay."""
        found = re.search(r'name="csrf_token" value="(\w+)"', self.page)
        sent = found.group(1) if found and token is None else token or ""
        body = urlencode({"csrf_token": sent, **(fields or {})}, doseq=True)
        headers = {
            "content_type": "application/x-www-form-urlencoded",
            "origin": "http://hub.example",
            "sec_fetch_site": "same-origin",
        }
        return await self._ask(path, "POST", body=body, headers=headers)

    async def sign_in(self, name: str, password: str = PASSWORD, **more: object) -> Answer:
        """Sign in through the form."""
        await self.get("/admin/sign-in")
        fields = {"username": name, "password": password, **more}
        return await self.send("/admin/sign-in", fields)

    async def _go_on(self, answer: Answer) -> Answer:
        for _ in range(3):
            if answer.status not in {303, 307, 308}:
                break
            answer = await self._ask(answer.header("location"), "GET", headers={})
        return answer

    async def _ask(
        self, path: str, method: str, *, body: str = "", headers: dict[str, str]
    ) -> Answer:
        fields = {
            "accept": "text/html",
            "accept_language": "en",
            "user_agent": AGENT,
            "x_forwarded_for": self._address,
            **headers,
        }
        if self.cookies:
            fields["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with visiting(self._house.port) as visitor:
            answer = await visitor.ask(path, method, body=body, **fields)
        self._keep(answer)
        if answer.header("content-type").startswith("text/html"):
            self.page, self.path = answer.body.decode(), path
        return answer

    def _keep(self, answer: Answer) -> None:
        for line in answer.headers("set-cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            if "Path=/api/auth/refresh" in attributes:
                continue
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
