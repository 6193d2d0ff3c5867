"""The form of a camera: what is typed is what is stored, and no password comes back."""

import html
import re
from datetime import time

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.admin.camera_fields import change_of, fields_of
from pantau.cameras.applying import applied
from pantau.cameras.changes import CameraChange
from pantau.cameras.decisions import Showing, Visibility, Window
from pantau.cameras.probing import ProbeReport
from pantau.core.networks import AddressPolicy
from tests.admin.cameras import ADDRESS, add_camera
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio
NEW: dict[str, object] = {
    "private_rtsp_url": "rtsp://10.0.0.30:554/live",
    "name": "Alun-Alun",
    "visibility": "public",
    "enabled": "1",
    "on_demand": "1",
    "status": "active",
}
MISTAKES: tuple[tuple[dict[str, object], str], ...] = (
    ({"name": ""}, "Give the camera a name."),
    ({"private_rtsp_url": ""}, "An address begins with rtsp://"),
    ({"private_rtsp_url": "rtsp://127.0.0.1/x"}, "This address is not allowed"),
    ({"latitude": "north", "longitude": "1"}, "This is no number."),
    ({"latitude": "0", "longitude": "0"}, "0, 0 lies in the Atlantic."),
    ({"latitude": "95", "longitude": "1"}, "Degrees are from -90 to 90."),
    ({"recording_duration_hours": "0"}, "whole number from 1 to 2160"),
    ({"w0_day": "1", "w0_begins": "x", "w0_showing": "live"}, "Give each window a time"),
    ({"visibility": "everybody"}, "Choose one of the list."),
    ({"kind": "betamax"}, "Choose one of the list."),
    ({"area_id": "77"}, "There is no such area."),
)
SECRET = "p@ss:w/ord?#%"


def fields_in(page: str) -> dict[str, object]:
    """Return what a browser would send of the form that is open."""
    form = re.search(r'<camera-form.*?<form class="form"(.*?)</form>', page, re.DOTALL)
    assert form
    fields: dict[str, object] = {}
    for tag in re.findall(r"<input [^>]*>", form.group(1)):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_box = found.get("type") in {"checkbox", "radio"}
        if "name" not in found or (is_box and not re.search(r"\schecked\b", tag)):
            continue
        value = html.unescape(found.get("value", ""))
        if found.get("type") == "checkbox" and found["name"].endswith("_day"):
            days = fields.setdefault(found["name"], [])
            assert isinstance(days, list)
            days.append(value)
        else:
            fields[found["name"]] = value
    for name, options in re.findall(r'<select [^>]*name="(\w+)".*?>(.*?)</select>', form.group(1)):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        fields[name] = chosen.group(1) if chosen else ""
    fields |= re.findall(
        r'<textarea [^>]*name="(\w+)".*?>(.*?)</textarea>', form.group(1), re.DOTALL
    )
    fields.pop("csrf_token")
    return fields


async def test_a_camera_is_added_with_a_password_full_of_signs(
    house: AdminHouse, rini: Person
) -> None:
    area = await house.area("Wanasari")
    await rini.get("/admin/cameras/new")
    fields: dict[str, object] = NEW | {
        "source_user": "viewer",
        "source_password": SECRET,
        "area_id": str(area),
        "latitude": "https://www.google.com/maps/@-6.98321,110.40925,17z",
        "delay_s": "120",
        "recording_duration_hours": "24",
        "w0_day": ["1", "5"],
        "w0_begins": "22:00",
        "w0_ends": "05:30",
        "w0_showing": "hidden",
        "w1_begins": "10:00",
    }
    await rini.send("/admin/cameras/new", fields)
    assert "Alun-Alun was added." in rini.text
    stored = await house.editor.one(1)
    camera = stored.camera
    assert camera.source.url == "rtsp://viewer:p%40ss%3Aw%2Ford%3F%23%25@10.0.0.30:554/live"
    assert (camera.latitude, camera.longitude) == (-6.98321, 110.40925)
    assert camera.area_id == area
    assert camera.decision.delay_s == 120
    assert camera.decision.schedule == (
        Window(days=frozenset({1, 5}), begins=time(22), ends=time(5, 30), showing=Showing.HIDDEN),
    )
    assert stored.recording_duration_hours == 24
    assert not stored.enable_recording


