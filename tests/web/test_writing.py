"""Writes that the fast lane takes: past the whole guard, and no further than their address."""

import pytest

from pantau.settings import LimitSettings
from pantau.web.slow_lane import BodyLimit
from tests.web.guarded import (
    FRIEND,
    JSON,
    KEY,
    STRANGER,
    ask,
    ask_on,
    envelope,
    guarded_hub,
)
from tests.web.http_peer import visiting

pytestmark = pytest.mark.anyio

BEAT = "/api/viewer/beat"
BODY = '{"name":"Gate"}'


async def test_a_write_is_taken_from_whoever_may_and_its_principal_is_known() -> None:
    async with guarded_hub() as hub:
        for sent, kind in (
            (hub.meant(), "session"),
            ({"authorization": "Bearer admin"}, "session"),
            ({"x_api_key": KEY}, "api_key"),
        ):
            answer = await ask(hub, BEAT, "POST", body=BODY, content_type=JSON, **sent)
            assert (answer.status, answer.body) == (200, f"Gate by {kind}".encode())
            assert answer.header("x-ratelimit-limit")
        assert hub.reached == ["take"] * 3


async def test_a_write_needs_the_token_unless_its_address_is_excepted() -> None:
    async with guarded_hub() as hub:
        for sent in ({}, {"cookie": "token=admin"}, {"x_csrf_token": "forged"}):
            answer = await ask(hub, BEAT, "POST", body=BODY, content_type=JSON, **sent)
            assert (answer.status, envelope(answer)["code"]) == (403, "csrf.invalid")
        assert hub.said == ["CSRF_INVALID"] * 3
        assert hub.reached == []


async def test_a_write_passes_the_guard_before_anything_is_read() -> None:
    """Target, rate, origin, token, kind of body, size, body."""
    async with guarded_hub(limits=LimitSettings(reads_per_minute=7)) as hub:
        sent = {"origin": STRANGER, "content_length": "9000000", "content_type": "image/png"}
        bad = await ask(hub, "/api/viewer/%2e%2e/beat", "POST", **sent)
        assert envelope(bad)["code"] == "request.target"
        foreign = await ask(hub, BEAT, "POST", **sent)
        assert envelope(foreign)["code"] == "origin.foreign"
        del sent["origin"]
        assert envelope(await ask(hub, BEAT, "POST", **sent))["code"] == "csrf.invalid"
        sent |= hub.meant()
        assert (await ask(hub, BEAT, "POST", **sent)).status == 415
        sent["content_type"] = JSON
        assert (await ask(hub, BEAT, "POST", **sent)).status == 413
        assert hub.reached == []
        del sent["content_length"]
        wrong = await ask(hub, BEAT, "POST", body="{}", **sent)
        assert [error["field"] for error in envelope(wrong)["errors"]] == ["name"]
        assert hub.events[-1] == ("VALIDATION_FAILURE", {"fields": ["name"]})
        many = [await ask(hub, BEAT, "POST", body="{}", **sent) for _ in range(4)]
        assert [answer.status for answer in many] == [400, 400, 429, 429]
        assert envelope(many[-1])["retryAfter"] > 0
        assert hub.said.count("RATE_LIMIT_EXCEEDED") == 1
        assert hub.reached == ["take"] * 3


async def test_other_methods_are_refused_past_the_guard_as_well() -> None:
    async with guarded_hub(allowed=(FRIEND,)) as hub:
        meant = hub.meant()
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
            answer = await ask(hub, BEAT, method, **meant)
            assert (answer.status, answer.header("allow")) == (405, "OPTIONS, POST"), method
            assert answer.header("x-ratelimit-limit")
        options = await ask(hub, BEAT, "OPTIONS")
        assert (options.status, options.header("allow")) == (204, "OPTIONS, POST")
        asked = {"origin": FRIEND, "access_control_request_method": "POST"}
        preflight = await ask(hub, BEAT, "OPTIONS", **asked)
        assert (preflight.status, preflight.header("allow")) == (204, "")
        assert "POST" in preflight.header("access-control-allow-methods")
        assert preflight.header("access-control-allow-origin") == FRIEND
        told = await ask(hub, BEAT, "POST", body=BODY, content_type=JSON, origin=FRIEND, **meant)
        assert told.header("access-control-allow-origin") == FRIEND
        assert (await ask(hub, BEAT, "GET", origin=STRANGER)).status == 403
        assert hub.reached == ["take"]


async def test_a_handler_that_fails_is_our_fault_and_the_next_write_is_taken() -> None:
    async with guarded_hub() as hub, visiting(hub.port) as visitor:
        sent = hub.meant(content_type=JSON)
        broken = await ask_on(visitor, BEAT, "POST", body='"crash"', **sent)
        assert (broken.status, envelope(broken)["code"]) == (500, "internal")
        assert (await ask_on(visitor, BEAT, "POST", body=BODY, **sent)).status == 200


async def test_how_much_may_be_written_is_what_is_said_for_its_address() -> None:
    bodies = BodyLimit(4, {"/api/viewer/": len(BODY)})
    async with guarded_hub(bodies=bodies) as hub:
        sent = hub.meant(content_type=JSON)
        assert (await ask(hub, BEAT, "POST", body=BODY, **sent)).status == 200
        assert (await ask(hub, BEAT, "POST", body=BODY + " ", **sent)).status == 413
