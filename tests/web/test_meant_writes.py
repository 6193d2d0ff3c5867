"""A write must be meant by whoever it acts for: what is not never reaches the code."""

import pytest

from pantau.web.exchange import Message
from pantau.web.forms import FormTooLarge, read_whole
from tests.web.guarded import (
    FORM,
    FRIEND,
    JSON,
    KEY,
    STRANGER,
    Hub,
    ask,
    ask_on,
    envelope,
    guarded_hub,
)
from tests.web.http_peer import visiting

pytestmark = pytest.mark.anyio

CAMERA = '{"name":"Gate"}'


async def test_a_write_of_our_own_page_reaches_the_endpoint() -> None:
    async with guarded_hub() as hub:
        answer = await ask(
            hub, "/api/cameras", "POST", body=CAMERA, content_type=JSON, **hub.meant()
        )
        assert answer.body == b'{"name":"Gate","by":"session"}'
        assert hub.events == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_a_write_without_the_token_reaches_nothing(method: str) -> None:
    async with guarded_hub() as hub:
        for target in ("/api/cameras", "/admin/rename", "/nowhere", "/api/things"):
            answer = await ask(hub, target, method, cookie="token=admin")
            assert answer.status == 403
            assert envelope(answer)["code"] == "csrf.invalid"
            assert envelope(answer)["error"] == "Forbidden"
        assert hub.reached == []
        assert hub.events == [("CSRF_INVALID", {"reason": "missing"})] * 4


async def test_a_token_counts_only_when_header_and_cookie_are_the_same_valid_one() -> None:
    async with guarded_hub() as hub:
        good, other = hub.tokens.issue(), hub.tokens.issue()
        forged = "0" * 64
        pairs = [
            ("", good),
            (good, ""),
            (good, other),
            (forged, forged),
            ("", ""),
            (good[:-2], good[:-2]),
            (good.upper(), good.upper()),
            (f"{good}; csrf_token={other}", good),
        ]
        for cookie, header in pairs:
            headers = {"cookie": f"token=admin; csrf_token={cookie}", "x_csrf_token": header}
            answer = await ask(
                hub, "/api/cameras", "POST", body=CAMERA, content_type=JSON, **headers
            )
            assert answer.status == 403, (cookie, header)
        assert hub.reached == []
        old = hub.meant()
        hub.clock.wind(3601)
        assert (await ask(hub, "/api/cameras", "POST", **old)).status == 403


async def test_a_token_fetched_before_signing_in_is_still_good_afterwards() -> None:
    async with guarded_hub() as hub, visiting(hub.port) as browser:
        fetched = await ask_on(browser, "/api/auth/csrf")
        cookie = fetched.header("set-cookie").partition(";")[0]
        token = cookie.partition("=")[2]
        assert fetched.header("set-cookie") == (
            f"csrf_token={token}; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict"
        )
        assert (await ask_on(browser, "/api/auth/login", "POST", cookie=cookie)).status == 200
        written = await ask_on(
            browser,
            "/api/cameras",
            "POST",
            body=CAMERA,
            content_type=JSON,
            cookie=f"token=admin; {cookie}",
            x_csrf_token=token,
        )
        assert written.status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer admin"}, 200),
        ({"x_api_key": KEY}, 200),
        ({"x_api_key": "b" * 64}, 401),
        ({"authorization": "Bearer nobody"}, 401),
        # A browser repeats Basic by itself, also for a page of another site.
        ({"authorization": "Basic YWRtaW46YWRtaW4=", "cookie": "token=admin"}, 403),
    ],
)
async def test_credentials_that_no_browser_adds_by_itself_need_no_token(
    headers: dict[str, str], status: int
) -> None:
    async with guarded_hub() as hub:
        answer = await ask(hub, "/api/cameras", "POST", body=CAMERA, content_type=JSON, **headers)
        assert answer.status == status


async def test_defect_22_only_whole_addresses_are_exempt_and_tokens_are_signed() -> None:
    async with guarded_hub() as hub:
        assert (await ask(hub, "/api/auth/login", "POST")).status == 200
        assert (await ask(hub, "/api/viewer/start", "POST")).status == 200
        for similar in ("/api/auth/login2", "/api/auth/login/", "/api/viewer/start/x"):
            assert (await ask(hub, similar, "POST")).status == 403
        unsigned = "ab" * 32
        headers = {"cookie": f"token=admin; csrf_token={unsigned}", "x_csrf_token": unsigned}
        assert (await ask(hub, "/api/cameras", "POST", **headers)).status == 403
        assert hub.reached == ["exempt"] * 2


