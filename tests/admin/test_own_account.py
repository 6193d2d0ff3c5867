"""What people do with their own account, and the link that makes the first admin."""

import re

import pytest

from tests.accounts.house import OTHER_PASSWORD, PASSWORD
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    house: AdminHouse, rini: Person
) -> None:
    other = Person(house, "192.0.2.8")
    await other.sign_in("rini")
    await rini.get("/admin/profile")
    wrong = await rini.send(
        "/admin/profile/password",
        {"current_password": "not-It-1234", "new_password": OTHER_PASSWORD},
    )
    assert wrong.status == 400
    assert "The password is not right." in rini.text
    await rini.send(
        "/admin/profile/password", {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    )
    assert "Your password was changed." in rini.text
    assert (await rini.get("/admin/profile")).status == 200
    assert (await other.get("/admin/profile")).status == 401


async def test_a_name_that_is_taken_is_refused_in_place(house: AdminHouse, rini: Person) -> None:
    await house.add("budi")
    await rini.get("/admin/profile")
    answer = await rini.send("/admin/profile/name", {"username": "Budi"})
    assert answer.status == 400
    assert "This username is taken." in rini.text
    assert 'value="Budi"' in rini.page
    await rini.send("/admin/profile/name", {"username": "rini2"})
    assert "Your user name was changed." in rini.text
    assert "rini2, Admin" in rini.text


async def test_another_device_is_signed_out_from_the_profile(
    house: AdminHouse, rini: Person
) -> None:
    other = Person(house, "192.0.2.8")
    await other.sign_in("rini")
    await rini.get("/admin/profile")
    rows = re.findall(
        r"<tr>.*?(?=<tr>|</tbody>)", rini.page.partition("<tbody>")[2], flags=re.DOTALL
    )
    there = next(row for row in rows if "192.0.2.8" in row)
    action = re.search(r'action="([^"]+)"', there)
    assert action
    await rini.send(action.group(1))
    assert "That device is signed out." in rini.text
    assert (await other.get("/admin")).status == 401
    assert (await rini.get("/admin")).status == 200


async def test_nobody_ends_the_session_of_somebody_else(house: AdminHouse, rini: Person) -> None:
    await house.add("budi")
    budi = Person(house, "192.0.2.9")
    await budi.sign_in("budi")
    await budi.get("/admin/profile")
    assert (await budi.send("/admin/profile/sessions/1/end")).status == 404
    assert (await rini.get("/admin")).status == 200
    # Admins may, but not by accident: the list of everybody's sessions is for that.
    await rini.get("/admin/profile")
    assert (await rini.send("/admin/profile/sessions/2/end")).status == 404
    assert (await budi.get("/admin")).status == 200


async def test_signing_out_everywhere_ends_this_session_too(
    house: AdminHouse, rini: Person
) -> None:
    other = Person(house, "192.0.2.8")
    await other.sign_in("rini")
    await rini.get("/admin/profile/sessions/end")
    await rini.send("/admin/profile/sessions/end")
    assert "You are signed out on every device." in rini.text
    assert (await other.get("/admin")).status == 401


async def test_a_second_factor_is_not_set_up_without_the_password(rini: Person) -> None:
    await rini.get("/admin/profile/second-factor")
    answer = await rini.send("/admin/profile/second-factor/begin", {"password": "wrong-Pass-1"})
    assert answer.status == 400
    assert "The password is not right." in rini.text
    assert "<svg" not in rini.page.partition('class="qr"')[2]
    await rini.send("/admin/profile/second-factor/begin", {"password": PASSWORD})
    assert 'class="qr"' in rini.page
    answer = await rini.send("/admin/profile/second-factor/confirm", {"code": "000000"})
    assert answer.status == 400
    assert "This code is not right." in rini.text


async def test_the_link_of_the_first_run_makes_an_admin_once(
    house: AdminHouse, person: Person
) -> None:
    link = await house.parts.first_run.recovery_link()
    answer = await person.get(link)
    assert answer.status == 200
    # The address holds the token: it must not go to any other page, nor be kept.
    assert answer.header("referrer-policy") == "strict-origin"
    assert answer.header("cache-control") == "no-store"
    token = link.partition("token=")[2]
    weak = await person.send(
        "/admin/welcome", {"token": token, "username": "siti", "password": "siti"}
    )
    assert weak.status == 400
    assert weak.header("referrer-policy") == "strict-origin"
    assert "The password needs 12 to 128 characters." in person.text
    await person.send(
        "/admin/welcome", {"token": token, "username": "siti", "password": OTHER_PASSWORD}
    )
    assert person.path == "/admin"
    assert "Welcome." in person.text
    stranger = Person(house, "203.0.113.5")
    assert (await stranger.get(link)).status == 404
    assert "This link does not work any more" in stranger.text
