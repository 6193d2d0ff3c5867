"""Files of earlier builds: there for open tabs, bounded, whole, and in nobody's way (F18)."""

import gzip
import os
from pathlib import Path

import pytest

from pantau.core.errors import NotFound
from pantau.web.assets import PREFIX, Assets
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest, Reply
from pantau.web.old_assets import OldAssets, mark_of

pytestmark = pytest.mark.anyio


def build(root: Path, script: str, *, shelf: bool = True) -> Assets:
    """Return the assets of a build whose only script is `script`, on the shelf that all share."""
    folder = root / "static"
    (folder / "js").mkdir(parents=True, exist_ok=True)
    (folder / "js/island.js").write_text(script)
    assets = Assets(folder, bundles={}, modules={}, shelf=root / "old" if shelf else None)
    assets.shelve_in_thread()
    return assets


async def fetch(assets: Assets, path: str, *encoding: str) -> Reply:
    fields = [(b"accept-encoding", ",".join(encoding).encode())] if encoding else []
    scope = {"method": "GET", "path": path, "query_string": b"", "headers": fields}
    answer = assets.serve(HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of))
    if isinstance(answer, Reply):
        return answer
    reply = await answer
    assert isinstance(reply, Reply)
    return reply


async def test_an_open_tab_gets_the_very_file_of_its_build_after_an_update(tmp_path: Path) -> None:
    old = build(tmp_path, "one();\n").url("js/island.js")
    newer = build(tmp_path, "two();\n")
    assert newer.url("js/island.js") != old
    reply = await fetch(newer, old, "gzip")
    assert gzip.decompress(reply.body) == b"one();\n"
    said = dict(reply.headers)
    assert said[b"cache-control"] == b"public, max-age=31536000, immutable"
    assert said[b"content-type"] == b"text/javascript; charset=utf-8"
    assert said[b"vary"] == b"Accept-Encoding"
    assert (await fetch(newer, newer.url("js/island.js"))).body == b"two();\n"


async def test_without_the_old_file_the_newest_of_that_name_answers_and_is_not_kept(
    tmp_path: Path,
) -> None:
    assets = build(tmp_path, "two();\n")
    reply = await fetch(assets, "/assets/js/island.0123456789.js")
    assert reply.body == b"two();\n"
    assert dict(reply.headers)[b"cache-control"] == b"no-cache"


async def test_a_build_that_another_process_starts_is_served_too(tmp_path: Path) -> None:
    running = build(tmp_path, "one();\n")
    newer = build(tmp_path, "two();\n").url("js/island.js")
    assert (await fetch(running, newer)).body == b"two();\n"


async def test_a_damaged_file_is_not_served_and_makes_room_for_a_whole_one(tmp_path: Path) -> None:
    old = build(tmp_path, "one();\n").url("js/island.js")
    (tmp_path / "old" / old.removeprefix(PREFIX).replace("/", "~")).write_text("bad();\n")
    newer = build(tmp_path, "two();\n")
    assert (await fetch(newer, old)).body == b"two();\n"
    build(tmp_path, "one();\n")
    assert (await fetch(newer, old)).body == b"one();\n"


@pytest.mark.parametrize(
    "path",
    [
        "../pantau.sqlite3",
        "js/../../secret.0123456789.js",
        "js~island.0123456789.js",
        "/etc/passwd",
        "js/island.0123456789.js\x00",
        "js/" + "x" * 4000 + ".0123456789.js",
        "js/island.0123456789.exe",
        "js/\ud800.0123456789.js",
    ],
)
async def test_nothing_else_is_read_from_the_disk(tmp_path: Path, path: str) -> None:
    assets = build(tmp_path, "one();\n")
    (tmp_path / "pantau.sqlite3").write_text("secret")
    with pytest.raises(NotFound):
        await fetch(assets, PREFIX + path)


async def test_a_file_is_served_for_its_content_alone(tmp_path: Path) -> None:
    assets = build(tmp_path, "one();\n")
    (tmp_path / "old" / "secret.0123456789.txt").write_text("secret")
    with pytest.raises(NotFound):
        await fetch(assets, "/assets/secret.0123456789.txt")


async def test_where_nothing_can_be_written_everything_else_works(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("a file where the folder should be")
    assets = build(tmp_path, "one();\n")
    assert (await fetch(assets, assets.url("js/island.js"))).body == b"one();\n"
    assert (await fetch(assets, "/assets/js/island.0123456789.js")).body == b"one();\n"


def shelf(folder: Path, **bounds: int) -> OldAssets[bytes]:
    return OldAssets(folder, lambda _, body: body, **bounds)


def start(old: OldAssets[bytes], folder: Path, at_s: int, *bodies: bytes) -> list[str]:
    """Start a build with these files at that second, and return their names."""
    files = {f"js/island.{mark_of(body)}.js": body for body in bodies}
    before = {file.name for file in folder.glob("*")}
    old.keep_in_thread(files)
    for file in folder.glob("*"):
        if file.name not in before or file.name in {name.replace("/", "~") for name in files}:
            os.utime(file, (at_s, at_s))
    return list(files)


@pytest.mark.parametrize("bounds", [{"most_files": 3}, {"most_bytes": 15}])
async def test_the_files_of_the_builds_started_longest_ago_go_first(
    tmp_path: Path, bounds: dict[str, int]
) -> None:
    old = shelf(tmp_path, **bounds)
    [first, common] = start(old, tmp_path, 100, b"aaaaa", b"bbbbb")
    start(old, tmp_path, 200, b"bbbbb", b"ccccc")
    [_, newest] = start(old, tmp_path, 300, b"bbbbb", b"ddddd")
    fresh = shelf(tmp_path, **bounds)
    assert await fresh.find(first) is None
    assert await fresh.find(common) == b"bbbbb"
    assert await fresh.find(newest) == b"ddddd"
    assert len(names_in(tmp_path)) == 3


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def test_a_build_that_starts_again_writes_nothing(tmp_path: Path) -> None:
    old = shelf(tmp_path)
    start(old, tmp_path, 100, b"aaaaa")
    [file] = tmp_path.iterdir()
    was = file.stat().st_ino
    start(old, tmp_path, 200, b"aaaaa")
    assert file.stat().st_ino == was
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
