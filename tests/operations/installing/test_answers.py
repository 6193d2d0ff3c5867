"""Answers are understood as people type them, and refused with the name of the flag."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pantau.core.errors import Invalid
from pantau.operations.installing.answers import mistakes, plain_domain
from tests.support.installing import answers_in

HERE = Path("/srv/hub")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", ""),
        ("  CCTV.Example.org ", "cctv.example.org"),
        ("https://cctv.example.org/", "cctv.example.org"),
        ("désa.example.org", "xn--dsa-bma.example.org"),
        ("localhost", "localhost"),
    ],
)
def test_domain_is_taken_from_what_people_type(typed: str, name: str) -> None:
    assert plain_domain(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "cctv.example.org:8080",
        "https://cctv.example.org/hub",
        "two words",
        "a..b",
        "user@cctv.example.org",
        "cctv.example.org;rm",
        "$(id).example.org",
        "http://[",
        "x" * 300 + ".org",
        "single",
    ],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        plain_domain(typed)
    assert refused.value.field == "domain"


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"domain": ""}, "domain"),
        ({"port": 0}, "port"),
        ({"port": 65_536}, "port"),
        ({"port": 443}, "port"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"user": "root"}, "user"),
        ({"user": "a; reboot"}, "user"),
        ({"data_dir": Path("relative")}, "data"),
        ({"data_dir": Path("/")}, "data"),
        ({"data_dir": Path("/etc")}, "data"),
        ({"data_dir": Path("/home/ani")}, "data"),
        ({"data_dir": Path("/run/pantau")}, "data"),
        ({"data_dir": Path("/srv/../etc")}, "data"),
        ({"data_dir": Path("/srv/a\nExecStart=b")}, "data"),
        ({"recordings_dir": Path("/srv")}, "recordings"),
        ({"recordings_dir": Path("/mnt")}, "recordings"),
        ({"config_file": Path("pantau.toml")}, "config"),
        ({"data_dir": Path("/tmp/hub")}, "data"),
        ({"recordings_dir": Path("/var/tmp/hub")}, "recordings"),
        ({"config_file": Path("/tmp/hub/pantau.toml")}, "config"),
        ({"environment": Path("/tmp/env")}, "supervisor"),
    ],
)
def test_each_mistake_names_its_flag(changes: dict[str, Any], flag: str) -> None:
    assert flag in {wrong for wrong, _ in mistakes(answers_in(HERE, **changes))}


def test_what_passes_is_refused_where_units_do_not_see_it_alone() -> None:
    there = answers_in(Path("/tmp/hub"))
    flags = {flag for flag, _ in mistakes(there)}
    assert flags == {"data", "recordings", "config", "supervisor"}
    assert list(mistakes(replace(there, supervisor="none"))) == []
    assert list(mistakes(answers_in(Path("/tmpfiles")))) == []


def test_awkward_but_possible_answers_are_taken() -> None:
    assert list(mistakes(answers_in(HERE))) == []


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://cctv.example.org"),
        ({"proxy": "none"}, "http://cctv.example.org:3456"),
        ({"proxy": "none", "port": 80}, "http://cctv.example.org"),
        ({"proxy": "none", "domain": ""}, ""),
    ],
)
def test_public_address_follows_from_name_and_proxy(changes: dict[str, Any], url: str) -> None:
    assert answers_in(HERE, **changes).public_url == url
