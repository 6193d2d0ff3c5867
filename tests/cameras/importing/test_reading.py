"""Every shape of catalogue is read; a broken row loses nobody else, a broken file says where."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.importing.candidates import MOST_ROWS, Candidate, Format
from pantau.cameras.importing.reading import TooLarge, read_catalogue
from pantau.core.errors import Invalid, Problem
from tests.cameras.importing import catalogues
from tests.cameras.importing.catalogues import PLAIN, as_bytes


def rows(data: bytes | str, name: str = "") -> Sequence[Candidate]:
    written = data.encode() if isinstance(data, str) else data
    return read_catalogue(written, file_name=name).candidates


def one(row: dict[str, Any]) -> Candidate:
    (candidate,) = rows(as_bytes([row]))
    return candidate


@pytest.mark.parametrize(
    "envelope",
    [
        PLAIN,
        {"cameras": PLAIN},
        {"data": PLAIN},
        {"items": PLAIN, "total": 2},
        {"data": {"cameras": PLAIN}},
        {"success": True, "result": {"list": PLAIN}},
        {"1": PLAIN[0], "2": PLAIN[1]},
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": row["title"], "url": row["url"]},
                    "geometry": {
                        "type": "Point",
                        "coordinates": [
                            float(row["lng"].replace(",", ".")),
                            float(row["lat"].replace(",", ".")),
                        ],
                    },
                }
                for row in PLAIN
            ],
        },
    ],
)
def test_rows_are_found_in_every_envelope(envelope: object) -> None:
    found = rows(as_bytes(envelope))
    assert [(each.row, each.name, each.latitude, each.longitude) for each in found] == [
        (1, "Simpang Lima", -7.791971, 110.391644),
        (2, "Pasar Wetan", -7.789037, 110.357515),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8"]
)
def test_every_encoding_of_windows_is_read(encoding: str) -> None:
    text = json.dumps(
        [{"name": "Café", "url": "https://a.cctv.example/x.m3u8"}], ensure_ascii=False
    )
    assert [each.name for each in rows(text.encode(encoding))] == ["Café"]


def test_tables_of_old_spreadsheets_are_read() -> None:
    text = 'sep=;\r\nNama;Link;Lat;Lng\r\n"Café; ""Besar""\r\nlantai 2";https://a.cctv.example/x.m3u8;-7,5;110,25\r\n'
    (row,) = rows(text.encode("cp1252"))
    assert (row.name, row.latitude, row.longitude) == ('Café; "Besar" lantai 2', -7.5, 110.25)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_cells_are_separated_by_what_the_first_line_uses(sign: str) -> None:
    lines = [["name", "url", "lat", "lng"], ["A", "https://a.cctv.example/x.m3u8", "-7.5", "110"]]
    (row,) = rows("\n".join(sign.join(line) for line in lines))
    assert (row.name, row.latitude) == ("A", -7.5)


def test_names_of_fields_of_every_known_city() -> None:
    jogja = one(catalogues.JOGJA)
    assert (jogja.name, jogja.address) == ("Alun-Alun", "https://b.cctv.example/alun.m3u8")
    assert (jogja.kelurahan, jogja.kecamatan, jogja.rw, jogja.rt) == (
        "Wanasari", "Margaluyu", "05", "02",
    )  # fmt: skip
    assert (jogja.group_name, jogja.source_id, jogja.latitude) == ("Lalu lintas", "7", -7.8)
    gresik = one(catalogues.GRESIK)
    assert gresik.address == "rtsp://admin:rahasia@10.9.8.7:554/ch1"
    assert (gresik.latitude, gresik.longitude, gresik.location) == (-7.16, 112.65, "Jl. Tol KM 3")
    jombang = one(catalogues.JOMBANG)
    assert (jombang.name, jombang.group_name, jombang.is_offline) == ("Terminal", "Terminal", False)
    sumedang = one(catalogues.SUMEDANG_RAW)
    assert (sumedang.source_id, sumedang.provider, sumedang.source_status) == (
        "32", "Shinobi", "200",
    )  # fmt: skip
    surakarta = one(catalogues.SURAKARTA)
    assert (surakarta.kind, surakarta.relay, surakarta.tls, surakarta.enabled) == (
        "flv", False, "insecure", True,
    )  # fmt: skip
    assert (surakarta.source_site, surakarta.source_id) == ("KOTA ATCS", "BalaiKota")
    tulungagung = one(catalogues.TULUNGAGUNG)
    assert (tulungagung.location, tulungagung.is_offline) == ("Jl. Pahlawan 3", True)
    assert tulungagung.embed_url == "https://t.cctv.example/embed/9"


@pytest.mark.parametrize(
    ("north", "east", "found", "warned"),
    [
        (None, None, (None, None), ""),
        ("", "null", (None, None), ""),
        (0, 0, (None, None), "0, 0"),
        ("0.0", "0", (None, None), "0, 0"),
        (110.3, -7.8, (-7.8, 110.3), "each other"),
        (-7.8, 191, (None, None), "planet"),
        (-7.8, None, (None, None), "cannot be read"),
        ("abc", "110", (None, None), "cannot be read"),
        (0, 110.3, (0.0, 110.3), ""),
        ("-6.835.073", "107.9", (None, None), "cannot be read"),
        ("\u22127,5°", "110,25", (-7.5, 110.25), ""),
        (True, 1, (None, None), "cannot be read"),
    ],
)
def test_coordinates_are_never_invented(
    north: object, east: object, found: tuple[object, object], warned: str
) -> None:
    row = one({"name": "A", "url": "https://a.cctv.example/x.m3u8", "lat": north, "lng": east})
    assert (row.latitude, row.longitude) == found
    assert bool(row.warnings) == bool(warned)
    assert all(warned in warning for warning in row.warnings)


def test_broken_rows_are_told_and_lose_nobody() -> None:
    found = rows(as_bytes([PLAIN[0], 7, None, "text", [], PLAIN[1]]))
    assert [bool(each.refused) for each in found] == [False, True, True, True, True, False]
    table = "name,url\nA,https://a.cctv.example/a.m3u8\nB,https://a.cctv.example/b.m3u8,x,y\n"
    assert [bool(each.refused) for each in rows(table)] == [False, True]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b'[{"name": "A",}]', "line 1, column 15"),
        (b'[\n{"name": "A"\n"url": "x"}]', "line 3, column 1"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b'[{"lat": ' + b"9" * 5000 + b"}]", "too long"),
        (b"[]", "No camera"),
        (b"{}", "No camera"),
        (b"\x00\x01\x02\x03binary", "not a text file"),
        (b"just some words", "no catalogue"),
        (b'name,url\n"A,https://a.cctv.example/x\n', "broken in line 2"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n", "playlist of one stream"),
        (b"paths: [\n", "line 2, column 1"),
        (b"cameras:\n  a: &x [*x]\n", "references within references"),
        (b"paths: 3\ncameras: 4\n", "neither"),
        (b"paths:\n" + b"".join(b" " * i + b"a:\n" for i in range(1, 60)), "too many or too deep"),
    ],
)
def test_a_broken_file_is_one_error_that_says_where(data: bytes, told: str) -> None:
    with pytest.raises(Problem) as caught:
        read_catalogue(data)
    assert told in caught.value.sentence
    assert caught.value.field == "file"


def test_a_few_lines_that_would_fill_any_memory_are_refused_at_once() -> None:
    lines = ["cameras:", "  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Problem, match="references"):
        read_catalogue("\n".join(lines).encode())
    with pytest.raises(Problem, match="valid YAML"):
        read_catalogue(b"cameras: !!python/object/apply:os.system ['true']\n  x: y")


def test_catalogues_have_limits() -> None:
    with pytest.raises(TooLarge, match="20 MiB"):
        read_catalogue(b" " * (20 * 1024 * 1024 + 1))
    with pytest.raises(TooLarge, match="20000 rows"):
        read_catalogue(b"[" + b"1," * MOST_ROWS + b"1]")


def test_paths_of_mediamtx() -> None:
    found = read_catalogue(catalogues.MEDIAMTX.encode(), file_name="mediamtx.yml")
    assert found.format is Format.MEDIAMTX
    gate, pattern, others, receiving, variable, board, strange = found.candidates
    assert (gate.name, gate.address, gate.transport, gate.on_demand) == (
        "gerbang utama",
        "rtsp://admin:rahasia@192.0.2.10:554/stream1",
        "tcp",
        True,
    )
    assert all(each.skipped for each in (pattern, others, receiving))
    assert "variable" in variable.refused
    assert "board" in board.refused
    assert strange.address == "rtmp://192.0.2.13/live"


def test_cameras_of_frigate() -> None:
    found = read_catalogue(catalogues.FRIGATE.encode(), file_name="config.yml")
    assert found.format is Format.FRIGATE
    yard, front, secret, keyed, loose = found.candidates
    assert (yard.name, yard.address) == ("halaman", "rtsp://admin:rahasia@192.0.2.20:554/main")
    assert (front.name, front.address, front.enabled) == (
        "Pintu Depan", "rtsp://admin:rahasia@192.0.2.21:554/main", False,
    )  # fmt: skip
    assert "variable of Frigate" in secret.refused
    assert keyed.refused
    assert (loose.name, loose.address) == ("lepas", "rtsp://admin:rahasia@192.0.2.23:554/main")


def test_playlists_of_players() -> None:
    west, east = rows(catalogues.M3U)
    assert (west.name, west.group_name, west.source_id) == ("Simpang, Barat", "Kota, Barat", "c1")
    assert west.own["headers"] == (("Referer", "https://ref.cctv.example/"),)
    assert (east.name, east.address) == ("Timur", "http://m.cctv.example/timur.mjpg")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    [
        "name",
        "title",
        "url",
        "stream_url",
        "lat",
        "lng",
        "location",
        "status",
        "headers",
        "kind",
        "id",
        "external_embed_url",
        "description",
        "enabled",
        "brand",
        "coordinates",
        "iframe",
        "format",
    ]
)


@settings(max_examples=60)
@given(st.lists(st.dictionaries(_NAMES, _JSON, max_size=8) | _JSON, max_size=5))
def test_whatever_stands_in_json_is_rows_or_one_problem(value: list[object]) -> None:
    for whole in (value, {"cameras": value}, {"format": "pantau-cameras", "cameras": value}):
        try:
            found = read_catalogue(json.dumps(whole).encode())
        except Problem:
            continue
        assert len(found.candidates) == len(value) or not value


@settings(max_examples=30)
@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
def test_whatever_a_file_holds_is_rows_or_one_problem(data: bytes) -> None:
    for begin in (b"", b"name,url\n", b"#EXTM3U\n", b"paths:\n ", b"cameras:\n ", b'[{"name":"'):
        for name in ("", "x.yml", "x.m3u", "x.csv"):
            with suppress(Invalid, TooLarge):
                read_catalogue(begin + data, file_name=name)