async def post_form(hub: Hub, body: str, **headers: str) -> int:
    fields = {"content_type": FORM, **headers}
    return (await ask(hub, "/admin/rename", "POST", body=body, **fields)).status


async def test_a_form_without_javascript_carries_the_token_in_a_field() -> None:
    async with guarded_hub() as hub:
        token = hub.tokens.issue()
        cookie = f"token=admin; csrf_token={token}"
        assert await post_form(hub, f"name=Gate&csrf_token={token}", cookie=cookie) == 200
        assert hub.reached == ["rename"]
        for body in (
            "name=Gate",
            "name=Gate&csrf_token=",
            f"name=Gate&csrf_token={hub.tokens.issue()}",
            f"csrf_token={token}&csrf_token={token}",
            f"name=Gate&csrf_token={token}%00",
        ):
            assert await post_form(hub, body, cookie=cookie) == 403
        assert await post_form(hub, "&".join(["a=1"] * 2000), cookie=cookie) == 400
        assert await post_form(hub, f"x={'y' * 1_100_000}", cookie=cookie) == 413
        assert hub.reached == ["rename"]


async def test_a_field_of_a_json_body_is_no_token() -> None:
    async with guarded_hub() as hub:
        token = hub.tokens.issue()
        answer = await ask(
            hub,
            "/api/cameras",
            "POST",
            body=f'{{"name":"Gate","csrf_token":"{token}"}}',
            content_type=JSON,
            cookie=f"token=admin; csrf_token={token}",
        )
        assert answer.status == 403


async def test_browsers_that_post_an_old_form_get_a_page() -> None:
    async with guarded_hub() as hub:
        answer = await ask(
            hub, "/admin/rename", "POST", body="name=x", content_type=FORM, accept="text/html"
        )
        assert answer.status == 403
        assert answer.body.startswith(b"<!doctype html>403")


@pytest.mark.parametrize(
    ("origin", "more"),
    [
        ("http://hub.example", {}),
        ("https://hub.example", {}),  # the proxy that took TLS off need not tell us
        ("https://HUB.example", {}),
        ("http://hub.example:800", {"host": "hub.example:800"}),
        ("http://192.168.1.5:800", {"host": "192.168.1.5"}),  # nginx's $host loses the port
        ("https://cctv.example", {"host": "127.0.0.1:3000", "x_forwarded_host": "cctv.example"}),
        ("https://cctv.example", {"host": "127.0.0.1:3000", "sec_fetch_site": "same-origin"}),
        ("https://public.example", {"host": "127.0.0.1:3000"}),
        (FRIEND, {"sec_fetch_site": "cross-site"}),
    ],
)
async def test_defect_24_writes_from_our_own_pages_pass_however_we_are_reached(
    origin: str, more: dict[str, str]
) -> None:
    async with guarded_hub(allowed=(FRIEND,), public_url="https://public.example") as hub:
        headers = {**hub.meant(), "origin": origin, **more}
        answer = await ask(hub, "/api/cameras", "POST", body=CAMERA, content_type=JSON, **headers)
        assert answer.status == 200


@pytest.mark.parametrize(
    ("headers", "trusted"),
    [
        ({"origin": STRANGER}, ("127.0.0.1",)),
        ({"origin": "null"}, ("127.0.0.1",)),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, ("127.0.0.1",)),
        ({"origin": "https://hub.example.stranger.example"}, ("127.0.0.1",)),
        ({"origin": "https://xhub.example"}, ("127.0.0.1",)),
        ({"origin": "http://hub.example:8080", "host": "hub.example:80"}, ("127.0.0.1",)),
        ({"origin": f"{FRIEND}.stranger.example"}, ("127.0.0.1",)),
        ({"origin": FRIEND.replace("https", "http")}, ("127.0.0.1",)),
        ({"sec_fetch_site": "cross-site"}, ("127.0.0.1",)),
        ({"origin": STRANGER, "x_forwarded_host": "stranger.example"}, ()),
        ({"origin": "http://hub.example:8080"}, ()),
    ],
)
@pytest.mark.parametrize("target", ["/api/cameras", "/api/auth/login", "/api/viewer/start"])
async def test_writes_from_other_sites_are_refused_exempt_or_not(
    headers: dict[str, str], trusted: tuple[str, ...], target: str
) -> None:
    async with guarded_hub(allowed=(FRIEND,), trusted=trusted) as hub:
        answer = await ask(hub, target, "POST", **hub.meant(), **headers)
        assert answer.status == 403
        assert envelope(answer)["code"] == "origin.foreign"
        assert hub.reached == []
        assert hub.said == ["ORIGIN_VALIDATION_FAILURE"]


