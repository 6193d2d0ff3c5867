"""The pages of playback tokens, in a whole web process, without JavaScript."""

import ast
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.admin.playback_token_words import playback_sentences
from pantau.admin.wording import Wording
from pantau.app.camera_editing import camera_editor
from pantau.cameras.changes import CameraChange
from pantau.core.clock import SystemClock
from pantau.portal.playback.link import known_sentences
from pantau.ui.files import read_assets
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.safety.house import House, open_house
from tests.safety.outsider import soon

pytestmark = pytest.mark.anyio
TOKENS: Final = "/admin/playback-tokens"
REFUSALS: Final = {"Invalid", "Forbidden", "Conflict", "NotFound", "Throttled", "_refused"}


async def send(
    house: House, path: str, fields: Sequence[tuple[str, str]], bearer: str
) -> tuple[int, str, str]:
    """Send a form; return status, where it leads, and the page."""
    url = f"http://127.0.0.1:{house.port}{path}"
    headers = {"authorization": f"Bearer {bearer}", "accept-language": "en"}
    async with house.http.post(
        url, data=list(fields), headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("location", ""), await answer.text()


async def read(house: House, path: str, bearer: str, language: str = "en") -> str:
    answer = await house.ask("GET", path, bearer=bearer, accept_language=language)
    assert answer.status == 200, answer.text
    return unescape(answer.text)


def filled(**changes: Any) -> list[tuple[str, str]]:
    fields = {
        "label": "Village office",
        "scope": "all",
        "window_hours": "72",
        "ends": "30",
        "max_devices": "2",
        **changes,
    }
    return list(fields.items())


async def test_a_token_from_the_form_to_its_end(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.add_user("nenek", "admin")
        admin = (await house.sign_in("nenek")).access_token
        assert "Nobody has access yet" in await read(house, TOKENS, admin)
        await read(house, f"{TOKENS}/new", admin)

        status, _, page = await send(house, f"{TOKENS}/new", filled(label=" "), admin)
        assert (status, 'aria-invalid="true"' in page) == (400, True)
        for changes in ({"code": "password"}, {"scope": "selected"}, {"scope": "area"}):
            status, _, page = await send(house, f"{TOKENS}/new", filled(**changes), admin)
            assert status == 400, changes
            assert 'value="Village office"' in page
            assert "hint__bad" in page, changes
        assert "Nobody has access yet" in await read(house, TOKENS, admin)

        status, _, page = await send(house, f"{TOKENS}/new", filled(), admin)
        assert status == 200
        found = re.search(r"/putar\?kode=(\w+)", page)
        assert found is not None
        secret = found[1]
        assert "It is for 2 devices." in page
        assert "<title>QR</title>" in page or 'class="qr"' in page

        path = f"{TOKENS}/1"
        for where in (TOKENS, path):
            listed = await read(house, where, admin)
            assert "Village office" in listed
            assert secret not in listed
            assert secret[:6] in listed
            assert "Akses putar ulang" in await read(house, where, admin, "id")

        device = await house.ask("POST", "/api/playback/activate", json={"token": secret})
        assert device.status == 200
        assert "1 of 2" in await read(house, path, admin)
        status, where, _ = await send(house, f"{path}/devices/1/end", [], admin)
        assert (status, where) == (303, path)
        assert "signed off here" in await read(house, path, admin)

        changed = filled(label="Police", ends="keep", window_hours="24")
        status, where, _ = await send(house, path, changed, admin)
        assert (status, where) == (303, path)
        told = (await house.ask("GET", "/api/recordings/tokens/1", bearer=admin)).json["data"]
        assert (told["label"], told["window_hours"]) == ("Police", 24)
        assert told["expires_at"] is not None
        await send(house, path, filled(ends="never"), admin)
        told = (await house.ask("GET", "/api/recordings/tokens/1", bearer=admin)).json["data"]
        assert told["expires_at"] is None

        assert "for good" in await read(house, f"{path}/revoke", admin)
        assert (await send(house, f"{path}/revoke", [], admin))[:2] == (303, TOKENS)
        assert "revoked" in await read(house, path, admin)
        status, _, page = await send(house, path, filled(label="Again"), admin)
        assert status == 409


async def test_operators_find_what_is_theirs_and_observers_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.add_user("nenek", "admin")
        admin = (await house.sign_in("nenek")).access_token
        area = await house.ask("POST", "/api/areas", json={"name": "North"}, bearer=admin)
        number = area.json["data"]["id"]
        user = await house.add_user("budi", "operator")
        await house.add_user("tamu", "viewer")
        await house.ask("PUT", f"/api/users/{user}", json={"area_ids": [number]}, bearer=admin)
        operator = (await house.sign_in("budi")).access_token
        viewer = (await house.sign_in("tamu")).access_token
        change = CameraChange(name="Gate", address="rtsp://10.77.0.9/live", area_id=number)
        await camera_editor(house.base).create(change, by=AT_THE_CONSOLE)
        other = CameraChange(name="Elsewhere", address="rtsp://10.77.0.9/other")
        await camera_editor(house.base).create(other, by=AT_THE_CONSOLE)

        async def is_known() -> bool:
            return "Gate" in await read(house, f"{TOKENS}/new", operator)

        await soon(is_known, "the camera is known", timeout_s=60)
        form = await read(house, f"{TOKENS}/new", operator)
        assert "Elsewhere" not in form
        assert "All public cameras" not in form
        await send(house, f"{TOKENS}/new", filled(), admin)
        assert "Nobody has access yet" in await read(house, TOKENS, operator)
        assert (await send(house, f"{TOKENS}/new", filled(), operator))[0] == 403
        mine = [*filled(label="Ours", scope="area"), ("area", str(number))]
        assert (await send(house, f"{TOKENS}/new", mine, operator))[0] == 200
        assert "Ours" in await read(house, TOKENS, operator)
        for path in (TOKENS, f"{TOKENS}/new", f"{TOKENS}/1"):
            assert (await house.ask("GET", path, bearer=viewer)).status == 403
        assert (await house.ask("GET", f"{TOKENS}/1", bearer=operator)).status == 404
        assert (await send(house, f"{TOKENS}/1/revoke", [], operator))[0] == 404


def test_every_sentence_of_the_services_is_translated() -> None:
    site = Site(zone=ZoneInfo("Asia/Jakarta"))
    pages = Pages(assets=read_assets(), site=lambda: site, now=SystemClock().now)
    english = Wording(pages.texts["en"], pages)
    listed = (*playback_sentences(english), *known_sentences(pages, "en"))
    indonesian = Wording(pages.texts["id"], pages)
    assert [each for each in listed if indonesian.sentence(each) == each] == []
    shapes = {re.sub(r"[0-9]+", "#", sentence) for sentence in listed}
    assert len(raised()) > 15
    assert raised() - shapes == {"There is no such token.", "There is no such device."}


def raised() -> set[str]:
    """Return the sentences of every refusal in the services, with # for what differs."""
    found = set()
    for name in ("tokens.py", "token_texts.py", "activation.py", "guessing.py"):
        tree = ast.parse((Path("src/pantau/recordings/rights") / name).read_text())
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "id", "") in REFUSALS and len(call.args) in {1, 2}:
                found.add(shape_of(call.args[-1]))
    return found - {""}


def shape_of(node: ast.expr) -> str:
    match node:
        case ast.JoinedStr(values=parts):
            return "".join(shape_of(part) for part in parts)
        case ast.FormattedValue():
            return "#"
        case ast.Constant(value=str() as text):
            return re.sub(r"[0-9]+", "#", text)
        case _:
            return ""
