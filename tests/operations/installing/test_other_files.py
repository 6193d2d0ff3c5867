"""PM2, containers and the examples of this repository: read by what would read them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pantau.operations.installing.config_file import config_text
from pantau.operations.installing.containers import ALONE, CONTAINERFILE, FULL, container_files
from pantau.operations.installing.pm2 import ecosystem
from pantau.settings import Settings, load_settings
from tests.support.installing import answers_in
from tools.deploy import stale_in, texts

HERE = Path("/srv/hub")


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_settings_that_are_written_are_the_answers(
    tmp_path: Path, no_variables: pytest.MonkeyPatch
) -> None:
    answers = answers_in(tmp_path)
    file = tmp_path / "pantau.toml"
    file.write_text(config_text(answers), encoding="utf-8")
    no_variables.setenv("PANTAU_CONFIG", str(file))
    settings = load_settings()
    assert settings.site.name == answers.name
    assert settings.data_dir == answers.data_dir
    assert settings.recordings.dirs == (answers.recordings_dir,)
    assert (settings.host, settings.port) == ("127.0.0.1", 3456)
    assert settings.public_url == "https://cctv.example.org"
    assert settings.runtime_dir == Path("/run/pantau")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_node_reads_the_apps_of_pm2(tmp_path: Path) -> None:
    answers = answers_in(tmp_path)
    file = tmp_path / "ecosystem.config.cjs"
    file.write_text(ecosystem(answers), encoding="utf-8")
    script = "console.log(JSON.stringify(require(process.argv[1]).apps))"
    told = subprocess.run(
        ["node", "-e", script, str(file)], capture_output=True, text=True, check=True
    )
    apps = {app["name"]: app for app in json.loads(told.stdout)}
    assert list(apps) == ["pantau-media", "pantau-worker", "pantau-web"]
    web = apps["pantau-web"]
    assert web["script"] == str(answers.program)
    assert web["args"] == ["serve", "--only", "web"]
    assert web["env"] == {"PANTAU_CONFIG": str(answers.config_file)}
    # PM2 takes readiness from Node's own channel alone, which we have not (lesson D04).
    assert [app["wait_ready"] for app in apps.values()] == [False] * 3
    assert all(app["kill_timeout"] >= 30_000 for app in apps.values())


def services(name: str, **changes: Any) -> dict[str, dict[str, Any]]:
    text = container_files(answers_in(HERE, supervisor="containers", **changes))[name]
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


@pytest.mark.parametrize("name", [ALONE, FULL])
def test_only_the_site_is_published(name: str) -> None:
    found = services(name)
    published = {service: each["ports"] for service, each in found.items() if "ports" in each}
    expected = {ALONE: {"hub": ["127.0.0.1:3456:3000"]}, FULL: {"nginx": ["80:80", "443:443"]}}
    assert published == expected[name]


def test_without_a_proxy_every_network_comes_to_the_hub() -> None:
    assert services(ALONE, proxy="none", domain="")["hub"]["ports"] == ["3456:3000"]


@pytest.mark.parametrize("name", [ALONE, FULL])
def test_every_image_of_others_is_pinned(name: str) -> None:
    for service, each in services(name).items():
        if service != "hub":
            assert re.fullmatch(
                r"docker\.io/[a-z/]+:\d+\.\d+\.\d+[a-z-]*|docker\.io/[a-z/]+:\d+\.\d+-[a-z]+",
                each["image"],
            )


@pytest.mark.parametrize("name", [ALONE, FULL])
def test_hub_is_closed_and_stops_in_peace(name: str) -> None:
    hub = services(name)["hub"]
    assert hub["user"] == "10001:10001"
    assert hub["read_only"] is True
    assert hub["cap_drop"] == ["ALL"]
    assert hub["init"] is True
    assert hub["security_opt"] == ["no-new-privileges:true"]
    assert hub["healthcheck"]["test"] == ["CMD", "pantau", "health"]
    assert int(hub["stop_grace_period"].removesuffix("s")) > 3 * Settings().drain_s + 10


@pytest.mark.parametrize("name", [ALONE, FULL])
def test_every_variable_is_a_setting_and_changes_it(
    name: str, no_variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_variables.chdir(tmp_path)
    before = load_settings()
    variables = {**services(name)["hub"]["environment"], **dict(image_variables())}
    for variable, value in variables.items():
        # Compose reads $$ as $.
        no_variables.setenv(variable, value.replace("$$", "$"))
    after = load_settings()
    for variable in variables:
        path = variable.removeprefix("PANTAU_").lower().split("__")
        if path != ["port"]:  # the same as by itself, said for readers
            assert told(after, path) != told(before, path), variable
    assert after.site.name == answers_in(HERE).name


def image_variables() -> Iterator[tuple[str, str]]:
    text = container_files(answers_in(HERE))[CONTAINERFILE]
    yield from re.findall(r"(PANTAU_[A-Z_]+)=(\S+)", text)


def told(settings: object, path: list[str]) -> object:
    for name in path:
        settings = getattr(settings, name)
    return settings


@pytest.mark.parametrize("name", [ALONE, FULL])
def test_no_file_for_containers_holds_a_secret(name: str) -> None:
    lines = container_files(answers_in(HERE))[name].splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    assert not re.search(r"(?i)(password|secret|token|api_?key)\s*[:=]", text)
    assert not re.search(r"://[^/\s\"]*:[^/\s\"]*@", text)


def test_folders_are_mounted_whatever_they_are_called() -> None:
    data, footage = services(ALONE)["hub"]["volumes"]
    answers = answers_in(HERE)
    assert data == {"type": "bind", "source": str(answers.data_dir), "target": "/data"}
    assert footage["source"].replace("$$", "$") == str(answers.recordings_dir)


def test_image_is_built_from_pins_and_runs_as_nobody_special() -> None:
    text = container_files(answers_in(HERE))[CONTAINERFILE]
    assert re.search(
        r"^ARG PYTHON=docker\.io/library/python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE
    )
    assert re.findall(r"^FROM (.+)$", text, re.MULTILINE) == ["${PYTHON} AS build", "${PYTHON}"]
    assert "--require-hashes" in text
    last_user = re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1]
    assert last_user == "10001:10001"
    assert text.index("USER 10001") < text.index("\nCMD ")
    assert not re.search(r"\b(curl|wget|ADD|sudo|apt-get|:latest)\b", text)


def test_examples_in_the_repository_are_what_is_written_today() -> None:
    assert stale_in(texts()) == []


def test_examples_name_nobody() -> None:
    for text in texts().values():
        names = set(re.findall(r"\b[a-z0-9-]+\.(?:example\.)?(?:org|com|net|id|io)\b", text))
        assert names <= {"cctv.example.org", "docker.io", "example.org"}, names
