"""The import order of docs/design/architecture.md holds, and the contracts see every package."""

import subprocess

from tests.architecture.tree import ROOT, SOURCE


def test_imports_point_down() -> None:
    done = subprocess.run(
        [ROOT / ".venv/bin/lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_package_stands_in_the_order() -> None:
    order = (
        (ROOT / "pyproject.toml")
        .read_text(encoding="utf-8")
        .split("containers")[1]
        .split("]\n\n")[0]
    )
    names = {
        path.stem
        for path in SOURCE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {name for name in names - {"__init__"} if name not in order} == set()
