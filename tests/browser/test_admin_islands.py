"""What the scripts of the admin do; and that nothing needs them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from pantau.accounts.users.asker import AT_THE_CONSOLE
from tests.accounts.house import OTHER_PASSWORD, PASSWORD
from tests.browser.admin_hub import AdminHub, open_admin
from tests.browser.sights import open_page


@pytest.fixture
def hub(sqlite_template: Path, tmp_path: Path) -> Iterator[AdminHub]:
    file = tmp_path / "pantau.db"
    shutil.copyfile(sqlite_template, file)
    with open_admin(file) as hub:
        yield hub


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_page(browser, width=1366, height=800, locale="en-GB") as page:
        yield page


def test_everything_works_without_a_script(browser: Browser, hub: AdminHub) -> None:
    with open_page(browser, width=360, locale="en-GB", has_script=False) as page:
        page.goto(hub.address + "/admin/users/new")
        page.fill("#f-username", "rini")
        page.fill("#f-password", PASSWORD)
        page.click("[data-part=send]")
        page.fill("#f-username", "siti")
        page.fill("#f-password", OTHER_PASSWORD)
        page.check("[name=role][value=operator]")
        page.click(".save .btn--main")
        expect(page.locator(".toast")).to_contain_text("siti was added.")
        assert page.locator("[data-js]:visible").count() == 0
        page.click("[name=may_sign_in]")
        page.click(".role-form .btn--main")
        expect(page.locator(".toast")).to_contain_text("siti was saved.")
        page.click(".toast form button")
        expect(page.locator("[name=may_sign_in]")).to_be_checked()
        page.click("ask-first a")
        assert page.url.endswith("/delete")
        page.fill("#f-typed", "siti")
        page.click(".btn--danger")
        expect(page.locator(".toast")).to_contain_text("siti was deleted.")
        page.click(".side__open")
        page.click("#menu form button")
        expect(page.locator(".toast")).to_contain_text("You are signed out.")


def test_a_password_can_be_looked_at_and_its_rules_are_ticked(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/users/new")
    kept = page.locator("[data-kept]")
    expect(kept).to_have_count(0)
    page.fill("#f-username", "siti")
    page.fill("#f-password", "Siti pergi 42")
    # Length, both kinds of letters, a number, a space: and the name is in it.
    expect(kept).to_have_count(5)
    page.fill("#f-username", "dewi")
    expect(kept).to_have_count(6)
    expect(page.locator("[data-part=summary]")).to_have_text("6 of 6 rules kept")
    toggle = page.get_by_role("button", name="Show password")
    toggle.click()
    expect(page.locator("#f-password")).to_have_attribute("type", "text")
    expect(toggle).to_have_attribute("aria-pressed", "true")


def test_deleting_waits_until_the_name_is_typed(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/users/4")
    page.click("ask-first a")
    assert page.url.endswith("/admin/users/4")
    confirm = page.locator("dialog [data-part=confirm]")
    expect(confirm).to_be_disabled()
    page.fill("dialog input[name=typed]", "dewi")
    expect(confirm).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.click("ask-first a")
    page.fill("dialog input[name=typed]", "dewi")
    confirm.click()
    page.wait_for_url("**/admin/users")
    expect(page.locator(".toast p")).to_have_text("dewi was deleted.")


def test_a_saved_change_is_taken_back_from_the_toast(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page, then="/admin/users/4")
    page.check("[name=role][value=operator]")
    page.click(".role-form .btn--main")
    expect(page.locator(".toast p")).to_have_text("dewi was saved.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=role][value=viewer]")).to_be_checked()
    assert hub.run(hub.house.users.one(4)).role == "viewer"


def test_a_toast_leaves_by_itself_but_not_under_the_pointer(page: Page, hub: AdminHub) -> None:
    page.clock.install()
    hub.sign_in(page, then="/admin/users/4")
    page.click("[action='/admin/users/4/sessions/end'] .btn")
    toast = page.locator(".toast")
    toast.hover()
    page.clock.run_for(20_000)
    expect(toast).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(5_000)
    expect(toast).to_be_hidden()


def test_the_token_of_the_first_run_leaves_the_address(page: Page, hub: AdminHub) -> None:
    link = hub.run(hub.house.parts.first_run.recovery_link())
    page.goto(hub.address + link)
    page.wait_for_url(f"{hub.address}/admin/welcome")
    asked: list[Request] = []
    # Playwright marks the handler, and a built-in one has no room for its mark.
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108
    page.fill("#f-username", "siti")
    page.fill("#f-password", OTHER_PASSWORD)
    page.click("[data-part=send]")
    page.wait_for_url(f"{hub.address}/admin")
    assert not any("token=" in request.headers.get("referer", "") for request in asked)


def test_a_lock_counts_down(page: Page, hub: AdminHub) -> None:
    page.clock.install()
    page.goto(hub.address + "/admin/sign-in")
    page.evaluate(
        """() => {
          const box = document.createElement("template");
          box.innerHTML = '<count-down class="note--warn" data-wait="62" data-over="over" '
            + 'data-minutes="{minutes} min {seconds} s" data-seconds="{seconds} s">'
            + '<p data-part="text"></p></count-down>';
          document.querySelector("form").append(box.content);
        }"""
    )
    text = page.locator("count-down p")
    expect(text).to_have_text("1 min 2 s")
    page.clock.run_for(5_000)
    expect(text).to_have_text("57 s")
    page.clock.run_for(60_000)
    expect(text).to_have_text("over")


def refreshes(page: Page) -> list[Request]:
    found: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/auth/refresh"):
            found.append(request)

    page.on("request", note)
    return found


def test_an_open_page_renews_its_session_before_it_ages(page: Page, hub: AdminHub) -> None:
    page.clock.install()
    asked = refreshes(page)
    hub.sign_in(page, then="/admin/profile")
    page.clock.run_for(1_000_000)
    assert asked == []
    hub.house.clock.wind(2_800)
    with page.expect_response("**/api/auth/refresh") as renewed:
        page.clock.run_for(1_800_000)
    assert renewed.value.status == 200
    # The forms of the page have good tokens too, an hour after they were drawn.
    hub.house.clock.wind(3_000)
    with page.expect_response("**/api/auth/csrf"):
        page.clock.run_for(1_600_000)
    page.wait_for_timeout(200)
    hub.house.clock.wind(300)
    page.fill("#f-username", "rini2")
    page.click("[action='/admin/profile/name'] .btn")
    expect(page.locator(".toast p")).to_have_text("Your user name was changed.")


def test_two_open_pages_renew_once(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page)
    other = page.context.new_page()
    other.goto(hub.address + "/admin/profile")
    first, second = refreshes(page), refreshes(other)
    page.evaluate("localStorage.setItem('pantau.renewed', '1')")
    script = """async () => {
      const { renewSession } = await import("pantau/session_renewal");
      return renewSession(60);
    }"""
    # Both ask at the same moment, as tabs do that come back together.
    page.evaluate(f"() => {{ globalThis.renewing = ({script})() }}")
    other.evaluate(f"() => {{ globalThis.renewing = ({script})() }}")
    assert page.evaluate("() => globalThis.renewing") is True
    assert other.evaluate("() => globalThis.renewing") is True
    assert len(first) + len(second) == 1


def test_a_session_that_merely_aged_comes_back_by_itself(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page)
    hub.house.clock.wind(3_700)
    page.evaluate("localStorage['pantau.renewed'] -= 3700")
    page.goto(hub.address + "/admin/users")
    expect(page.locator("h1")).to_have_text("Users")
    assert page.url == f"{hub.address}/admin/users"


def test_a_session_that_was_ended_does_not(page: Page, hub: AdminHub) -> None:
    hub.sign_in(page)
    hub.run(hub.house.users.end_sessions(1, by=AT_THE_CONSOLE))
    page.goto(hub.address + "/admin/users")
    expect(page.locator("h1")).to_have_text("Sign in")
    page.wait_for_timeout(300)
    expect(page.locator("h1")).to_have_text("Sign in")
    asked = refreshes(page)
    page.reload()
    page.wait_for_timeout(300)
    assert asked == []


def test_nobody_who_never_signed_in_asks_for_a_renewal(page: Page, hub: AdminHub) -> None:
    asked = refreshes(page)
    page.goto(hub.address + "/admin")
    page.wait_for_timeout(300)
    assert asked == []


def test_a_new_key_is_copied(page: Page, hub: AdminHub) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hub.sign_in(page, then="/admin/api-keys/new")
    page.fill("#f-name", "Layar")
    page.click(".save .btn--main")
    page.click("[data-part=copy]")
    expect(page.locator("[data-part=label]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"[0-9a-f]{64}", copied)
