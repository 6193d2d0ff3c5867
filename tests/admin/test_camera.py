"""The page of one camera: who sees it, taking it from the public, what happened to it."""

import re

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import Visibility
from pantau.cameras.models import LiveState
from pantau.cameras.probing import ProbeReport
from pantau.core.errors import NotFound
from tests.admin.cameras import ADDRESS, add_camera, remember
from tests.admin.house import AdminHouse
from tests.admin.person import Person
from tests.web.http_peer import visiting

pytestmark = pytest.mark.anyio
SIGHTS = (
    (CameraChange(visibility=Visibility.PRIVATE), "Operators of its area only."),
    (CameraChange(visibility=Visibility.PARTNER, delay_s=90), "Partners, 90 seconds late"),
    (CameraChange(delay_s=120), "Everybody, 2 minutes late."),
    (CameraChange(still_only=True), "Everybody, as still pictures; no video."),
    (CameraChange(enabled=False), "Nobody: the camera is disabled."),
    (CameraChange(status="maintenance"), "it says “under maintenance”"),
)


async def test_the_page_shows_the_live_picture_and_no_password(
    house: AdminHouse, rini: Person
) -> None:
    stored = await add_camera(house)
    await remember(house, c1=LiveState.LIVE)
    await rini.get("/admin/cameras/1")
    assert f'data-address="/hls/{stored.camera.stream_key}/index.m3u8"' in rini.page
    assert "rtsp://admin:***@10.0.0.21:554/stream2" in rini.text
    assert "geheim" not in rini.page
    assert "Everybody, live." in rini.text
    assert 'href="/kamera/1-simpang-lima"' in rini.page
    assert (await rini.get("/admin/cameras/99")).status == 404


async def test_one_sentence_says_who_sees_it(house: AdminHouse, rini: Person) -> None:
    for number, (change, sentence) in enumerate(SIGHTS, 1):
        await add_camera(house)
        await house.editor.change(number, change, by=AT_THE_CONSOLE)
        await rini.get(f"/admin/cameras/{number}")
        assert sentence in rini.text


