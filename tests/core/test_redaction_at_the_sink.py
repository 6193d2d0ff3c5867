"""Whatever is logged, in whatever way, no secret of any kind reaches the output."""

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.log import Output, configure_log, log_crashes
from pantau.core.redact import redact, redact_deep
from tests.support.clock import HandWoundClock

HEX = "3f9a" * 16
ARGON = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("x")
BCRYPT = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
SEALED = "v1.0a1b2c3d.q83vejrwejcrze8snfz4kkvn7xi0vniqq83vejrwejaq"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BOT = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
OPAQUE = "pS1_Zk3v-Qa8Lw0Xb7NcT5yRe2Hu9Mj4Gf6Di1Bo3Ws"
SECRETS: dict[str, tuple[str, str]] = {
    # What is logged, and the part of it that nobody may read.
    "camera": ("rtsp://admin:geheim@10.9.8.7:554/Streaming/101", "10.9.8.7"),
    "camera with TLS": ("RTSPS://admin:geheim@10.9.8.7/live", "geheim"),
    "camera without login": ("rtsp://10.9.8.7/user=a_password=geheim", "geheim"),
    "snapshot": ("http://admin:geheim@10.9.8.7/snap.jpg", "geheim"),
    "database": ("postgresql://pantau:geheim@db.lan/pantau", "geheim"),
    "database of the driver": ("postgresql+asyncpg://pantau:ge/heim@db.lan/pantau", "heim"),
    "database, coded": ("postgresql://pantau:ge%2Fheim%40@db.lan/pantau", "ge%2Fheim"),
    "database in words": ("host=db user=pantau password=geheim dbname=pantau", "geheim"),
    "shared state": ("redis://:geheim@127.0.0.1:6379/0", "geheim"),
    "bearer": (f"Authorization: Bearer {OPAQUE}", OPAQUE),
    "basic": ("authorization: Basic YWRtaW46Z2VoZWlt", "YWRtaW46"),
    "token": (f"opened session {OPAQUE} of budi", OPAQUE),
    "token in a query": ("GET /hls/x.m3u8?token=geheim&x=1", "geheim"),
    "cookies": (f"Cookie: theme=dark; token={OPAQUE}; pantau_device=geheim.kurz", "geheim"),
    "cookie that is set": ("set-cookie: refreshToken=geheim; Path=/; HttpOnly", "geheim"),
    "cookies as a pair": ("headers: (b'cookie', b'theme=dark; pantau_device=geheim')", "geheim"),
    "API key": (f"X-API-Key: {HEX}", HEX),
    "API key as a pair": (f"[(b'x-api-key', b'{HEX}')]", HEX),
    "API key alone": (f"key {HEX} is unknown", HEX),
    "API key in capitals": (f"key {HEX.upper()} is unknown", HEX.upper()),
    "CSRF token": (f"csrf_token={HEX}", HEX),
    "argon2": (f"stored {ARGON} for budi", ARGON.rsplit("$", 1)[1]),
    "bcrypt": (f"('budi', '{BCRYPT}', 'admin')", BCRYPT[7:]),
    "sealed": (f"cannot open {SEALED}", SEALED[12:]),
    "TOTP": (f"enrolled with {TOTP}", TOTP),
    "TOTP address": ("otpauth://totp/Pantau:budi?secret=GEHEIM&issuer=Pantau", "GEHEIM"),
    "bot": (f"https://api.telegram.org/bot{BOT}/sendMessage", BOT[10:]),
    "bot alone": (f"chat with {BOT} failed", BOT[10:]),
    "JSON": ('{"new_password": "ge heim", "username": "budi"}', "heim"),
    "repr": ("Credentials(username='budi', password='geheim', code=None)", "geheim"),
    "pair": ("('password', 'geheim')", "geheim"),
    "recovery codes": ("recovery_codes=['abcd-efgh']", "abcd-efgh"),
}


@dataclass
class Sink:
    out: io.StringIO
    clock: HandWoundClock

    @property
    def text(self) -> str:
        return self.out.getvalue()


