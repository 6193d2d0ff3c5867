"""Who may replay what, as bytes over HTTP: by preview, link, cookie, header; and by no trick.

Many things in one hub: opening one costs more than asking it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from pantau.audit.models import AuditEntryRow
from pantau.recordings.rights.rows import DeviceRow, TokenRow
from tests.safety.outsider import soon
from tests.safety.replaying import Hub, open_hub

pytestmark = pytest.mark.anyio
PATIENCE_S: Final = 60.0
"""The promise is a second; a busy machine gets more before the test fails."""


async def test_a_link_opens_more_on_one_device_until_it_is_revoked(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        key = await hub.house.add_key("recordings:write", "recordings:read")
        made = await hub.make(key, max_devices=1)
        secret, path = made["token"], f"/api/recordings/tokens/{made['id']}"
        assert await hub.seen() == {"young"}

        # What chats do before anybody taps the link.
        for method in ("GET", "HEAD", "GET"):
            assert (await hub.house.ask(method, made["path"])).status == 200
        assert (await hub.house.ask("GET", path, key=key)).json["data"]["devices"] == 0

        opened, device = await hub.let_in(secret)
        assert (opened.status, opened.headers["Location"]) == (303, "/putar")
        line = next(one for one in opened.headers["cookies"].split("\n") if device in one)
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
        assert secret not in device
        assert await hub.seen(device=device) == {"young", "old"}
        assert await hub.seen() == {"young"}

        # The same device again takes no further place; another one finds none.
        again, same = await hub.let_in(secret, device=device)
        assert (again.status, same) == (303, device)
        refused, nothing = await hub.let_in(secret)
        assert (refused.status, nothing) == (409, "")
        page = await hub.read("/putar", device=device)
        assert page.status == 200
        assert "Village office" in page.text
        assert page.headers["cache-control"] == "private, no-store"
        assert secret not in page.text

        me = (await hub.read("/api/playback/me", device=device)).json["data"]
        assert (me["access"], me["token"]["window_hours"]) == ("token", 24)
        assert {each["name"] for each in me["cameras"]} == {"Gate", "Yard"}
        assert {each["window_minutes"] for each in me["cameras"]} == {1_440}

        assert (await hub.house.ask("POST", f"{path}/revoke", key=key)).status == 200
        assert await hub.seen(device=device) == {"young"}
        await _holds_nothing_of(hub, secret, device)


async def _holds_nothing_of(hub: Hub, *secrets: str) -> None:
    """Prove that neither tokens nor cookies stand in the database."""
    await hub.house.base.trail.flush(everything=True)
    async with hub.house.base.database.read() as work:
        for table in (TokenRow, DeviceRow, AuditEntryRow):
            rows = (await work.session.execute(select(table.__table__))).mappings().all()
            assert rows, table
            assert not any(secret in str(dict(row)) for row in rows for secret in secrets), table


async def test_tricks_open_no_more_than_everybody_may_see(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        key = await hub.house.add_key("recordings:write")
        cameras_key = await hub.house.add_key("cameras:read")
        gate = {"scope": "selected", "camera_ids": [hub.cameras["Gate"]]}
        ends_at = (hub.house.clock.now() + timedelta(minutes=40)).isoformat()
        one = await hub.make(key, expires_at=ends_at, **gate)
        vault = {"scope": "selected", "camera_ids": [hub.cameras["Vault"]]}
        other = await hub.make(key, window_hours=1, **vault)
        _, device = await hub.let_in(one["token"])
        _, second = await hub.let_in(other["token"])

        # A cookie is good for what its token names, and for nothing else.
        assert await hub.seen(device=device) == {"young", "old"}
        assert await hub.seen(camera="Yard", device=device) == {"young"}
        assert await hub.seen(camera="Vault", device=device) == set()
        assert await hub.seen(camera="Vault", device=second) == {"young"}
        assert await hub.seen(device=second) == {"young"}

        # Methods and ranges make no difference, and what is not allowed looks as if it were not.
        for age, expected in (("young", 206), ("old", 404), ("ancient", 404)):
            ranged = await hub.status("GET", hub.file(age), Range="bytes=0-99")
            assert ranged == expected, age
            whole = await hub.status("HEAD", hub.file(age))
            assert whole == (404 if expected == 404 else 200), age
        missing = hub.file("old").replace("00Z.mp4", "01Z.mp4").replace("stream/2", "stream/1")
        assert await hub.status("GET", missing) == 404
        assert await hub.status("GET", hub.file("old"), device=device, Range="bytes=-10") == 206

        # Headers: the token where it belongs, and nowhere else.
        assert await hub.seen(X_Playback_Token=one["token"]) == {"young", "old"}
        assert await hub.seen(Authorization=f"Playback {one['token']}") == {"young", "old"}
        for headers in (
            {"Authorization": f"Bearer {one['token']}"},
            {"Authorization": f"Basic {one['token']}"},
            {"X_Playback_Token": f"{one['token']},{other['token']}"},
            {"X_Playback_Token": one["prefix"]},
            {"Cookie": f"pantau_playback={one['token']}"},
            {"Cookie": f"pantau_playback={device}; pantau_playback={second}"},
            {"X_API_Key": cameras_key},
            {"X_Original_URL": hub.file("old"), "X_Forwarded_Uri": "/"},
        ):
            assert await hub.seen(**headers) == {"young"}, headers
        assert await hub.status("GET", f"{hub.file('old')}?token={one['token']}") == 404
        assert await hub.status("GET", f"{hub.file('old')}?kode={one['token']}") == 404

        await _writes_need_proof_that_they_were_meant(hub, one["token"])
        await _holds_nothing_of(hub, one["token"], other["token"])

        # The end of a token is the end of its cookie.
        hub.house.clock.ahead_s += 41 * 60
        assert await hub.seen(device=device) == {"young"}
        assert await hub.seen(X_Playback_Token=one["token"]) == {"young"}
        assert (await hub.let_in(one["token"]))[0].status == 403


async def _writes_need_proof_that_they_were_meant(hub: Hub, secret: str) -> None:
    """Prove it also for whoever holds the link."""
    plain = f"http://127.0.0.1:{hub.house.port}"
    for path, body in (("/putar", {"kode": secret}), ("/putar/keluar", {})):
        async with hub.house.http.post(f"{plain}{path}", data=body) as answer:
            assert answer.status == 403
    body = {"token": secret}
    async with hub.house.http.post(f"{plain}/api/playback/activate", json=body) as answer:
        assert answer.status == 403


async def test_guessing_is_slow_and_says_nothing(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        key = await hub.house.add_key("recordings:write")
        code = (await hub.make(key, code="nasi-goreng-412-kuda"))["token"]
        answers = set()
        for number in range(10):
            told = await hub.house.ask(
                "POST", "/api/playback/activate", json={"token": f"nasi-goreng-{number}"}
            )
            answers.add((told.status, told.json["code"], told.json["message"]))
        assert {status for status, _, _ in answers} == {404}
        assert len(answers) == 1
        right = await hub.house.ask("POST", "/api/playback/activate", json={"token": code})
        assert right.status == 429
        assert int(right.headers["retry-after"]) <= 60
        by_form, nothing = await hub.let_in(code)
        assert (by_form.status, nothing) == (429, "")
        assert await hub.status("GET", hub.file("old"), X_Playback_Token=code) == 429
        # Who watches without a code is left alone.
        assert await hub.seen() == {"young"}
        hub.house.clock.ahead_s += 61
        by_form, device = await hub.let_in("NASI GORENG 412 KUDA")
        assert by_form.status == 303
        assert await hub.seen(device=device) == {"young", "old"}
        for junk in ("", " ", "a" * 5_000, "\u0000", "töken"):
            assert (await hub.let_in(junk))[0].status in {400, 404}


async def test_what_operators_decide_holds_for_what_lies_on_the_disk(tmp_path: Path) -> None:
    async with open_hub(tmp_path) as hub:
        await hub.house.add_user("nenek", "admin")
        admin = (await hub.house.sign_in("nenek")).access_token
        key = await hub.house.add_key("recordings:write")
        made = await hub.make(key)
        _, device = await hub.let_in(made["token"])
        gate = hub.cameras["Gate"]
        assert await hub.seen(device=device) == {"young", "old"}
        off = await hub.house.ask(
            "PUT", f"/api/cameras/{gate}/cut-off", json={"reason": "somebody fell"}, bearer=admin
        )
        assert off.status == 200, off.text

        async def is_dark() -> bool:
            return await hub.seen() == set() and await hub.seen(device=device) == set()

        await soon(is_dark, "a camera that is cut off is replayed by nobody", timeout_s=PATIENCE_S)
        assert await hub.seen(camera="Yard", device=device) == {"young", "old"}
        everything = {"young", "old", "ancient"}
        assert await hub.seen(Authorization=f"Bearer {admin}") == everything
        on = await hub.house.ask("DELETE", f"/api/cameras/{gate}/cut-off", bearer=admin)
        assert on.status == 200, on.text

        async def is_back() -> bool:
            return await hub.seen() == {"young"}

        await soon(is_back, "what was seen before may be replayed again", timeout_s=PATIENCE_S)
        rule = {"playback": "operators"}
        path = f"/api/recordings/{gate}/rules"
        decided = await hub.house.ask("PATCH", path, json=rule, bearer=admin)
        assert decided.status == 200, decided.text
        await soon(is_dark, "a camera for operators is replayed by them", timeout_s=PATIENCE_S)
        assert await hub.seen(Authorization=f"Bearer {admin}") == everything
