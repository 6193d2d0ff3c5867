"""The way in: forms without a script, over real HTTP."""

import re

import pyotp
import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from tests.accounts.house import OTHER_PASSWORD, PASSWORD
from tests.admin.house import AdminHouse
from tests.admin.person import Person

pytestmark = pytest.mark.anyio


async def test_a_page_of_the_admin_shows_the_sign_in_in_its_place(person: Person) -> None:
    answer = await person.get("/admin/users?q=bu")
    assert answer.status == 401
    assert answer.header("cache-control") == "no-store"
    assert "Sign in" in person.text
    assert 'name="next" value="/admin/users?q=bu"' in person.page
    answer = await person.send(
        "/admin/sign-in", {"username": "rini", "password": PASSWORD, "next": "/admin/users?q=bu"}
    )
    assert answer.status == 200
    assert person.path == "/admin/users?q=bu"
    assert "Nobody fits" in person.text


async def test_signing_in_opens_the_overview_and_signing_out_closes_it(person: Person) -> None:
    assert (await person.sign_in("rini")).status == 200
    assert person.path == "/admin"
    assert "2 of 6" in person.text
    held = person.cookies["token"]
    await person.send("/admin/sign-out")
    assert "You are signed out." in person.text
    assert "token" not in person.cookies
    person.cookies["token"] = held
    assert (await person.get("/admin")).status == 401
    assert "This session was ended" in person.text


async def test_a_wrong_password_says_so_in_place_and_keeps_the_name(person: Person) -> None:
    answer = await person.sign_in("rini", "wrong-Password-1")
    assert answer.status == 401
    assert "The user name or the password is not right." in person.text
    assert 'value="rini"' in person.page
    assert "wrong-Password-1" not in person.page


async def test_too_many_wrong_passwords_say_how_long_to_wait(person: Person) -> None:
    for number in range(10):
        await person.sign_in(f"nobody-{number}", "wrong-Password-1")
    answer = await person.sign_in("rini")
    assert answer.status == 429
    assert int(answer.header("retry-after")) > 600
    assert "Try again in 60 minutes." in person.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/admin",
        "//evil.example/admin",
        "/\\evil.example",
        "/admin\\..\\..\\evil",
        "/admin/../../evil",
        "javascript:alert(1)",
        "/administrator",
        "/api/auth/logout",
        "/admin\r\nset-cookie: a=b",
        "http:/admin",
        "/admin" + "/x" * 600,
        "/admin/é",
        "/admin/a b",
        "/admin/\r\nx:y",
        "/admin/a\\b",
    ],
)
async def test_nobody_is_sent_to_another_site(person: Person, elsewhere: str) -> None:
    await person.get("/admin/sign-in")
    fields: dict[str, object] = {"username": "rini", "password": PASSWORD, "next": elsewhere}
    answer = await person.post("/admin/sign-in", fields)
    assert answer.status == 303
    assert answer.header("location") == "/admin"


async def test_a_form_without_its_token_signs_nobody_in(person: Person) -> None:
    await person.get("/admin/sign-in")
    answer = await person.post(
        "/admin/sign-in", {"username": "rini", "password": PASSWORD}, token="0" * 64
    )
    assert answer.status == 403
    assert "token" not in person.cookies
    # In place, with a token that is good: the next try works.
    assert "Please sign in once more" in person.text
    assert (await person.sign_in("rini")).status == 200


async def test_a_second_factor_is_asked_for_and_a_recovery_code_stands_in(
    house: AdminHouse, person: Person
) -> None:
    await person.sign_in("rini")
    await person.get("/admin/profile/second-factor")
    await person.send("/admin/profile/second-factor/begin", {"password": PASSWORD})
    code = code_in(person.page, house)
    answer = await person.send("/admin/profile/second-factor/confirm", {"code": code})
    assert answer.status == 200
    recovery = codes_in(person.page)
    assert len(recovery) == 10

    other = Person(house, "192.0.2.8")
    await other.sign_in("rini")
    assert "Second factor" in other.text
    challenge = hidden(other.page, "challenge")
    wrong = await other.send("/admin/second-factor", {"challenge": challenge, "code": "000000"})
    assert wrong.status == 401
    assert "not right, or it was used before" in other.text
    await other.send("/admin/second-factor", {"challenge": challenge, "code": recovery[0]})
    assert other.path == "/admin"
    await other.get("/admin/profile")
    assert "9 recovery codes are left" in other.text


async def test_a_session_that_ended_meanwhile_says_that_nothing_was_saved(
    house: AdminHouse, person: Person
) -> None:
    await person.sign_in("rini")
    await person.get("/admin/profile")
    await house.users.set_password(1, OTHER_PASSWORD, by=AT_THE_CONSOLE)
    answer = await person.send("/admin/profile/name", {"username": "rini2"})
    assert answer.status == 401
    assert "What you just sent was not saved." in person.text
    assert 'name="next" value="/admin"' in person.page


async def test_an_expired_password_leaves_one_door_open(house: AdminHouse, person: Person) -> None:
    house.clock.wind(91 * 86_400)
    await person.sign_in("rini")
    assert person.path == "/admin/new-password"
    answer = await person.get("/admin/users")
    assert answer.status == 403
    assert "Your password has expired, rini." in person.text
    assert 'name="next" value="/admin/users"' in person.page
    weak = await person.send(
        "/admin/new-password", {"current_password": PASSWORD, "new_password": "short"}
    )
    assert weak.status == 400
    assert "The password needs 12 to 128 characters." in person.text
    await person.send(
        "/admin/new-password",
        {"current_password": PASSWORD, "new_password": OTHER_PASSWORD, "next": "/admin/users"},
    )
    assert person.path == "/admin/users"


async def test_whoever_is_signed_in_does_not_see_the_sign_in(person: Person) -> None:
    await person.sign_in("rini")
    await person.get("/admin/sign-in?next=/admin/users")
    assert person.path == "/admin/users"


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def codes_in(page: str) -> list[str]:
    return re.findall(r"<code>(\w{5}-\w{5})</code>", page)


def code_in(page: str, house: AdminHouse) -> str:
    found = re.search(r'<code class="secret"[^>]*>([A-Z2-7 ]+)</code>', page)
    assert found
    return pyotp.TOTP(found.group(1).replace(" ", "")).at(house.clock.now())
