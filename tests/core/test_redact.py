"""No credential, camera address or file path gets through, and what helps stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.redact import mask_url, redact

SECRET = "geheim123"


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://admin:{SECRET}@10.0.0.1:554/Streaming/101",
        f"RTSPS://admin:{SECRET}@cam/",
        f"cannot open 'rtsp://10.0.0.1/user={SECRET}_password={SECRET}&channel=1'",
        f"http://admin:{SECRET}@10.0.0.1/video.mjpg failed",
        f"http://admin:{SECRET}@x@10.0.0.1/video",
        f"GET http://10.0.0.1/snap.cgi?user=admin&pwd={SECRET}",
        f"/cgi?usr=admin&auth={SECRET}#x",
        f"Authorization: Basic {SECRET}",
        f"authorization: Bearer {SECRET}{SECRET}",
        f'{{"password": "{SECRET}"}}',
        f"password = '{SECRET} with spaces'",
        f"X-API-Key: {SECRET}",
        f"session_token={SECRET}; path=/",
        f"Set-Cookie: {SECRET}",
        f"Basic {SECRET}{SECRET}",
    ],
)
def test_secret_is_masked(text: str) -> None:
    assert SECRET not in redact(text)


@pytest.mark.parametrize(
    "path",
    [
        "/home/budi/pantau/data/secret.key",
        "/tmp/pantau-3f/media-api.sock",
        "/srv/cctv/recordings/1/x.mp4",
        "file:///mnt/clips/gate.mp4",
        "/data/thumbnails",
    ],
)
def test_file_path_is_masked_down_to_its_last_part(path: str) -> None:
    masked = redact(f"cannot read '{path}': permission denied")
    assert path not in masked
    assert path.rsplit("/", 1)[1] in masked


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/stream answered 200",
        "/hls/48c3a288-544d-44df-96ba-5813ceb70ad7/index.m3u8 took 3 s",
        "PATCH /v3/config/paths/patch/gate",
        "and/or 12/31/2026",
        "connection refused by 10.0.0.1:554",
        "h264/aac",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert redact(text) == text


def test_names_of_secret_fields_stay() -> None:
    assert redact("token=abc&x=1") == "token=***&x=1"


@given(
    user=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    password=st.from_regex(r"zq[A-Za-z0-9!$*()+,;=:._~-]{4,20}", fullmatch=True),
    scheme=st.sampled_from(["rtsp", "rtsps", "http", "https"]),
    around=st.sampled_from(["{}", "open {} failed", "'{}'", '{{"url": "{}"}}', "({})"]),
)
def test_login_in_any_address_is_masked(user: str, password: str, scheme: str, around: str) -> None:
    text = around.format(f"{scheme}://{user}:{password}@camera.lan:8554/live/1")
    assert password not in redact(text)


def test_masked_address_tells_where_but_not_how() -> None:
    assert mask_url(f"rtsp://admin:{SECRET}@10.0.0.7:554/a?b=c") == "rtsp://10.0.0.7:554/…"
    assert mask_url("testcard:") == "testcard:…"
