"""Managing users with forms."""

import re

import pytest

from pantau.core.errors import NotFound
from tests.accounts.house import OTHER_PASSWORD, PASSWORD
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


async def test_a_user_is_added_and_can_sign_in(house: AdminHouse, rini: Person) -> None:
    area = await house.area("Wanasari")
    await rini.get("/admin/users/new")
    await rini.send(
        "/admin/users/new",
        {
            "username": "budi",
            "password": OTHER_PASSWORD,
            "role": "operator",
            "areas": "some",
            "area": [area],
        },
    )
    assert "budi was added." in rini.text
    user = await house.users.named("budi")
    assert user.role == "operator"
    assert user.area_ids == frozenset({area})
    budi = Person(house, "192.0.2.9")
    assert (await budi.sign_in("budi", OTHER_PASSWORD)).status == 200


async def test_a_form_with_mistakes_comes_back_with_them_beside_the_fields(
    house: AdminHouse, rini: Person
) -> None:
    await rini.get("/admin/users/new")
    answer = await rini.send(
        "/admin/users/new", {"username": "b!", "password": "short", "role": "viewer"}
    )
    assert answer.status == 400
    assert "A username has 3 to 50 letters" in rini.text
    assert 'value="b!"' in rini.page
    await rini.send("/admin/users/new", {"username": "budi", "password": "short", "role": "viewer"})
    assert "The password needs 12 to 128 characters." in rini.text
    assert "The password needs a number." in rini.text
    assert "short" not in rini.page
    fields: dict[str, object] = {"username": "RINI", "password": PASSWORD, "role": "viewer"}
    await rini.send("/admin/users/new", fields)
    assert "This username is taken." in rini.text
    assert [user.username for user in await house.users.all()] == ["rini"]


async def test_saving_a_user_can_be_undone_from_the_page_that_says_so(
    house: AdminHouse, rini: Person
) -> None:
    user = await house.add("budi", "operator")
    await rini.get(f"/admin/users/{user.id}")
    await rini.send(f"/admin/users/{user.id}", {"username": "budiman", "role": "viewer"})
    assert "budiman was saved." in rini.text
    changed = await house.users.one(user.id)
    assert (changed.username, changed.role, changed.is_disabled) == ("budiman", "viewer", True)
    undo = re.search(r'<toast-box.*?action="([^"]+)">(.*?)</form>', rini.page, re.DOTALL)
    assert undo
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo.group(2)))
    fields.pop("csrf_token")
    await rini.send(undo.group(1), fields)
    assert await house.users.one(user.id) == user


async def test_what_was_said_is_said_once(house: AdminHouse, rini: Person) -> None:
    user = await house.add("budi")
    await rini.get(f"/admin/users/{user.id}")
    await rini.send(f"/admin/users/{user.id}/unlock")
    assert "The account is unlocked." in rini.text
    await rini.get(f"/admin/users/{user.id}")
    assert "The account is unlocked." not in rini.text


async def test_what_was_said_long_ago_is_not_said(house: AdminHouse, rini: Person) -> None:
    user = await house.add("budi")
    await rini.get(f"/admin/users/{user.id}")
    await rini.post(f"/admin/users/{user.id}/unlock")
    house.clock.wind(61)
    await rini.get(f"/admin/users/{user.id}")
    assert "The account is unlocked." not in rini.text


@pytest.mark.parametrize("cookie", ["", "x", "YWJj", "A" * 200, "%22"])
async def test_nobody_else_can_have_the_pages_say_something(rini: Person, cookie: str) -> None:
    rini.cookies["pantau_said"] = cookie
    assert (await rini.get("/admin/profile")).status == 200
    assert "toast-box class" not in rini.page


async def test_the_last_admin_stays_one(house: AdminHouse, rini: Person) -> None:
    await rini.get("/admin/users/1")
    answer = await rini.send(
        "/admin/users/1", {"username": "rini", "role": "viewer", "may_sign_in": "1"}
    )
    assert answer.status == 400
    assert "This is the last admin who can sign in." in rini.text
    assert (await house.users.one(1)).role == "admin"


