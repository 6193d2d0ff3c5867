from pantau.core.errors import NotFound, Unavailable
from pantau.streaming.pieces import Playlist, Segment
from pantau.streaming.policy import Allowed, CacheClass, StreamFacts, decide
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest


def test_a_public_camera_may_be_seen_and_kept() -> None:
    facts = StreamFacts(1, "cam1")
    assert decide(facts) == Allowed(facts, CacheClass.SHARED)


def test_a_disabled_camera_looks_like_one_that_never_was() -> None:
    never, disabled = decide(None), decide(StreamFacts(1, "cam1", is_enabled=False))
    assert isinstance(never, NotFound)
    assert isinstance(disabled, NotFound)
    assert (never.code, never.sentence) == (disabled.code, disabled.sentence)


def test_a_camera_in_maintenance_says_so() -> None:
    verdict = decide(StreamFacts(1, "cam1", in_maintenance=True))
    assert isinstance(verdict, Unavailable)
    assert verdict.code == "stream.maintenance"


def test_disabled_wins_over_maintenance() -> None:
    verdict = decide(StreamFacts(1, "cam1", is_enabled=False, in_maintenance=True))
    assert isinstance(verdict, NotFound)


def test_what_only_some_may_see_is_kept_by_nobody() -> None:
    for headers in ([], [(b"range", b"bytes=0-1")], [(b"if-none-match", b"*")]):
        scope = {"method": "GET", "path": "/", "query_string": b"", "headers": headers}
        request = HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)
        for piece in (Segment(b"bytes", "ab_seg1.mp4"), Playlist(b"#EXTM3U\n")):
            open_to_all = piece.reply(request, CacheClass.SHARED)
            gated = piece.reply(request, CacheClass.PRIVATE)
            assert dict(gated.headers)[b"cache-control"] == b"private, no-store"
            assert dict(open_to_all.headers)[b"cache-control"] != b"private, no-store"
            assert gated.body == open_to_all.body
