"""Pages of other sites get no playlist; players without a page do."""

import pytest

from pantau.streaming.hotlink import HotlinkGate, origin_in
from pantau.web.client_address import ClientAddresses
from pantau.web.origins import Origins
from tests.support.requests import hot

OWN = "cctv.example"
ALLOWED = "https://city.example"
EMBEDDER = "https://news.example"
GATE = HotlinkGate(
    Origins((ALLOWED,), ClientAddresses(), public_url="https://public.example"), (EMBEDDER,)
)


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        # A native player, curl: they say nothing.
        ({}, False),
        ({"user_agent": "VLC"}, False),
        ({"sec_fetch_site": "same-origin"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": "same-origin", "referer": "https://evil.example/"}, False),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "https://evil.example"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "null"}, True),
        ({"sec_fetch_site": "cross-site", "origin": ALLOWED}, False),
        ({"sec_fetch_site": "cross-site", "origin": EMBEDDER}, False),
        ({"sec_fetch_site": "cross-site", "origin": "HTTPS://NEWS.example"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "https://public.example"}, False),
        ({"sec_fetch_site": "cross-site", "referer": f"{EMBEDDER}/page"}, False),
        ({"sec_fetch_site": "cross-site", "referer": "https://evil.example/page"}, True),
        # The page counts, not who sent it there.
        (
            {
                "sec_fetch_site": "cross-site",
                "origin": "https://evil.example",
                "referer": EMBEDDER,
            },
            True,
        ),
        # Browsers from before 2020, and those that are told to keep quiet.
        ({"origin": f"http://{OWN}"}, False),
        ({"origin": ALLOWED}, False),
        ({"origin": "https://evil.example"}, True),
        ({"referer": f"http://{OWN}/kamera/1"}, False),
        ({"referer": f"{ALLOWED}/x"}, False),
        ({"referer": "https://evil.example/x"}, True),
        ({"referer": f"https://evil.example/{OWN}"}, True),
        ({"referer": f"https://{OWN}@evil.example/"}, True),
        ({"referer": f"https://{OWN}.evil.example/"}, True),
        ({"referer": "https://[broken"}, True),
        ({"referer": "about:blank"}, False),
        ({"sec_fetch_site": "nonsense", "origin": "https://evil.example"}, True),
        ({"sec_fetch_site": "", "origin": "https://evil.example"}, True),
    ],
)
def test_the_gate(headers: dict[str, str], is_refused: bool) -> None:
    assert GATE.refuses(hot("/hls/key/index.m3u8", host=OWN, **headers)) is is_refused


@pytest.mark.parametrize(
    ("referer", "origin"),
    [
        (b"https://News.Example:8443/a?b#c", b"https://news.example:8443"),
        (b"https://user:pass@news.example/", b"https://news.example"),
        (b"", b""),
        (b"/relative", b""),
        (b"https://\xff\xfe/", b"https://\xff\xfe"),
    ],
)
def test_origin_of_a_referer(referer: bytes, origin: bytes) -> None:
    assert origin_in(referer) == origin