async def test_saving_a_form_as_it_is_changes_nothing(house: AdminHouse, rini: Person) -> None:
    area = await house.area("Wanasari")
    await add_camera(
        house,
        "Gate <1> & “co”",
        f"rtsp://viewer:{SECRET}@10.0.0.30/live?token=abcdef",
        area_id=area,
        description="Two\nlines",
        latitude=-6.98,
        longitude=110.4,
        delay_s=45,
        enable_recording=True,
        visibility=Visibility.PARTNER,
        schedule=(
            Window(days=frozenset({7}), begins=time(8), ends=time(9), showing=Showing.STILL),
            Window(days=frozenset({1, 2}), begins=time(0), ends=time(0), showing=Showing.HIDDEN),
        ),
        sponsor_name="Bank",
        sponsor_package="gold",
    )
    before = await house.editor.one(1)
    await rini.get("/admin/cameras/1/edit")
    assert SECRET not in rini.page
    assert "abcdef" not in rini.page
    await rini.send("/admin/cameras/1/edit", fields_in(rini.page))
    assert "There was nothing to save." in rini.text
    assert await house.editor.one(1) == before


async def test_headers_of_an_owner_are_kept_unless_they_are_typed_anew(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(
        house,
        "Kota",
        "https://cctv.example.org/cam.m3u8",
        headers=(("Referer", "https://secret.example/"), ("X-Key", "0815")),
        relay=True,
    )
    await rini.get("/admin/cameras/1/edit")
    assert "0815" not in rini.page
    fields = fields_in(rini.page)
    assert fields["headers"] == "Referer: ***\nX-Key: ***"
    await rini.send("/admin/cameras/1/edit", fields | {"headers": "Referer: ***\nX-Key: 4711"})
    after = (await house.editor.one(1)).camera.source
    assert after.headers == (("Referer", "https://secret.example/"), ("X-Key", "4711"))
    assert after.relay
    await rini.send("/admin/cameras/1/edit", fields | {"headers": "nonsense"})
    assert "Write one header a line" in rini.text


async def test_a_stored_password_goes_to_no_other_host(house: AdminHouse, rini: Person) -> None:
    await add_camera(house)
    await rini.get("/admin/cameras/1/edit")
    fields = fields_in(rini.page)
    assert fields["private_rtsp_url"] == "rtsp://10.0.0.21:554/stream2"
    assert fields["source_user"] == "admin"
    moved = fields | {"private_rtsp_url": "rtsp://10.9.9.9:554/stream2"}
    answer = await rini.send("/admin/cameras/1/edit", moved)
    assert answer.status == 400
    assert "Type the password again" in rini.text
    assert "geheim" not in rini.page
    other = fields | {"private_rtsp_url": "rtsp://10.0.0.21:554/stream1"}
    await rini.send("/admin/cameras/1/edit", other)
    stored = await house.editor.one(1)
    assert stored.camera.source.url == "rtsp://admin:geheim@10.0.0.21:554/stream1"
    await rini.send("/admin/cameras/1/edit", moved | {"source_password": "neu"})
    assert (await house.editor.one(1)).camera.source.url == "rtsp://admin:neu@10.9.9.9:554/stream2"


async def test_a_mistake_stands_beside_its_field_and_the_rest_stays_typed(
    house: AdminHouse, rini: Person
) -> None:
    await rini.get("/admin/cameras/new")
    typed: dict[str, object] = NEW | {"location": "Jl. Merdeka", "source_password": "geheim"}
    for wrong, sentence in MISTAKES:
        answer = await rini.send("/admin/cameras/new", typed | wrong)
        assert answer.status == 400, wrong
        beside = re.findall(r'class="hint__bad">([^<]+)', rini.page)
        assert [each for each in map(html.unescape, beside) if sentence in each], wrong
        assert 'value="Jl. Merdeka"' in rini.page
        assert "geheim" not in rini.page
    await rini.get("/admin/cameras")
    assert "No camera yet" in rini.text


async def test_a_password_in_the_address_does_not_come_back(rini: Person) -> None:
    await rini.get("/admin/cameras/new")
    typed: dict[str, object] = NEW | {"private_rtsp_url": ADDRESS, "name": ""}
    await rini.send("/admin/cameras/new", typed)
    assert "geheim" not in rini.page
    assert 'value="rtsp://admin:***@10.0.0.21:554/stream2"' in rini.page


async def test_a_look_before_saving_uses_what_is_typed_and_what_is_stored(
    house: AdminHouse, rini: Person
) -> None:
    house.looks.report = ProbeReport(ok=True, video_codec="h264", first_picture_s=1)
    await rini.get("/admin/cameras/new")
    await rini.send("/admin/cameras/new/look", NEW | {"source_user": "u", "source_password": "p"})
    assert "First picture after 1.0 s" in rini.text
    assert 'value="Alun-Alun"' in rini.page
    stored = await add_camera(house)
    await rini.get("/admin/cameras/1/edit")
    await rini.send("/admin/cameras/1/look", fields_in(rini.page))
    assert [source.url for source in house.looks.sources] == [
        "rtsp://u:p@10.0.0.30:554/live",
        ADDRESS,
    ]
    assert house.looks.keys == ["", stored.camera.stream_key]
    await rini.send("/admin/cameras/1/look", {"private_rtsp_url": "rtsp://169.254.169.254/"})
    assert "This address is not allowed" in rini.text
    assert len(house.looks.sources) == 2


async def test_of_a_camera_in_the_settings_only_the_decisions_are_asked(
    house: AdminHouse, rini: Person
) -> None:
    await add_camera(house, managed_by="settings")
    await rini.get("/admin/cameras/1/edit")
    assert "stands in pantau.toml" in rini.text
    fields = fields_in(rini.page)
    assert "name" not in fields
    assert "private_rtsp_url" not in fields
    sent: dict[str, object] = fields | {"visibility": "private", "name": "Hijacked"}
    await rini.send("/admin/cameras/1/edit", sent)
    stored = await house.editor.one(1)
    assert stored.camera.decision.visibility is Visibility.PRIVATE
    assert stored.camera.name == "Simpang Lima"
    assert stored.managed_by == "settings"
    await rini.send("/admin/cameras/1/edit", {"visibility": "x"})
    assert "Choose one of the list." in rini.text


async def test_an_operator_with_areas_is_offered_those(house: AdminHouse, person: Person) -> None:
    mine = await house.area("Wanasari")
    await house.area("Margaluyu")
    await house.add("budi", "operator", area_ids=frozenset({mine}))
    await person.sign_in("budi")
    await person.get("/admin/cameras/new")
    offered = re.search(r'name="area_id".*?</select>', person.page, re.DOTALL)
    assert offered
    assert re.findall(r'value="(\d*)"', offered.group()) == [str(mine)]
    answer = await person.send("/admin/cameras/new", NEW | {"area_id": ""})
    assert answer.status == 403
    assert "cameras of your areas only" in person.text


async def test_the_form_of_every_camera_makes_that_camera(house: AdminHouse) -> None:
    stored = await add_camera(house, headers=(), sponsor_url="https://bank.example/")
    changes = (
        CameraChange(relay=False, address="https://a.example/x.m3u8", low_latency=True),
        CameraChange(address="http://a.example/mjpeg", encode=True, proxy="http://p.example:3128"),
        CameraChange(still_only=True, on_demand=False, is_tunnel=True, status="offline"),
        CameraChange(address="rtsps://u@10.0.0.2/s", tls_fingerprint="ab" * 32, transport="tcp"),
    )
    changed = [await house.editor.change(1, each, by=AT_THE_CONSOLE) for each in changes]
    for each in (stored, *changed):
        again = applied(each, change_of(fields_of(each), each), policy=AddressPolicy(()))
        assert again == each
