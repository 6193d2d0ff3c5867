"""Static files: addressed by content, compressed once, and never the wrong ones."""

import base64
import gzip
import hashlib
import json
from pathlib import Path

import brotli
import pytest

from pantau.core.errors import NotFound
from pantau.ui.files import read_assets
from pantau.web.assets import Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply

STYLE = ".a { color: red }\n" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "one.css").write_text(f"/* Why. */\n{STYLE}")
    (tmp_path / "two.css").write_text(".b { color: blue }\n")
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "js/island.js").write_text(
        "// Why.\n/** @type {number} */\nexport const one = 1;\n"
    )
    return tmp_path


def assets_of(folder: Path) -> Assets:
    return Assets(
        folder,
        bundles={"page.css": ("one.css", "two.css")},
        modules={"our/island": "js/island.js", "their/player": "vendor/player.mjs"},
    )


def ask(path: str, **headers: str) -> HotRequest:
    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"method": "GET", "path": path, "query_string": b"", "headers": fields}
    return HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)


def served(assets: Assets, request: HotRequest) -> Reply:
    answer = assets.serve(request)
    assert isinstance(answer, Reply)
    return answer


def test_a_file_is_found_under_an_address_made_of_its_content(folder: Path) -> None:
    assets = assets_of(folder)
    before = assets.url("js/island.js")
    reply = served(assets, ask(before))
    assert reply.body == b"export const one = 1;\n"
    assert dict(reply.headers)[b"cache-control"] == b"public, max-age=31536000, immutable"
    assert dict(reply.headers)[b"content-type"] == b"text/javascript; charset=utf-8"
    (folder / "js/island.js").write_text("export const one = 2;\n")
    assert assets_of(folder).url("js/island.js") != before


def test_a_file_of_the_build_before_is_answered_with_the_one_of_now(folder: Path) -> None:
    reply = served(assets_of(folder), ask("/assets/js/island.0123456789.js"))
    assert reply.body == b"export const one = 1;\n"
    assert dict(reply.headers)[b"cache-control"] == b"no-cache"


@pytest.mark.parametrize(
    "path",
    ["/assets/js/island.js", "/assets/nothing.0123456789.js", "/assets/", "/assets/one.0123.css"],
)
def test_other_addresses_hold_nothing(folder: Path, path: str) -> None:
    with pytest.raises(NotFound):
        served(assets_of(folder), ask(path))


def test_bundled_files_come_in_one_piece_in_their_order_without_comments(folder: Path) -> None:
    assets = assets_of(folder)
    body = served(assets, ask(assets.url("page.css"))).body
    assert body == f"{STYLE}.b {{ color: blue }}\n".encode()
    with pytest.raises(KeyError):
        assets.url("one.css")


def test_each_visitor_gets_the_smallest_form_that_it_reads(folder: Path) -> None:
    assets = assets_of(folder)
    url = assets.url("page.css")
    plain = served(assets, ask(url))
    zipped = served(assets, ask(url, accept_encoding="gzip"))
    smallest = served(assets, ask(url, accept_encoding="gzip, deflate, br"))
    assert plain.body == gzip.decompress(zipped.body) == brotli.decompress(smallest.body)
    assert (b"content-encoding", b"br") in smallest.headers
    assert (b"content-encoding", b"gzip") in zipped.headers
    assert all((b"vary", b"Accept-Encoding") in each.headers for each in (plain, zipped, smallest))


def test_scripts_import_each_other_by_names_that_lead_to_their_content(folder: Path) -> None:
    assets = assets_of(folder)
    found = json.loads(assets.import_map)["imports"]
    # A vendor file that was not fetched is no reason not to start.
    assert found == {"our/island": assets.url("js/island.js")}


def test_the_policy_names_the_import_map_by_its_hash(folder: Path) -> None:
    assets = assets_of(folder)
    digest = base64.b64encode(hashlib.sha256(assets.import_map.encode()).digest()).decode()
    assert assets.import_map_source == f"'sha256-{digest}'"


def test_well_known_addresses_are_kept_for_an_hour_only(folder: Path) -> None:
    reply = assets_of(folder).serve_plain("logo.svg", ask("/favicon.ico"))
    assert reply.body == b"<svg/>"
    assert dict(reply.headers)[b"cache-control"] == b"public, max-age=3600"


def test_lightened_scripts_of_ours_keep_every_statement() -> None:
    folder = Path("src/pantau/ui/static/js")
    for asset in read_assets().all():
        source = folder / asset.name.removeprefix("js/")
        if asset.name.startswith("js/") and source.exists():
            written = source.read_text()
            served = asset.bodies["identity"].decode()
            assert "/**" not in served
            assert served.count(";") >= written.count(";\n") // 2
            assert served.count("{") == served.count("}")