async def test_deleting_asks_for_the_name(house: AdminHouse, rini: Person) -> None:
    user = await house.add("budi")
    await rini.get(f"/admin/users/{user.id}/delete")
    answer = await rini.send(f"/admin/users/{user.id}/delete", {"typed": "bud"})
    assert answer.status == 400
    assert "exactly as it is written" in rini.text
    await house.users.one(user.id)
    await rini.send(f"/admin/users/{user.id}/delete", {"typed": "budi"})
    assert "budi was deleted." in rini.text
    with pytest.raises(NotFound):
        await house.users.one(user.id)


async def test_a_new_password_ends_the_sessions_of_its_user(
    house: AdminHouse, rini: Person
) -> None:
    user = await house.add("budi")
    budi = Person(house, "192.0.2.9")
    await budi.sign_in("budi")
    await rini.get(f"/admin/users/{user.id}")
    await rini.send(f"/admin/users/{user.id}/password", {"password": OTHER_PASSWORD})
    assert "all sessions of this user have ended" in rini.text
    assert (await budi.get("/admin/profile")).status == 401


async def test_a_locked_account_shows_and_is_unlocked(house: AdminHouse, rini: Person) -> None:
    user = await house.add("budi")
    stranger = Person(house, "203.0.113.5")
    for _ in range(5):
        await stranger.sign_in("budi", "wrong-Password-1")
    await rini.get(f"/admin/users/{user.id}")
    assert "Locked after wrong passwords." in rini.text
    await rini.send(f"/admin/users/{user.id}/unlock")
    assert "Locked after wrong passwords." not in rini.text
    assert (await stranger.sign_in("budi")).status == 200


async def test_everybody_is_signed_out_only_after_the_word_is_typed(
    house: AdminHouse, rini: Person
) -> None:
    await house.add("budi")
    budi = Person(house, "192.0.2.9")
    await budi.sign_in("budi")
    await rini.get("/admin/sessions")
    assert "2 devices are signed in" in rini.text
    await rini.get("/admin/sessions/end-all")
    assert (await rini.send("/admin/sessions/end-all", {"typed": "no"})).status == 400
    assert (await budi.get("/admin/profile")).status == 200
    await rini.send("/admin/sessions/end-all", {"typed": "Pantau"})
    assert "1 session has ended." in rini.text
    assert (await budi.get("/admin/profile")).status == 401


async def test_one_session_is_ended_from_the_list(house: AdminHouse, rini: Person) -> None:
    await house.add("budi")
    budi = Person(house, "192.0.2.9")
    await budi.sign_in("budi")
    await rini.get("/admin/sessions")
    found = re.search(r'action="(/admin/sessions/\d+/end)".*?name="csrf', rini.page)
    assert found
    await rini.send(found.group(1), {"back": "//evil.example"})
    assert rini.path == "/admin"
    assert (await budi.get("/admin/profile")).status == 401


async def test_texts_of_others_are_never_markup(house: AdminHouse, rini: Person) -> None:
    await house.add("budi")
    await house.tokens("budi", agent="<script>alert(1)</script>")
    for path in ("/admin/sessions", "/admin/audit", "/admin/users?q=%3Cb%3E", "/admin/users/2"):
        assert (await rini.get(path)).status == 200
        assert "<script>alert" not in rini.page
        assert "<b>" not in rini.page


async def test_the_search_narrows_by_name_and_role(house: AdminHouse, rini: Person) -> None:
    await house.add("budi", "operator")
    await house.add("dewi")
    await rini.get("/admin/users?q=UD&role=operator")
    assert "budi" in rini.text
    assert "dewi" not in rini.text
    assert (await rini.get("/admin/users?cursor=x")).status == 400
