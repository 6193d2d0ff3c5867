"""What is refused, in which order and in which words; what is kept from caches; what is told."""

import pytest

from pantau.settings import LimitSettings
from pantau.web.slow_lane import BodyLimit
from tests.web.guarded import FORM, JSON, KEY, STRANGER, ask, envelope, guarded_hub

pytestmark = pytest.mark.anyio

ANSWERS = [
    ("GET", "/api/list", {}, 200),
    ("GET", "/api/kept", {}, 200),
    ("GET", "/admin", {}, 200),
    ("GET", "/hls/gone.mp4", {}, 404),
    ("GET", "/api/nowhere", {}, 404),
    ("PUT", "/api/auth/login", {"authorization": "Bearer admin"}, 405),
    ("DELETE", "/api/list", {}, 405),
    ("GET", "/api/admin/stats", {}, 401),
    ("POST", "/admin/rename", {}, 403),
    ("POST", "/api/cameras", {"authorization": "Bearer admin"}, 400),
    ("POST", "/api/cameras", {"authorization": "Bearer admin", "content_length": "9000000"}, 413),
    ("GET", "/api/admin/crash", {"authorization": "Bearer admin"}, 500),
    ("GET", "/api/kept", {"origin": STRANGER}, 403),
    ("GET", "/%2e%2e/", {}, 400),
]


@pytest.mark.parametrize(("method", "target", "headers", "status"), ANSWERS)
async def test_defect_02_controls_run_on_every_route(
    method: str, target: str, headers: dict[str, str], status: int
) -> None:
    async with guarded_hub() as hub:
        more = {"content_type": JSON, **headers} if status == 413 else headers
        answer = await ask(hub, target, method, **more)
        assert answer.status == status
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("x-xss-protection") == "0"
        assert answer.header("cross-origin-opener-policy") == "same-origin"
        assert answer.header("permissions-policy")
        assert answer.header("referrer-policy")
        assert "frame-ancestors 'none'" in answer.header("content-security-policy")
        assert "unsafe" not in answer.header("content-security-policy")
        assert answer.header("x-request-id")
        assert answer.header("cache-control")
        assert answer.headers("server") == []
        if status >= 400 and target != "/hls/gone.mp4":
            envelope(answer)
        if target.startswith("/api/") and status != 405:
            assert answer.header("x-ratelimit-limit")


async def test_refusals_come_in_one_order() -> None:
    """Target, rate, origin, token, rule of the endpoint, body."""
    limits = LimitSettings(admin_per_minute=1, public_per_minute=4)
    async with guarded_hub(limits=limits) as hub:
        stranger = {"origin": STRANGER, "content_length": "9000000", "content_type": "image/png"}
        bad = await ask(hub, "/api/admin/%2e%2e/x", "POST", **stranger)
        assert envelope(bad)["code"] == "request.target"
        foreign = await ask(hub, "/api/admin/stats", "POST", **stranger)
        assert envelope(foreign)["code"] == "origin.foreign"
        often = await ask(hub, "/api/admin/stats", "POST", **stranger)
        assert envelope(often)["code"] == "rate.exceeded"
        del stranger["origin"]
        unmeant = await ask(hub, "/api/cameras", "POST", **stranger)
        assert envelope(unmeant)["code"] == "csrf.invalid"
        token = hub.tokens.issue()
        meant = {**stranger, "cookie": f"csrf_token={token}", "x_csrf_token": token}
        unknown = await ask(hub, "/api/cameras", "POST", **meant)
        assert unknown.status == 401
        meant["cookie"] += "; token=admin"
        assert (await ask(hub, "/api/cameras", "POST", **meant)).status == 415
        meant["content_type"] = JSON
        assert (await ask(hub, "/api/cameras", "POST", **meant)).status == 413
        assert hub.reached == []


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ("{}", "name", "This is required."),
        ('{"name":""}', "name", "String should have at least 1 character."),
        ('{"name":"a","port":"many"}', "port", "Input should be a valid integer"),
        ('{"name":"a","colour":"red"}', "colour", "There is no such field."),
        ('{"name":"a","tags":["ok","toolong"]}', "tags.1", "at most 5 characters"),
        ("{", "body", "This is not valid JSON."),
        ('{"name":"a"} trailing', "body", "This is not valid JSON."),
        ("[]", "body", "This must be a JSON object."),
        ("", "body", "This is required."),
        ('"text"', "body", "This must be a JSON object."),
    ],
)
async def test_wrong_input_is_400_and_named_as_a_person_would(
    body: str, field: str, message: str
) -> None:
    async with guarded_hub() as hub:
        answer = await ask(hub, "/api/cameras", "POST", body=body, content_type=JSON, x_api_key=KEY)
        assert answer.status == 400
        (error,) = envelope(answer)["errors"]
        assert error["field"] == field
        assert message in error["message"]
        assert hub.events == [("VALIDATION_FAILURE", {"fields": [field]})]


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("/api/search?limit=0", "limit"),
        ("/api/search", "limit"),
        ("/api/cameras/1x", "camera_id"),
    ],
)
async def test_wrong_addresses_are_400_and_named(target: str, field: str) -> None:
    async with guarded_hub() as hub:
        answer = await ask(hub, target)
        assert answer.status == 400
        assert [error["field"] for error in envelope(answer)["errors"]] == [field]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": JSON}, 200),
        ({"content_type": "application/json; charset=utf-8"}, 200),
        ({"content_type": "Application/JSON"}, 200),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/xml"}, 415),
        ({"content_type": "application/jsonp"}, 415),
        ({}, 415),
        ({"content_type": JSON, "content_encoding": "gzip"}, 415),
        ({"content_type": FORM}, 400),
    ],
)
async def test_bodies_are_json_or_forms(headers: dict[str, str], status: int) -> None:
    async with guarded_hub() as hub:
        answer = await ask(
            hub, "/api/cameras", "POST", body='{"name":"Gate"}', x_api_key=KEY, **headers
        )
        assert answer.status == status
        if status != 200:
            envelope(answer)
            assert hub.reached == []


