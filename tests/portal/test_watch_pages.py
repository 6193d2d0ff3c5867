"""What an open page of a camera is told, and where leafing leads."""

import json
from typing import Any

import pytest

from pantau.cameras.decisions import CutOff, PublicDecision, Visibility
from pantau.cameras.models import LiveState, Observation
from pantau.core.errors import NotFound
from pantau.core.ids import CameraId
from pantau.portal.audience import Audience
from pantau.portal.pages import Portal
from pantau.portal.watch.neighbours import next_to
from pantau.portal.watch.routes import Told
from pantau.site.values import Sharing
from pantau.ui.files import read_assets
from tests.portal.cameras import camera, pages
from tests.portal.test_pages import Hub, some_camera
from tests.support.clock import START


@pytest.fixture
def hub() -> Hub:
    return Hub()


def news(hub: Hub, number: int = 1, **headers: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(hub.ask(f"/kini/{number}.json", **headers).body)
    return told


def page_of(hub: Hub, number: int = 1) -> str:
    return hub.ask(f"/kamera/{number}-kamera-{number}").body.decode()


def audience(hub: Hub, counts: dict[int, int]) -> None:
    assets = read_assets()
    watching = Audience(lambda: counts, hub.clock.now)
    hub.portal = Portal(catalogue=hub.catalogue, pages=pages(), assets=assets, audience=watching)


@pytest.mark.anyio
async def test_an_open_page_is_told_no_more_than_it_needs(hub: Hub) -> None:
    told = news(hub)
    assert sorted(told) == ["at_ms", "mark", "state", "stream", "viewers"]
    assert told["at_ms"] == int(hub.clock.now().timestamp() * 1000)
    assert f'data-mark="{told["mark"]}" data-stream="{told["stream"]}"' in page_of(hub)
    reply = hub.ask("/kini/1.json")
    assert (b"cache-control", b"no-store") in reply.headers
    for secret in (b"geheim", b"10.0.0.1", b"rtsp", b"key-1"):
        assert secret not in reply.body


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (0, "id", ""),
        (1, "id", "1 menonton sekarang"),
        (1000, "id", "1.000 menonton sekarang"),
        (1000, "en", "1,000 watching now"),
    ],
)
async def test_viewers_are_counted_in_words_and_nobody_is_not(
    hub: Hub, count: int, language: str, said: str
) -> None:
    audience(hub, {1: count, 2: 7})
    assert news(hub, accept_language=language)["viewers"] == said


@pytest.mark.anyio
@pytest.mark.parametrize(
    "decision",
    [
        PublicDecision(visibility=Visibility.PRIVATE),
        PublicDecision(visibility=Visibility.PARTNER),
        PublicDecision(cut_off=CutOff(at=START)),
    ],
)
async def test_news_of_a_hidden_camera_are_those_of_none(
    hub: Hub, decision: PublicDecision
) -> None:
    hub.catalogue.replace([some_camera(1, decision=decision), some_camera(2)])
    refused = []
    for number in (1, 99):
        with pytest.raises(NotFound) as raised:
            hub.ask(f"/kini/{number}.json")
        refused.append((raised.value.code, raised.value.sentence, raised.value.facts))
    assert refused[0] == refused[1]
    assert "kamera-1" not in page_of(hub, 2)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "rest",
    ["", "1", "1.", "1.xml", "1.json.json", "1-x.json", "-1.json", "٧.json", "9" * 40 + ".json"],
)
async def test_strange_addresses_of_news_are_unknown(hub: Hub, rest: str) -> None:
    with pytest.raises(NotFound):
        hub.ask(f"/kini/{rest}")


@pytest.mark.anyio
async def test_the_mark_changes_with_what_the_page_says_and_with_nothing_else(hub: Hub) -> None:
    first = news(hub)
    now = hub.clock.now()
    hub.catalogue.still_taken(CameraId(2), now)
    assert news(hub)["mark"] == first["mark"]
    audience(hub, {1: 3})
    assert news(hub)["mark"] == first["mark"]
    hub.catalogue.replace([some_camera(1, location="Jl. Baru"), some_camera(2)])
    second = news(hub)
    assert second["mark"] != first["mark"]
    assert second["stream"] == first["stream"]
    hub.catalogue.observe({CameraId(1): Observation(LiveState.OFFLINE, now, now, "h264")})
    assert news(hub)["mark"] != second["mark"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "changes", [{"stream_key": "key-new"}, {"stream_revision": 3}], ids=["key", "source"]
)
async def test_another_stream_is_another_page(hub: Hub, changes: dict[str, Any]) -> None:
    before = news(hub)["stream"]
    hub.catalogue.replace([some_camera(1, **changes), some_camera(2)])
    assert news(hub)["stream"] != before


@pytest.mark.anyio
async def test_what_others_know_stands_on_the_page(hub: Hub) -> None:
    assert "30 hari terakhir" not in page_of(hub)
    assert "<textarea" not in page_of(hub)
    told = Told(sharing=lambda: Sharing(embed="everybody"), uptime_of=lambda _: 99.2)
    hub.portal = Portal(catalogue=hub.catalogue, pages=pages(), assets=read_assets(), told=told)
    page = page_of(hub)
    assert "<dd>99,2\u00a0%</dd>" in page
    assert "/sematkan/1" in page


def test_leafing_shows_every_camera_once() -> None:
    cameras = [
        camera(number, name=name, area_name=area)
        for number, (name, area) in enumerate(
            [("Pasar", "Wetan"), ("alun", "Wetan"), ("Bendung", None), ("Bendung", "Kulon")], 1
        )
    ]
    seen, here = [], cameras[0]
    for _ in cameras:
        seen.append(here.id)
        before, after = next_to(here, cameras)
        assert before is not None
        assert after is not None
        assert next_to(after, cameras)[0] == here
        here = after
    assert here == cameras[0]
    # By area, then by name, without an area last: as on the wall.
    assert seen == [1, 3, 4, 2]


def test_a_camera_alone_leads_nowhere() -> None:
    assert next_to(camera(1), [camera(1)]) == (None, None)
    assert next_to(camera(3), [camera(1), camera(2)]) == (None, None)
