"""Write deploy/ from the templates of `pantau init`: examples for readers; `--check` compares."""

import sys
from pathlib import Path

from pantau.app.installing import planned_files
from pantau.operations.installing.answers import Answers, Proxy, Supervisor
from pantau.operations.installing.units import systemd_units

FOLDER = Path(__file__).resolve().parents[1] / "deploy"
ROOT = Path("/etc/pantau")
NGINX = (1, 22, 0)


def example(supervisor: Supervisor, proxy: Proxy = "none") -> Answers:
    """Return answers that belong to nobody."""
    return Answers(
        domain="cctv.example.org",
        port=3000,
        data_dir=Path("/var/lib/pantau"),
        recordings_dir=Path("/srv/recordings"),
        supervisor=supervisor,
        proxy=proxy,
        name="Pantau",
        config_file=ROOT / "pantau.toml",
        user="pantau",
        environment=Path("/opt/pantau"),
    )


def texts() -> dict[str, str]:
    """Return every example by its name in deploy/."""
    found: dict[str, str] = {}
    for answers in (
        example("pm2", "caddy"),
        example("containers", "nginx"),
        example("systemd", "nginx"),
    ):
        for file in planned_files(answers, nginx_version=NGINX):
            name = file.path.relative_to(ROOT).as_posix().removeprefix("install/")
            # A real pantau.toml is nothing that git keeps.
            found[name.replace("pantau.toml", "pantau.example.toml")] = file.text
    one_unit = systemd_units(example("systemd", "nginx"), one_unit=True)
    return found | {f"systemd/one-unit/{name}": text for name, text in one_unit.items()}


def main() -> int:
    """Write the examples, or tell which are not fresh."""
    fresh = texts()
    if "--check" in sys.argv[1:]:
        stale = stale_in(fresh)
        for name in stale:
            print(f"deploy/{name} is not fresh: python -m tools.deploy")
        return 1 if stale else 0
    for name, text in fresh.items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


def stale_in(fresh: dict[str, str]) -> list[str]:
    """Return the names of examples that differ from what is written today."""
    return [
        name
        for name, text in sorted(fresh.items())
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    sys.exit(main())
