"""The doctor goes through a real nginx to a real hub, and hears what the hub hears."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from urllib.request import ProxyHandler, build_opener

import pytest

from pantau.app.checks import examine
from pantau.app.checks_site import look_at_site
from pantau.settings import Settings, load_settings
from tests.boot.installation import Installation, free_port, run
from tests.support.waiting import until_in_thread

NGINX = shutil.which("nginx")
HEADERS = {
    "right": ("Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"),
    "mute": ("Host $http_host",),
    "misnaming": ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("hub")) as started:
        yield started.until_ready()


@pytest.fixture(scope="module")
def settings(hub: Installation) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PANTAU_")]:
            patch.delenv(name)
        patch.setenv("PANTAU_PORT", str(hub.port))
        patch.setenv("PANTAU_DATA_DIR", str(hub.folder / "data"))
        patch.chdir(hub.folder)
        yield load_settings()


@pytest.fixture(scope="module")
def nginx(hub: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    if NGINX is None:
        pytest.skip("nginx is not here")
    folder = tmp_path_factory.mktemp("nginx")
    listening = {name: free_port() for name in HEADERS}
    servers = "".join(
        f"server {{ listen 127.0.0.1:{listening[name]}; location / {{"
        + "".join(f"proxy_set_header {header};" for header in headers)
        + f"proxy_pass http://127.0.0.1:{hub.port}; }} }}\n"
        for name, headers in HEADERS.items()
    )
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {folder}/pid;"
        f"error_log {folder}/log; events {{}} http {{ access_log off; {temporary} {servers} }}"
    )
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        urls = {name: f"http://127.0.0.1:{port}" for name, port in listening.items()}
        until_in_thread(lambda: all(map(_answers, urls.values())), what="nginx")
        yield urls
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def looked(settings: Settings, url: str) -> dict[str, tuple[str, str]]:
    told = look_at_site(settings.model_copy(update={"public_url": url}))
    return {finding.name: (finding.grade, finding.fix) for finding in told}


def test_right_proxy_is_right(settings: Settings, nginx: dict[str, str]) -> None:
    told = looked(settings, nginx["right"])
    assert {name: grade for name, (grade, _) in told.items()} == {
        "public address": "fine",
        "second clock": "fine",
        "proxy headers": "fine",
        "proxy cache": "fine",
    }


@pytest.mark.parametrize(
    ("site", "said"),
    [("mute", ("X-Forwarded-For", "X-Forwarded-Proto")), ("misnaming", ("proxy_set_header Host",))],
)
def test_wrong_proxy_is_told_what_it_lacks(
    settings: Settings, nginx: dict[str, str], site: str, said: tuple[str, ...]
) -> None:
    grade, fix = looked(settings, nginx[site])["proxy headers"]
    assert grade == "wrong"
    assert all(part in fix for part in said)


def test_only_who_may_write_among_the_sockets_is_told_what_was_heard(hub: Installation) -> None:
    status, _, _ = hub.get("/health/heard?word=" + "a" * 32)
    assert status == 404
    assert list((hub.folder / "data/run").glob("heard-*")) == []


def test_running_hub_is_recognised_and_exposes_nothing(
    hub: Installation, settings: Settings
) -> None:
    told = {finding.name: finding for finding in examine(settings)}
    assert told["port"].message.endswith("which runs")
    assert told["internal ports"].grade == "fine"
    assert told["media server"].grade == "fine"


def test_health_says_ready_for_supervisors(hub: Installation) -> None:
    port = {"PANTAU_PORT": str(hub.port)}
    until_in_thread(lambda: run(hub.folder, "health", **port).returncode == 0, what="ready")
    away = run(hub.folder, "health", PANTAU_PORT=str(free_port()))
    assert (away.returncode, away.stderr) == (1, "not ready: web\n")