async def test_cutting_off_wants_a_reason_ends_by_itself_and_can_be_taken_back(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(house)
    await rini.get("/admin/cameras/1")
    answer = await rini.send("/admin/cameras/1/cut-off", {"reason": " ", "until": "1h"})
    assert answer.status == 400
    assert "Say why, in one line" in rini.text
    assert re.search(r'value="1h" checked', rini.page)
    await rini.send("/admin/cameras/1/cut-off", {"reason": "Accident", "until": "15m"})
    assert "is cut off from the public." in rini.text
    assert "Operators only: the camera is cut off" in rini.text
    assert "“Accident”" in rini.text
    assert "This may change at" in rini.text
    house.clock.wind(16 * 60)
    await rini.get("/admin/cameras/1")
    assert "Everybody, live." in rini.text
    await rini.send("/admin/cameras/1/cut-off", {"reason": "Accident", "until": ""})
    await rini.send("/admin/cameras/1/restore")
    assert "The cut-off has ended." in rini.text
    assert (await house.editor.one(1)).camera.decision.cut_off is None


async def test_maintenance_is_one_press_and_so_is_its_end(house: AdminHouse, rini: Person) -> None:
    await add_camera(house)
    await rini.get("/admin/cameras/1")
    await rini.send("/admin/cameras/1/switch", {"do": "maintenance"})
    assert "In maintenance now." in rini.text
    await rini.send("/admin/cameras/1/switch", {"do": "active"})
    assert (await house.editor.one(1)).camera.status == "active"
    await rini.send("/admin/cameras/1/switch", {"do": "disable"})
    assert "No live picture here" in rini.text
    assert "data-address" not in rini.page
    await rini.send("/admin/cameras/1/switch", {"do": "explode"})
    assert not (await house.editor.one(1)).camera.enabled


async def test_what_happened_stands_there_page_by_page(house: AdminHouse, rini: Person) -> None:
    await add_camera(house)
    for number in range(25):
        await house.editor.change(1, CameraChange(location=f"Street {number}"), by=AT_THE_CONSOLE)
    await rini.get("/admin/cameras/1")
    assert "Street 24" in rini.text
    assert "Street 3" not in rini.text
    assert "geheim" not in rini.page
    older = re.search(r'href="([^"]+)">Older', rini.page)
    assert older
    await rini.get(older.group(1).replace("#log", ""))
    assert "Street 3" in rini.text
    assert "Added" in rini.text
    assert "10.0.0.21" in rini.text


async def test_another_key_makes_old_addresses_worthless(house: AdminHouse, rini: Person) -> None:
    before = await add_camera(house)
    await rini.get("/admin/cameras/1/key")
    assert "Another stream key?" in rini.text
    await rini.send("/admin/cameras/1/key")
    after = await house.editor.one(1)
    assert after.camera.stream_key != before.camera.stream_key
    assert f"/hls/{after.camera.stream_key}/index.m3u8?r=1" in rini.page


async def test_deleting_wants_the_name(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, "Simpang Lima")
    await rini.get("/admin/cameras/1/delete")
    assert (await rini.send("/admin/cameras/1/delete", {"typed": "simpang"})).status == 400
    await rini.send("/admin/cameras/1/delete", {"typed": "Simpang Lima"})
    assert "Simpang Lima was deleted." in rini.text
    with pytest.raises(NotFound):
        await house.editor.one(1)


async def test_a_check_tells_what_is_there(house: AdminHouse, rini: Person) -> None:
    stored = await add_camera(house)
    house.looks.report = ProbeReport(
        ok=True,
        video_codec="h265",
        width_px=1280,
        height_px=720,
        frame_rate=12.5,
        bit_rate_bps=1_840_000,
        key_frame_interval_s=8,
        audio="aac",
        first_picture_s=0.42,
        still_base64="QUJD",
    )
    await rini.get("/admin/cameras/1")
    await rini.send("/admin/cameras/1/check")
    for told in (
        "First picture after 0.42 s",
        "Video H.265 1280×720, 12.5 pictures a second, 1.8 Mbit/s",
        "Many phones and browsers cannot play H.265.",
        "A key frame every 8.0 s",
        "Viewers wait up to 8.0 s",
        "Sound: AAC",
    ):
        assert told in rini.text
    assert 'src="data:image/jpeg;base64,QUJD"' in rini.page
    assert house.looks.sources[0].url == ADDRESS
    assert house.looks.keys == [stored.camera.stream_key]
    house.looks.report = ProbeReport(
        ok=False, sentence="The camera refused the user name or password."
    )
    await rini.get("/admin/cameras/1?lang=id")
    await rini.send("/admin/cameras/1/check")
    assert "Kamera menolak" in rini.text


async def test_what_the_settings_say_is_not_changed_here(house: AdminHouse, rini: Person) -> None:
    await add_camera(house, managed_by="settings")
    await rini.get("/admin/cameras/1")
    assert "stands in pantau.toml" in rini.text
    assert "/admin/cameras/1/delete" not in rini.page
    assert (await rini.send("/admin/cameras/1/switch", {"do": "disable"})).status == 409
    assert "described in pantau.toml" in rini.text
    await rini.send("/admin/cameras/1/delete", {"typed": "Simpang Lima"})
    assert (await house.editor.one(1)).camera.enabled
    await rini.send("/admin/cameras/1/cut-off", {"reason": "Accident"})
    assert (await house.editor.one(1)).camera.decision.cut_off is not None


async def test_a_viewer_sees_neither_address_nor_history_nor_any_button(
    house: AdminHouse, person: Person
) -> None:
    await add_camera(house)
    await house.add("dewi", "viewer")
    await person.sign_in("dewi")
    await person.get("/admin/cameras/1")
    assert "10.0.0.21" not in person.page
    assert "What happened to it" not in person.text
    assert "/admin/cameras/1/" not in person.page
    assert 'data-address="/hls/' in person.page
    await house.editor.change(1, CameraChange(visibility=Visibility.PRIVATE), by=AT_THE_CONSOLE)
    await remember(house)
    await person.get("/admin/cameras/1")
    assert "/hls/" not in person.page
    assert "Only operators of its area see it." in person.text


async def test_scripts_get_the_finding_alone(house: AdminHouse, rini: Person) -> None:
    await add_camera(house)
    await rini.get("/admin/cameras/1")
    token = re.search(r'name="csrf_token" value="(\w+)"', rini.page)
    assert token
    cookies = "; ".join(f"{name}={value}" for name, value in rini.cookies.items())
    async with visiting(house.port) as visitor:
        answer = await visitor.ask(
            "/admin/cameras/1/check",
            "POST",
            body=f"csrf_token={token.group(1)}",
            content_type="application/x-www-form-urlencoded",
            origin="http://hub.example",
            sec_fetch_site="same-origin",
            cookie=cookies,
            x_pantau_part="probe",
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            x_forwarded_for="192.0.2.7",
        )
    assert answer.status == 200
    assert b"<html" not in answer.body
    assert b'class="probe"' in answer.body