@pytest.mark.parametrize(
    ("trusted", "scheme", "is_secure"),
    [
        (("127.0.0.1",), "https", True),
        (("127.0.0.1",), "http", False),
        (("127.0.0.1",), "", False),
        ((), "https", False),
    ],
)
async def test_defect_18_cookies_are_secure_where_a_trusted_proxy_says_that_tls_is_spoken(
    trusted: tuple[str, ...], scheme: str, is_secure: bool
) -> None:
    async with guarded_hub(trusted=trusted) as hub:
        answer = await ask(hub, "/api/auth/csrf", x_forwarded_proto=scheme)
        assert ("Secure" in answer.header("set-cookie")) is is_secure
        assert bool(answer.header("strict-transport-security")) is is_secure


async def test_our_own_policy_switches_off_nothing_that_our_pages_use() -> None:
    async with guarded_hub() as hub:
        answer = await ask(hub, "/admin")
        allowed = dict(
            feature.split("=") for feature in answer.header("permissions-policy").split(", ")
        )
        for feature in ("geolocation", "fullscreen", "picture-in-picture"):
            assert allowed[feature] == "(self)"
        for feature in ("autoplay", "clipboard-write", "screen-wake-lock", "web-share"):
            assert feature not in allowed  # what is not named stays as browsers have it
        for feature in ("camera", "microphone", "payment", "usb"):
            assert allowed[feature] == "()"


async def test_a_write_without_a_body_needs_no_content_type() -> None:
    async with guarded_hub() as hub:
        assert (await ask(hub, "/api/auth/login", "POST")).status == 200


async def test_larger_bodies_may_be_allowed_for_single_addresses() -> None:
    bodies = BodyLimit(20, {"/api/cameras": 100})
    async with guarded_hub(bodies=bodies) as hub:
        key = {"x_api_key": KEY, "content_type": JSON}
        long = '{"name":"Gate","port":8554}'
        assert (await ask(hub, "/api/cameras", "POST", body=long, **key)).status == 200
        assert (await ask(hub, "/api/cameras", "POST", body=long * 4, **key)).status == 413
        form = {"cookie": "token=admin", "content_type": FORM}
        assert (await ask(hub, "/admin/rename", "POST", body="a" * 21, **form)).status == 413


async def test_answers_that_are_not_for_everybody_are_kept_by_nobody() -> None:
    async with guarded_hub() as hub:
        admin = {"cookie": "token=admin"}
        kept = {
            target: (await ask(hub, target, **admin)).header("cache-control")
            for target in ("/api/kept", "/api/mine", "/api/admin/stats", "/api/auth/csrf", "/admin")
        }
        assert kept == {
            "/api/kept": "public, max-age=60",
            "/api/mine": "private, no-store",
            "/api/admin/stats": "no-store",
            "/api/auth/csrf": "no-store",
            "/admin": "no-store",
        }
        mine = await ask(hub, "/api/mine", **admin)
        assert "Cookie" in mine.header("vary")
        refused = await ask(hub, "/api/admin/stats")
        assert refused.header("cache-control") == "no-store"


async def test_writes_to_an_address_that_is_also_hot_reach_the_application() -> None:
    async with guarded_hub() as hub:
        assert (await ask(hub, "/api/things")).body == b'{"success":true}'
        assert hub.reached == []
        assert (await ask(hub, "/api/things", "POST")).status == 403
        assert (await ask(hub, "/api/things", "POST", **hub.meant())).status == 200
        assert hub.reached == ["exempt"]
        assert (await ask(hub, "/api/list", "POST", **hub.meant())).status == 405


async def test_who_asks_is_found_only_where_a_credential_came() -> None:
    async with guarded_hub() as hub:
        await ask(hub, "/api/kept")
        await ask(hub, "/api/list", cookie="token=admin")
        assert hub.people.asked == 0
        await ask(hub, "/api/kept", cookie="token=admin")
        assert hub.people.asked == 1
