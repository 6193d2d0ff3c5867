"""Stream tokens open one stream, for an hour, as far as they say, and nothing else anywhere."""

from typing import Any

import jwt
import pytest

from pantau.core.errors import Forbidden, Problem, Unauthenticated
from pantau.core.redact import redact
from pantau.core.signing import derive_key
from pantau.streaming.tokens import LIVES_S, StreamTokens, stream_tokens
from tests.support.cameras import camera
from tests.support.clock import HandWoundClock

SECRET = b"s" * 32
CAMERA = camera(7)


def tokens(clock: HandWoundClock | None = None) -> StreamTokens:
    return stream_tokens(SECRET, clock or HandWoundClock())


def claims(**changes: Any) -> dict[str, Any]:
    now_s = int(HandWoundClock().unix_s())
    told = {
        "cameraId": 7,
        "streamKey": CAMERA.stream_key,
        "type": "stream_access",
        "level": "public",
        "iat": now_s,
        "exp": now_s + 60,
        "aud": "pantau.stream",
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def signed(told: dict[str, Any], *, key: bytes = b"", algorithm: str = "HS256") -> str:
    return jwt.encode(told, key or tokens().key, algorithm=algorithm)


@pytest.mark.parametrize("level", ["public", "partner", "operator"])
def test_a_token_is_good_for_its_camera_and_its_level(level: Any) -> None:
    assert tokens().level_of(tokens().issue(CAMERA, level), CAMERA) == level


def test_it_says_what_clients_of_the_interface_know() -> None:
    text = tokens().issue(CAMERA, "public")
    told = jwt.decode(text, options={"verify_signature": False})
    assert set(told) == {"cameraId", "streamKey", "type", "level", "iat", "exp", "aud"}
    assert (told["cameraId"], told["type"]) == (7, "stream_access")
    assert told["exp"] - told["iat"] == LIVES_S == 3_600


def test_it_ends_after_an_hour() -> None:
    clock = HandWoundClock()
    text = tokens(clock).issue(CAMERA, "public")
    clock.wind(LIVES_S - 1)
    assert tokens(clock).level_of(text, CAMERA) == "public"
    clock.wind(1)
    with pytest.raises(Unauthenticated) as refused:
        tokens(clock).level_of(text, CAMERA)
    assert refused.value.code == "stream.token_expired"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        "a" * 2_000,
        signed(claims(cameraId=8)),
        signed(claims(cameraId="7")),
        signed(claims(streamKey="00000000-0000-4000-8000-000000000008")),
        signed(claims(type="access")),
        signed(claims(type="refresh")),
        signed(claims(type=None)),
        signed(claims(level="admin")),
        signed(claims(level=None)),
        signed(claims(level=["operator"])),
        signed(claims(aud="pantau.session")),
        signed(claims(aud=None)),
        signed(claims(exp=None)),
        signed(claims(exp=4_000_000_000.5)),
        signed(claims(exp="4000000000")),
        signed(claims(), key=b"x" * 32),
        signed(claims(), key=derive_key(SECRET, "csrf")),
        signed(claims(), key=SECRET),
        signed(claims(), key=tokens().key * 2, algorithm="HS512"),
        jwt.encode(claims(), "", algorithm="none"),
        signed(claims())[:-4] + "AAAA",
    ],
)
def test_everything_else_opens_nothing(text: str) -> None:
    with pytest.raises(Problem) as refused:
        tokens().level_of(text, CAMERA)
    assert isinstance(refused.value, Forbidden)
    assert refused.value.code == "stream.token_refused"


def test_a_new_key_voids_the_tokens_of_the_old_one() -> None:
    text = tokens().issue(CAMERA, "operator")
    with pytest.raises(Forbidden):
        tokens().level_of(text, camera(7, stream_key="another"))


def test_logs_do_not_hold_tokens() -> None:
    text = tokens().issue(CAMERA, "operator")
    for line in (
        f"GET /hls/key/index.m3u8?token={text} HTTP/1.1",
        f"/hls/key/index.m3u8?r=2&token={text}",
        f"Authorization: Bearer {text}",
        f"{{'token': '{text}', 'streamUrl': '/hls/key/index.m3u8?token={text}'}}",
        f"refused {text}",
    ):
        # What comes first is the same in every token.
        assert not any(part in redact(line) for part in text.split(".")[1:]), redact(line)