async def test_defect_33_a_foreign_origin_gets_403_in_the_envelope_never_500() -> None:
    async with guarded_hub(allowed=(FRIEND,)) as hub:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            for target in ("/api/kept", "/api/nowhere", "/api/admin/crash"):
                answer = await ask(hub, target, method, origin=STRANGER)
                assert answer.status == 403
                assert answer.header("access-control-allow-origin") == ""
                assert answer.header("x-ratelimit-limit")
                if method != "HEAD":
                    assert envelope(answer)["error"] == "Forbidden"


async def test_pages_of_a_configured_site_may_use_the_api_with_their_visitors_sessions() -> None:
    async with guarded_hub(allowed=(FRIEND,)) as hub:
        preflight = await ask(
            hub,
            "/api/cameras",
            "OPTIONS",
            origin=FRIEND,
            access_control_request_method="POST",
            access_control_request_headers="content-type,x-csrf-token,x-api-key",
        )
        assert preflight.status == 204
        methods = preflight.header("access-control-allow-methods").split(", ")
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(methods)
        wanted = {"Content-Type", "X-CSRF-Token", "X-API-Key", "X-Playback-Token", "Authorization"}
        assert wanted <= set(preflight.header("access-control-allow-headers").split(", "))
        written = await ask(
            hub,
            "/api/cameras",
            "POST",
            body=CAMERA,
            content_type=JSON,
            origin=FRIEND,
            **hub.meant(),
        )
        for answer in (
            preflight,
            written,
            await ask(hub, "/api/list", origin=FRIEND),
            await ask(hub, "/api/list", "OPTIONS", origin=FRIEND),
            await ask(hub, "/hls/gone.mp4", origin=FRIEND),
            await ask(hub, "/api/admin/stats", origin=FRIEND),
            await ask(hub, "/api/nowhere", origin=FRIEND),
        ):
            assert answer.header("access-control-allow-origin") == FRIEND
            assert answer.header("access-control-allow-credentials") == "true"
            assert "Origin" in ", ".join(answer.headers("vary"))


async def test_public_reads_stay_open_to_everybody_without_credentials() -> None:
    for allowed in ((), (FRIEND,)):
        async with guarded_hub(allowed=allowed) as hub:
            for origin in ({"origin": STRANGER}, {}):
                answer = await ask(hub, "/api/list", **origin)
                assert answer.header("access-control-allow-origin") == "*"
                assert answer.header("access-control-allow-credentials") == ""
                assert ("Origin" in answer.headers("vary")) == bool(allowed)
            own = await ask(hub, "/api/kept")
            assert own.header("access-control-allow-origin") == ""
            assert ("Origin" in answer.headers("vary")) == bool(allowed)


def upload(*fields: tuple[str, str]) -> str:
    parts = "".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    return f"{parts}--xyz--\r\n"


async def test_a_form_with_a_file_carries_the_token_in_its_first_field() -> None:
    async with guarded_hub() as hub:
        token = hub.tokens.issue()
        headers = {
            "cookie": f"token=admin; csrf_token={token}",
            "content_type": "multipart/form-data; boundary=xyz",
        }
        large = "x" * 100_000

        async def status(*fields: tuple[str, str]) -> int:
            answer = await ask(hub, "/admin/rename", "POST", body=upload(*fields), **headers)
            return answer.status

        assert await status(("csrf_token", token), ("name", large)) == 200
        assert hub.reached == ["rename"]
        for fields in (
            [("name", "Gate"), ("csrf_token", token)],
            [("csrf_token", hub.tokens.issue()), ("name", "Gate")],
            [("csrf_token", ""), ("name", "Gate")],
            [("name", "Gate")],
        ):
            assert await status(*fields) == 403, fields
        assert hub.reached == ["rename"]


async def test_a_form_without_a_file_is_never_read_beyond_what_forms_have() -> None:
    asked = 0

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 2**18, "more_body": True}

    with pytest.raises(FormTooLarge):
        await read_whole(receive)
    assert asked == 5
