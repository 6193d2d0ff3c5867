"""Links to an earlier hub land where the same thing is now, and teach nobody what exists."""

import pytest

from pantau.core.errors import NotFound
from pantau.web.exchange import Reply
from tests.portal.share_hub import CUT, PRIVATE, PUBLIC, RECORDED, ShareHub

WATCH = f"/kamera/{PUBLIC}-kamera-1"


@pytest.fixture(scope="module")
def hub() -> ShareHub:
    return ShareHub()


def target(reply: Reply) -> str:
    assert reply.status in {302, 308}
    return dict(reply.headers)[b"location"].decode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"/?camera={PUBLIC}", WATCH),
        ("/?camera=kamera-1", WATCH),
        (f"/?camera={PUBLIC}-older-name", WATCH),
        (f"/?mode=full&camera={PUBLIC}&utm_source=wa&q=a%20b", f"{WATCH}?utm_source=wa&q=a%20b"),
        (f"/?camera={PUBLIC}&lang=en&view=grid", f"{WATCH}?lang=en"),
        ("/?view=map", "/peta"),
        ("/?mode=simple&view=map&area=3", "/peta?area=3"),
        (f"/?view=map&camera={PUBLIC}", f"/peta?kamera={PUBLIC}"),
        ("/?view=playback", "/rekaman"),
        (f"/?view=playback&cam={RECORDED}&t=1763713402000", f"/rekaman/{RECORDED}?t=1763713402000"),
        ("/playback", "/rekaman"),
        (f"/playback?cam={RECORDED}&t=1763713402000", f"/rekaman/{RECORDED}?t=1763713402000"),
        ("/playback?cam=kamera-7&x=%C3%A9", f"/rekaman/{RECORDED}?x=%C3%A9"),
        (f"/playback?camera={RECORDED}", f"/rekaman/{RECORDED}"),
        ("/area", "/"),
        ("/area/wanasari-timur", "/wilayah/3-wanasari-timur"),
        ("/area/3", "/wilayah/3-wanasari-timur"),
        (f"/area/wanasari-timur?camera={PUBLIC}&a=b", f"{WATCH}?a=b"),
        ("/k/kamera-1", WATCH),
        (f"/k/{PUBLIC}", WATCH),
    ],
)
def test_an_old_address_leads_on(hub: ShareHub, old: str, new: str) -> None:
    assert target(hub.ask(old)) == new


@pytest.mark.parametrize(
    "query",
    [
        "camera=999", "camera=", "camera=unknown", "mode=full", "mode=simple&view=grid", "view=x",
        f"camera={PRIVATE}", f"camera={CUT}", "camera=gudang-rahasia", "camera=%00", "camera=NaN",
        "camera=" + "9" * 400, "camera=%ff%fe", "camera=1e1", "camera=../x", "camera=%ED%A0%80",
        "&".join(f"a{n}=1" for n in range(200)),
    ],
)  # fmt: skip
def test_what_names_nothing_public_stays_on_the_wall(hub: ShareHub, query: str) -> None:
    reply = hub.ask(f"/?{query}")
    assert reply.status == 200
    assert "Rahasia" not in reply.body.decode()


def test_footage_of_a_camera_that_is_hidden_is_found_by_number_alone(hub: ShareHub) -> None:
    # Whoever holds a token may replay it; the page there decides, and the name is not told.
    assert target(hub.ask(f"/playback?cam={PRIVATE}")) == f"/rekaman/{PRIVATE}"
    assert target(hub.ask("/playback?cam=999")) == "/rekaman/999"
    assert target(hub.ask("/playback?cam=gudang-rahasia")) == "/rekaman"


@pytest.mark.parametrize(
    "path", ["/area/area-rahasia", "/area/9", "/area/x", "/area/", "/area/%00"]
)
def test_an_area_that_shows_nothing_is_unknown(hub: ShareHub, path: str) -> None:
    with pytest.raises(NotFound):
        hub.ask(path)


@pytest.mark.parametrize("path", ["/k/gudang-rahasia", f"/k/{PRIVATE}", "/k/999", "/kamera/x"])
def test_short_links_find_public_cameras_only(hub: ShareHub, path: str) -> None:
    with pytest.raises(NotFound) as refused:
        hub.ask(path)
    assert refused.value.code == "camera.unknown"


def test_no_address_gets_a_line_of_its_own_into_a_header(hub: ShareHub) -> None:
    reply = hub.ask(f"/?camera={PUBLIC}&x=%0d%0aset-cookie:%20a=b")
    assert reply.wire_head.count(b"\r\n") == len(reply.headers) + 1
    assert b"\r\nset-cookie" not in reply.wire_head.lower()
