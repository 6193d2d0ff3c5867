"""The demo keeps its port over restarts: changed demo cameras have it in their addresses."""

from pathlib import Path

import pytest

from pantau.app.demo_port import demo_port
from pantau.core.listening import listen


def test_the_port_stays_over_restarts(tmp_path: Path) -> None:
    port = demo_port(tmp_path)
    assert [demo_port(tmp_path) for _ in range(3)] == [port] * 3


def test_a_port_that_somebody_took_is_replaced_for_good(tmp_path: Path) -> None:
    port = demo_port(tmp_path)
    with listen("127.0.0.1", port):
        other = demo_port(tmp_path)
    assert other != port
    assert demo_port(tmp_path) == other


@pytest.mark.parametrize("written", ["", "soon", "99999999", "-1", "\udc80"])
def test_a_damaged_file_is_written_anew(tmp_path: Path, written: str) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "port").write_text(written, errors="surrogateescape")
    port = demo_port(tmp_path)
    assert port > 0
    assert demo_port(tmp_path) == port
