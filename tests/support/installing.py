"""Answers of an installation, for tests; folders with spaces and letters beyond ASCII."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pantau.operations.installing.answers import Answers


def answers_in(folder: Path, **changes: Any) -> Answers:
    """Return answers whose every path lies in `folder` and is awkward."""
    given = Answers(
        domain="cctv.example.org",
        port=3456,
        data_dir=folder / "data dèsa 100%",
        recordings_dir=folder / "rekaman $HOME",
        supervisor="systemd",
        proxy="nginx",
        name='Desa "Wanasari" €5 #1',
        config_file=folder / "my config" / "pantau.toml",
        user="hub-user",
        environment=folder / "env",
    )
    return replace(given, **changes)


def with_program(answers: Answers) -> Answers:
    """Put a program where the units look for it."""
    answers.program.parent.mkdir(parents=True)
    answers.program.write_text("#!/bin/sh\n", encoding="utf-8")
    answers.program.chmod(0o755)
    return answers
