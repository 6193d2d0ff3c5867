"""Units are what systemd accepts, closed as far as they can be, and apart from each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pantau.operations.installing.answers import Answers
from pantau.operations.installing.units import form, form_of, systemd_units
from tests.support.installing import answers_in, with_program

SYSTEMD = shutil.which("systemd-analyze")
LARGEST_EXPOSURE = "30"
"""In tenths; a service of systemd's own defaults has 96."""


def written(answers: Answers, folder: Path, *, one_unit: bool) -> list[Path]:
    folder.mkdir()
    files = []
    for name, text in systemd_units(answers, one_unit=one_unit).items():
        file = folder / name
        file.write_text(text, encoding="utf-8")
        files.append(file)
    return files


@pytest.mark.skipif(SYSTEMD is None, reason="systemd is not here")
@pytest.mark.parametrize("one_unit", [False, True], ids=["three", "one"])
def test_systemd_accepts_them_with_awkward_folders(tmp_path: Path, *, one_unit: bool) -> None:
    answers = with_program(answers_in(tmp_path))
    files = written(answers, tmp_path / "units", one_unit=one_unit)
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Units of the machine itself may be told of as well.
    ours = [line for line in told.stderr.splitlines() if str(tmp_path) in line]
    assert (told.returncode, ours) == (0, [])


@pytest.mark.skipif(SYSTEMD is None, reason="systemd is not here")
def test_systemd_finds_them_closed(tmp_path: Path) -> None:
    services = [
        str(file)
        for one_unit in (False, True)
        for file in written(answers_in(tmp_path), tmp_path / f"u{one_unit}", one_unit=one_unit)
        if file.suffix == ".service"
    ]
    told = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={LARGEST_EXPOSURE}",
            *services,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-2000:]
    assert len(services) == 4


def keys(text: str) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, _, value in (
            line.partition("=") for line in text.splitlines() if not line.startswith("#")
        )
        if value
    ]


def test_nothing_restarts_media_with_something_else() -> None:
    units = systemd_units(answers_in(Path("/srv")))
    media = units["pantau-media.service"]
    bound = {"PartOf", "Requires", "BindsTo", "Requisite", "PropagatesReloadTo", "Upholds"}
    assert bound.isdisjoint(key for key, _ in keys(media))
    assert "ExecReload" not in media
    for name, text in units.items():
        if name != "pantau-media.service":
            told = [value for key, value in keys(text) if key in bound]
            assert not any("media" in value for value in told)
    for name in ("web", "worker"):
        assert ("PartOf", "pantau.target") in keys(units[f"pantau-{name}.service"])


def test_each_unit_starts_its_own_part_of_the_current_release() -> None:
    answers = answers_in(Path("/srv"))
    for name in ("web", "worker", "media"):
        text = systemd_units(answers)[f"pantau-{name}.service"]
        assert re.search(
            rf"^ExecStart=.*releases/current/bin/pantau\" serve --only {name}$", text, re.MULTILINE
        )
        assert ("Type", "notify") in keys(text)
        assert ("User", "hub-user") in keys(text)


def test_signs_that_systemd_would_read_are_escaped() -> None:
    text = systemd_units(answers_in(Path("/srv"), data_dir=Path("/srv/a $b 100%")))[
        "pantau-web.service"
    ]
    assert 'ExecStart="/srv/a $$b 100%%/releases/current/bin/pantau"' in text
    assert 'ReadWritePaths="/srv/a $b 100%%"' in text
    assert "WorkingDirectory=/srv/a $b 100%%" in text


def test_low_port_is_the_only_capability_and_only_where_it_is_needed() -> None:
    low = systemd_units(answers_in(Path("/srv"), proxy="none", port=80))
    capability = ("AmbientCapabilities", "CAP_NET_BIND_SERVICE")
    assert capability in keys(low["pantau-web.service"])
    assert capability not in keys(low["pantau-media.service"])
    assert capability not in keys(systemd_units(answers_in(Path("/srv")))["pantau-web.service"])


def test_homes_are_shut_unless_something_of_ours_is_in_one() -> None:
    shut = systemd_units(answers_in(Path("/srv")))["pantau-web.service"]
    assert ("ProtectHome", "yes") in keys(shut)
    used = systemd_units(answers_in(Path("/home/me")))["pantau-web.service"]
    assert ("ProtectHome", "read-only") in keys(used)


def test_every_unit_tells_the_form_of_its_version() -> None:
    for text in systemd_units(answers_in(Path("/srv"))).values():
        assert form_of(text) == form()
    assert form_of("[Unit]\nDescription=mine\n") == ""
