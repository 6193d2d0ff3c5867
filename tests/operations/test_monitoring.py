"""Rules and dashboard ask for metrics that there are, with labels that these have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pantau.core.metrics import metrics
from pantau.operations.monitoring import FILES, contents, write_into

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "monitoring.md"
OF_PROMETHEUS = {"instance", "job", "le"}
"""Labels that scraping adds, and that of buckets."""
METRIC = re.compile(r"\b(pantau_[a-z0-9_]+)\b(?:\{([^}]*)\})?")
BY = re.compile(r"\b(?:by|ignoring|on|without)\s*\(([^)]*)\)")
MATCHER = re.compile(r"([a-z_]+)\s*(?:=~|!=|=)")
WORD = re.compile(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(contents()["pantau-rules.yml"])["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(contents()["pantau-dashboard.json"])["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Give every expression with the words that are written about its result."""
    for rule in rules():
        words = " ".join(rule["annotations"].values())
        yield rule["expr"], words.replace("$value", "")
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]
    for note in json.loads(contents()["pantau-dashboard.json"])["annotations"]["list"]:
        yield note["expr"], ""


def samples() -> dict[str, set[str]]:
    """Return the labels of every sample that a hub tells, by name."""
    told: dict[str, set[str]] = {}
    for _, metric in metrics():
        ends = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        for end in ends:
            told[metric.name + end] = set(metric.labels) | {"instance", "job"}
        if metric.kind == "histogram":
            told[metric.name + "_bucket"].add("le")
    return told


def test_every_metric_is_told_and_has_the_labels_that_are_asked_for() -> None:
    told = samples()
    for expression, words in expressions():
        used = METRIC.findall(expression)
        assert used or expression.startswith("up{"), expression
        labels = set().union(*(told.get(name, set()) for name, _ in used)) | OF_PROMETHEUS
        for name, matchers in used:
            assert name in told, f"{name} of {expression}"
            asked = set(MATCHER.findall(re.sub(r'"[^"]*"', "", matchers)))
            assert asked <= told[name], f"{asked - told[name]} of {name}"
        for names in BY.findall(expression):
            wanted = {each.strip() for each in names.split(",")}
            assert wanted <= labels, expression
            if "le" in wanted:
                assert "_bucket" in expression
        assert {word for word in WORD.findall(words) if word != "value"} <= labels, words


def test_no_metric_has_a_label_that_prometheus_gives_itself() -> None:
    assert not [metric for _, metric in metrics() if OF_PROMETHEUS & set(metric.labels)]


def test_every_alert_says_what_to_do_in_a_section_that_exists() -> None:
    headings = re.findall(r"^### (\w+)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [rule["alert"] for rule in rules()] == headings
    for rule in rules():
        assert rule["annotations"]["runbook_url"].endswith(f"#{rule['alert'].lower()}")
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith(".")


def test_panels_have_room_and_numbers_of_their_own() -> None:
    every = json.loads(contents()["pantau-dashboard.json"])["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    taken: set[tuple[int, int]] = set()
    for panel in every:
        place = panel["gridPos"]
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_files_are_written_where_somebody_wants_them(tmp_path: Path) -> None:
    written = write_into(tmp_path / "new" / "folder")
    assert [file.name for file in written] == list(FILES)
    example = yaml.safe_load(written[0].read_text(encoding="utf-8"))
    assert example["rule_files"] == [FILES[1]]
    (scrape,) = example["scrape_configs"]
    assert scrape["job_name"] == "pantau"
