"""The sites that are written are what nginx and Caddy understand, for every kind of TLS."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pantau.core.errors import Invalid
from pantau.operations.proxies.caddy import caddy_site
from pantau.operations.proxies.nginx import nginx_site
from pantau.operations.proxies.site import ProxySite, Tls, settings_for
from tests.proxies.proxying import HOST, Kind, commands, site_of


@pytest.mark.parametrize("tls", ["files", "none"])
@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_the_program_understands_its_site(kind: Kind, tls: Tls, tmp_path: Path) -> None:
    check, _ = commands(kind, site_of(tmp_path, 3000, tls=tls), tmp_path)
    checked = subprocess.run(
        check,
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path)},
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr


def test_caddy_fetches_certificates_itself_and_nginx_takes_those_of_certbot() -> None:
    site = ProxySite(host=HOST)
    assert f"\n{HOST} {{\n" in caddy_site(site)
    assert "tls " not in caddy_site(site)
    assert f"ssl_certificate /etc/letsencrypt/live/{HOST}/fullchain.pem;" in nginx_site(site)


@pytest.mark.parametrize(
    ("version", "listens"),
    [
        ((1, 22, 1), "listen 443 ssl http2;"),
        ((1, 25, 0), "listen 443 ssl http2;"),
        ((1, 25, 1), "listen 443 ssl;\n    listen [::]:443 ssl;\n    http2 on;"),
    ],
)
def test_each_nginx_is_told_of_http_2_in_its_own_words(
    version: tuple[int, int, int], listens: str
) -> None:
    assert listens in nginx_site(ProxySite(host=HOST, nginx_version=version))


def test_a_hub_on_another_machine_is_not_believed_the_second_of_its_clock() -> None:
    near, far = ProxySite(host=HOST), ProxySite(host=HOST, upstream="hub.lan:3000")
    ignored = "proxy_ignore_headers X-Accel-Expires"
    assert ignored not in nginx_site(near)
    assert ignored in nginx_site(far)


def test_without_tls_only_this_machine_is_listened_to() -> None:
    site = ProxySite(tls="none", http_port=8080)
    assert "listen 127.0.0.1:8080;" in nginx_site(site)
    assert "ssl" not in nginx_site(site)
    assert "http://:8080 {\n\tbind 127.0.0.1\n" in caddy_site(site)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("host", {"host": "two words"}),
        ("host", {"host": "cctv.example.org; evil"}),
        ("host", {"host": ""}),
        ("upstream", {"upstream": "127.0.0.1"}),
        ("upstream", {"upstream": "127.0.0.1:80;"}),
        ("certificate", {"tls": "files"}),
        ("http_port", {"http_port": 0}),
        ("https_port", {"https_port": 70_000}),
        ("path", {"cache_dir": Path("relative")}),
        ("path", {"log_dir": Path("/var/log; evil")}),
        ("uploads", {"uploads": {"/admin {": 1}}),
    ],
)
def test_what_cannot_be_a_site_is_refused_by_the_field(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        replace(ProxySite(host=HOST), **wrong)
    assert refused.value.code == f"proxy.{field}"


def test_the_settings_fit_the_site() -> None:
    told = settings_for(ProxySite(host=HOST, https_port=8443))
    assert told["host"] == "127.0.0.1"
    assert told["public_url"] == f"https://{HOST}:8443"
    assert told["trusted_proxies"] == ["127.0.0.0/8", "::1/128"]
    assert "public_url" not in settings_for(ProxySite(tls="none"))
