"""What Prometheus and Grafana need to watch a hub: rules, a dashboard and an example, as files."""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
FILES: Final = ("prometheus.yml", "pantau-rules.yml", "pantau-dashboard.json")


def contents() -> dict[str, str]:
    """Return the files by name."""
    return {name: (_HERE / name).read_text(encoding="utf-8") for name in FILES}


def write_into(folder: Path) -> list[Path]:
    """Write the files into `folder`, which is made where it is missing; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in contents().items():
        file = folder / name
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written
