"""Who may open which page, and what those see who may not."""

import re
from typing import Any

import pytest

from pantau.accounts.keys.values import NewKey
from pantau.audit.actors import CONSOLE
from pantau.web.access import SCOPES
from tests.admin.house import AdminHouse
from tests.admin.person import Person
from tests.safety.rows import ROWS
from tests.web.http_peer import visiting

pytestmark = pytest.mark.anyio

ADMIN_PAGES = (
    "/admin/users",
    "/admin/users/new",
    "/admin/users/1",
    "/admin/users/1/delete",
    "/admin/sessions",
    "/admin/sessions/end-all",
    "/admin/api-keys",
    "/admin/api-keys/new",
    "/admin/audit",
    "/admin/media-server",
)
OWN_PAGES = ("/admin", "/admin/profile", "/admin/profile/second-factor", "/admin/new-password")
ADMIN_FORMS = (
    "/admin/users/new",
    "/admin/users/1",
    "/admin/users/1/password",
    "/admin/users/1/unlock",
    "/admin/users/1/second-factor",
    "/admin/users/1/sessions/end",
    "/admin/users/1/delete",
    "/admin/sessions/1/end",
    "/admin/sessions/end-all",
    "/admin/api-keys/new",
    "/admin/api-keys/1/revoke",
    "/admin/audit/verify",
    "/admin/media-server/compare",
)
OWN_FORMS = (
    "/admin/new-password",
    "/admin/profile/name",
    "/admin/profile/password",
    "/admin/profile/sessions/1/end",
    "/admin/profile/sessions/end",
    "/admin/profile/second-factor/begin",
    "/admin/profile/second-factor/confirm",
    "/admin/profile/second-factor/disable",
    "/admin/profile/second-factor/codes",
)
OF_DOMAINS = ("/admin/areas", "/admin/cameras", "/admin/health", "/admin/media-server")
OF_OTHER_HOUSES = ("/admin/cameras/import", "/admin/cameras/export")
"""Pages that the whole web process has and the house of this folder has not."""
OPEN = {"/admin/sign-in", "/admin/second-factor", "/admin/sign-out", "/admin/welcome"}


async def test_every_page_is_in_these_tables(house: AdminHouse) -> None:
    written = {("GET", re.sub(r"/1\b", "/{id}", path)) for path in (*ADMIN_PAGES, *OWN_PAGES)} | {
        ("POST", re.sub(r"/1\b", "/{id}", path)) for path in (*ADMIN_FORMS, *OWN_FORMS)
    }
    written |= {("GET", "/admin/profile/sessions/end"), ("GET", "/admin/api-keys/{id}/revoke")}
    # Who may open these is proven route by route, for every kind of visitor, in tests/safety.
    written |= {
        (method, re.sub(r"\{\w+\}", "{id}", path))
        for method, path in ROWS
        if path.startswith(OF_DOMAINS)
        and not path.startswith(OF_OTHER_HOUSES)
        and not path.endswith("/notice")
    }
    declared = {
        (method, re.sub(r"\{\w+\}", "{id}", route.path))
        for route in house.routes
        for method in route.methods or ()
        if route.path not in OPEN
    }
    assert declared == written
    assert not any(route.include_in_schema for route in house.routes)


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_others_than_admins_see_what_is_missing(
    house: AdminHouse, person: Person, role: Any
) -> None:
    await house.add("budi", role)
    await person.sign_in("budi")
    for path in ADMIN_PAGES:
        assert (await person.get(path)).status == 403, path
        assert "Your role does not open this page" in person.text
        assert "This page is for admins" in person.text
    assert 'href="/admin/users"' not in person.page
    for path in ADMIN_FORMS:
        assert (await person.post(path)).status == 403, path
    for path in OWN_PAGES:
        assert (await person.get(path)).status == 200, path


async def test_nobody_who_is_not_signed_in_gets_anywhere(house: AdminHouse, person: Person) -> None:
    for path in (*ADMIN_PAGES, *OWN_PAGES):
        assert (await person.get(path)).status == 401, path
        assert "Sign in" in person.text
        assert "rini" not in person.page
    for path in (*ADMIN_FORMS, *OWN_FORMS):
        assert (await person.post(path)).status == 401, path


async def test_no_form_is_taken_without_the_token_of_this_site(rini: Person) -> None:
    await rini.get("/admin/profile")
    for path in (*ADMIN_FORMS, *OWN_FORMS, "/admin/sign-out"):
        assert (await rini.post(path, token="")).status == 403, path
        assert "Nothing was saved" in rini.text
        await rini.get("/admin/profile")
    assert (await rini.get("/admin")).status == 200


async def test_no_api_key_opens_a_page(house: AdminHouse) -> None:
    _, key = await house.keys.create(NewKey(client_name="x", scopes=SCOPES), by=CONSOLE)
    async with visiting(house.port) as visitor:
        for path in (*ADMIN_PAGES, *OWN_PAGES):
            answer = await visitor.ask(path, x_api_key=key, accept="text/html")
            assert answer.status == 403, path
            assert "people" in answer.body.decode() or "orang" in answer.body.decode()


async def test_programs_get_the_envelope_instead_of_a_page(house: AdminHouse) -> None:
    async with visiting(house.port) as visitor:
        answer = await visitor.ask("/admin/users", accept="application/json")
    assert answer.status == 401
    assert answer.header("content-type").startswith("application/json")


async def test_pages_forbid_what_could_be_smuggled_in(rini: Person) -> None:
    for path in (*ADMIN_PAGES, *OWN_PAGES, "/admin/nothing"):
        answer = await rini.get(path)
        policy = answer.header("content-security-policy")
        assert "unsafe" not in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.header("cache-control") == "no-store"
        assert not re.findall(r"\sstyle=|\son\w+=|javascript:", rini.page)
        assert len(re.findall(r"<script(?![^>]*\bsrc=)", rini.page)) == 1
        posts = rini.page.count('method="post"')
        assert rini.page.count('name="csrf_token"') == posts > 0


async def test_a_page_that_is_not_there_says_so_in_the_shell(rini: Person) -> None:
    answer = await rini.get("/admin/nothing")
    assert answer.status == 404
    assert "There is no such page" in rini.text
    assert 'href="/admin/users"' in rini.page
    assert (await rini.get("/admin/users/abc")).status == 400
    assert (await rini.get("/admin/users/999")).status == 404


async def test_too_many_forms_are_refused_with_the_time_to_wait(rini: Person) -> None:
    await rini.get("/admin/profile")
    answers = [await rini.post("/admin/profile/name", {"username": "rini"}) for _ in range(61)]
    assert answers[-1].status == 429
    assert answers[-1].header("retry-after")
    assert "Try again in" in rini.text


async def test_the_language_is_switched_and_remembered(rini: Person) -> None:
    await rini.get("/admin/users?q=rini&lang=id")
    assert "Pengguna" in rini.text
    assert rini.cookies["pantau_language"] == "id"
    assert "q=rini&amp;lang=en" in rini.page
    await rini.get("/admin/profile")
    assert "Verifikasi dua langkah" in rini.text
