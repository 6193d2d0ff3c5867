"""What is built for others holds all that Pantau needs, and nothing of who built it."""

import re
import socket
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.support.wheels import real_wheel

NEEDED = (
    "pantau/requirements/run.txt",
    "pantau/ui/static/vendor/hls.light.min.mjs",
    "pantau/ui/static/vendor/leaflet.min.mjs",
    "pantau/ui/static/vendor/leaflet.css",
    "pantau/ui/static/vendor/hls.js.LICENSE",
    "pantau/ui/locale/id/LC_MESSAGES/messages.po",
    "pantau/ui/templates/portal/",
    "pantau/ui/templates/admin/",
    "pantau/migrations/versions/",
    "pantau/accounts/passwords/common_words.txt",
    "pantau/operations/installing/templates/Containerfile",
    "pantau/operations/installing/templates/compose.yaml",
    "pantau/operations/installing/templates/compose.full.yaml",
)
_SHORT_NAME = 5
"""Names as short as that stand in any text by chance."""


@pytest.mark.long
def test_real_wheel_holds_everything_and_nobody(tmp_path: Path) -> None:
    with zipfile.ZipFile(real_wheel(tmp_path)) as wheel:
        names = wheel.namelist()
        texts = {name: wheel.read(name) for name in names}
    missing = [need for need in NEEDED if not any(name.startswith(need) for name in names)]
    assert missing == []
    tracked = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/pantau").rglob("*.py")
        if "__pycache__" not in path.parts
    }
    assert tracked <= set(names)
    assert texts["pantau/requirements/run.txt"] == (ROOT / "requirements/run.txt").read_bytes()
    outside = [name for name in names if not re.match(r"pantau(/|-[\d.]+\.dist-info/)", name)]
    odd = [
        name for name in names if re.search(r"__pycache__|\.pyc$|/tests?/|\.sqlite|\.key$", name)
    ]
    assert (outside, odd) == ([], [])
    built_on = {str(ROOT).encode(), str(Path.home()).encode() + b"/"}
    if len(socket.gethostname()) > _SHORT_NAME:
        built_on.add(socket.gethostname().encode())
    told = [name for name, text in texts.items() if any(mark in text for mark in built_on)]
    assert told == []
