"""`/daftar`: every camera in words, small enough for the slowest link."""

import gzip
import random
import re
from typing import Any

import pytest

from pantau.cameras.models import LiveState, PublicCamera
from pantau.portal.wall.text_list import MOST_LINES, Asked, asked_of, list_values
from tests.portal.cameras import NOW, camera, pages

PAGES = pages()
STREETS = (
    "Simpang", "Pasar", "Jembatan", "Alun-Alun", "Terminal", "Stasiun", "Pertigaan", "Bundaran",
    "Puskesmas", "Lapangan", "Pintu Air", "Gerbang", "Masjid Agung", "Balai Desa", "Flyover",
)  # fmt: skip
NAMES = (
    "Wanasari", "Margaluyu", "Kali Bening", "Sukadami", "Purwamukti", "Ciwetan", "Tirtasari",
    "Kusumadilaga", "Pahlawan", "Merdeka", "Diponegoro", "Gatot Subroto", "Kartini", "Sudirman",
    "Veteran", "Pemuda", "Melati", "Kenanga", "Anggrek", "Cempaka", "Mawar", "Flamboyan",
)  # fmt: skip


def city(count: int) -> list[PublicCamera]:
    """Return cameras whose names have little in common, as in a town."""
    dice = random.Random(7)
    states = [LiveState.LIVE] * 8 + [LiveState.OFFLINE, LiveState.CONNECTING]
    found = []
    for number in range(1, count + 1):
        name = f"{dice.choice(STREETS)} {dice.choice(NAMES)} {dice.choice(NAMES)} {number}"
        found.append(
            camera(
                number,
                name=name,
                slug=name.lower().replace(" ", "-"),
                location=f"Jl. {dice.choice(NAMES)} No. {dice.randint(1, 400)}",
                area_id=number % 12 + 1,
                area_name=f"Kelurahan {NAMES[number % 12]}",
                state=dice.choice(states),
            )
        )
    return found


def drawn(cameras: list[PublicCamera], asked: Asked | None = None, language: str = "id") -> str:
    values = list_values(cameras, asked or Asked(), PAGES, language)
    return PAGES.render("portal/list.html", language, values).decode()


def test_three_hundred_cameras_are_less_than_ten_kilobytes() -> None:
    page = drawn(city(300))
    assert page.count('href="/kamera/') == 300
    assert "<img" not in page
    assert len(gzip.compress(page.encode(), 6)) <= 10 * 1024


def test_every_camera_is_said_in_words_with_its_area_and_state() -> None:
    page = drawn(
        [
            camera(1, name="Satu"),
            camera(2, name="Dua", state=LiveState.OFFLINE, since_at=NOW),
            camera(3, name="Tiga", status="maintenance"),
            camera(4, name="Empat", state=LiveState.UNKNOWN, thumbnail_at=None),
            camera(5, name="Lima", area_id=None, area_name=None),
        ]
    )
    text = re.sub(r"<[^>]+>", "", page[page.index("<main") :])
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    assert "Satu Jl. Pahlawan Menyala" in lines
    assert any(line.startswith("Dua Jl. Pahlawan Luring sejak") or "Dua" in line for line in lines)
    assert "Tiga Jl. Pahlawan Perawatan" in lines
    assert "Empat Jl. Pahlawan Belum diperiksa" in lines
    assert (
        lines.index("Wanasari")
        < lines.index("Tempat lain")
        < lines.index("Lima Jl. Pahlawan Menyala")
    )


def test_names_are_text_whatever_stands_in_them() -> None:
    page = drawn([camera(1, name="<script>alert(1)</script>", location='"><img src=x>')])
    assert "<script>alert" not in page
    assert "<img" not in page


@pytest.mark.parametrize(("count", "last"), [(0, 1), (1, 1), (300, 1), (301, 2), (1000, 4)])
def test_pages_hold_everything_once(count: int, last: int) -> None:
    cameras = city(count)
    seen: list[str] = []
    for number in range(1, last + 1):
        values = list_values(cameras, Asked(page=number), PAGES, "id")
        lines = [line for place in values["places"] for line in place.lines]
        assert len(lines) <= MOST_LINES
        seen += [line.url for line in lines]
        assert bool(values["next"]) == (number < last)
        assert bool(values["previous"]) == (number > 1)
    assert sorted(seen) == sorted(f"/kamera/{each.id}-{each.slug}" for each in cameras)
    beyond: dict[str, Any] = list_values(cameras, Asked(page=9999), PAGES, "id")
    assert beyond["page"] == last


def test_an_empty_list_says_why() -> None:
    assert "Belum ada kamera" in drawn([])
    assert "Tidak ada kamera yang cocok" in drawn([], Asked(text="xyz"))


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (b"", Asked()),
        (b"q=pasar+wetan&page=2", Asked("pasar wetan", 2)),
        (b"page=0", Asked()),
        (b"page=-1", Asked()),
        (b"page=nan", Asked()),
        (b"page=%C2%B2", Asked()),
        (b"page=99999999999999999999", Asked()),
        (b"q=%00%ff&page=1e9", Asked("\ufffd")),
        (b"q=%ED%A0%80", Asked("\ufffd\ufffd\ufffd")),
        (b"&&&=&q", Asked()),
    ],
)
def test_nonsense_in_an_address_hurts_nobody(query: bytes, asked: Asked) -> None:
    assert asked_of(query) == asked