@pytest.fixture(params=["json", "console"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    out, clock = io.StringIO(), HandWoundClock()
    configure_log(
        Output(calm=out, urgent=out, is_held=False),
        process="test",
        level="debug",
        as_json=request.param == "json",
        clock=clock,
    )
    log_crashes()
    yield Sink(out, clock)
    structlog.reset_defaults()
    root.handlers, root.level, sys.excepthook, threading.excepthook = before


class AwkwardError(Exception):
    """An error that tells everything it knows."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.add_note(f"while using {secret}")


def fail_with(secret: str) -> None:
    raise AwkwardError(secret)


def as_value(secret: str) -> None:
    structlog.get_logger().info("event", value=secret)


def as_event(secret: str) -> None:
    structlog.get_logger().info(secret)


def as_name(secret: str) -> None:
    structlog.get_logger().info("event", **{secret: 1})


def nested(secret: str) -> None:
    values = {"a": [{"b": (secret,)}, {secret}], secret: {"c": frozenset([secret])}}
    structlog.get_logger().warning("event", values=values)


def as_bytes(secret: str) -> None:
    structlog.get_logger().info("event", body=secret.encode(), more=[bytearray(secret.encode())])


def as_object(secret: str) -> None:
    @dataclass
    class Holder:
        value: str

    structlog.get_logger().info("event", holder=Holder(secret), error=ValueError(secret))


def as_context(secret: str) -> None:
    with structlog.contextvars.bound_contextvars(request=secret):
        structlog.get_logger().info("event")


def bound(secret: str) -> None:
    structlog.get_logger().bind(camera=secret).error("event")


def as_exception(secret: str) -> None:
    try:
        fail_with(secret)
    except AwkwardError:
        structlog.get_logger().exception("event")


def as_cause(secret: str) -> None:
    def wrap() -> None:
        try:
            fail_with(secret)
        except AwkwardError as error:
            raise RuntimeError("outer") from error

    try:
        wrap()
    except RuntimeError:
        structlog.get_logger().exception("event")


def as_group(secret: str) -> None:
    group = ExceptionGroup("several", [AwkwardError(secret), ValueError(secret)])
    structlog.get_logger().error("event", exc_info=group)


def by_a_library(secret: str) -> None:
    logging.getLogger("some.library").warning("cannot open %s", secret)


def by_a_library_with_an_error(secret: str) -> None:
    try:
        fail_with(secret)
    except AwkwardError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")


def by_the_loop(secret: str) -> None:
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": secret, "exception": AwkwardError(secret)})
    loop.close()


def by_a_crash(secret: str) -> None:
    try:
        fail_with(secret)
    except AwkwardError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def by_a_thread(secret: str) -> None:
    thread = threading.Thread(target=fail_with, args=[secret], name=f"camera {secret}")
    thread.start()
    thread.join()


WAYS: list[Callable[[str], None]] = [
    as_value,
    as_event,
    as_name,
    nested,
    as_bytes,
    as_object,
    as_context,
    bound,
    as_exception,
    as_cause,
    as_group,
    by_a_library,
    by_a_library_with_an_error,
    by_the_loop,
    by_a_crash,
    by_a_thread,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_secret_reaches_the_output(sink: Sink, way: Callable[[str], None]) -> None:
    leaks = []
    for name, (secret, needle) in SECRETS.items():
        # Equal events collapse unless they are far apart.
        sink.clock.wind(3_600)
        before = len(sink.text)
        way(secret)
        said = sink.text[before:]
        assert said, f"{name} was not logged at all"
        if needle in said:
            leaks.append(f"{name}: {said}")
    assert leaks == []


@pytest.mark.parametrize(
    "name",
    ["password", "token", "refresh_token", "X-API-Key", "cookie", "totp_secret", "key_hash", "pwd"],
)
def test_value_under_a_secret_name_is_masked_whatever_it_is(sink: Sink, name: str) -> None:
    values: tuple[Any, ...] = ("geheim", b"geheim", ["geheim"], {"a": "geheim"}, 20061945)
    for value in values:
        structlog.get_logger().info("event", **{name: value}, nested={name: value})
    assert "geheim" not in sink.text
    assert "20061945" not in sink.text


@pytest.mark.parametrize(
    "text",
    [
        "48c3a288-544d-44df-96ba-5813ceb70ad7",
        "test_a_long_name_of_something_with_many_words_in_it_1",
        "AUDIT_ENTRIES_EXPIRED",
        "GET /api/admin/audit?limit=50 answered 200 in 12 ms",
        "2026-03-01T08:00:00.000Z",
        "rate limit 100 per 60 s exceeded by 2001:db8:85a3:8d3:1319:8a2e:370:7348",
        "profile 4D401F, 1920x1080, 25 fps",
        "step 0004_audit",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert redact(text) == text


@given(
    st.recursive(
        st.text(max_size=30) | st.integers() | st.booleans() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_redaction_of_anything_ends_and_repeats_itself(value: object) -> None:
    once = redact_deep(value)
    assert redact_deep(once) == once


HOSTILE = "a|A1a-|password=|rtsp://|a-|$2b$|1:|://@|a://|a://b:|token |/a|cookie|pass|1234567:|a.b@"
MORE_HOSTILE = "'|v1.|secret-|f0|JBSW|\n |password=[|pwd=(|token={|password=\"x|(b'token', "


@pytest.mark.timeout(5)
@pytest.mark.parametrize("part", f"{HOSTILE}|{MORE_HOSTILE}".split("|"))
def test_hostile_text_costs_no_more_than_its_length(part: str) -> None:
    """A visitor chooses user agents and paths; a second of thought would stop every stream."""
    assert redact(part * 20_000) is not None
