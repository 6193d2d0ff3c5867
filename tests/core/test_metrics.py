"""Every metric is declared with its meaning, measured once per look, and read by Prometheus."""

import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from pantau.core.metrics import Exposition, Measured, metrics


def measured(**changes: Any) -> Measured:
    values: dict[str, Any] = {field: {} if metric.labels else 0.0 for field, metric in metrics()}
    return Measured.model_validate({**values, **changes})


def test_every_metric_says_what_it_means_in_a_sentence() -> None:
    for _, metric in metrics():
        assert metric.meaning.endswith("."), metric.name
        assert re.fullmatch(r"pantau_[a-z_]+", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total")


def test_prometheus_reads_what_is_told() -> None:
    exposition = Exposition(
        lambda: measured(
            requests_total={("api", "200"): 7, ('odd "class"\n', "503"): 1},
            pool_exhausted_total=3,
            viewers={("1",): 12},
        )
    )
    families = {
        family.name: family for family in text_string_to_metric_families(exposition.text().decode())
    }
    requests = families["pantau_requests"]
    assert requests.type == "counter"
    assert {tuple(sample.labels.values()): sample.value for sample in requests.samples} == {
        ("api", "200"): 7,
        ('odd "class"\n', "503"): 1,
    }
    assert families["pantau_pool_exhausted"].samples[0].value == 3
    assert families["pantau_viewers"].samples[0].labels == {"camera": "1"}
    assert families["process_resident_memory_bytes"].samples[0].value > 2**20
    assert {metric.name.removesuffix("_total") for _, metric in metrics()} <= set(families)


def test_one_look_measures_once() -> None:
    looks: list[None] = []

    def measure() -> Measured:
        looks.append(None)
        return measured()

    exposition = Exposition(measure)
    assert looks == []
    exposition.text()
    assert len(looks) == 1
