"""Wheels of this checkout: the real one, one made by hand in a moment, and the next release."""

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pantau.core.build import LOCK_NAME, package_contents
from pantau.migrations.revisions import known_revisions
from tests.support.planted_releases import CHECKOUT, PACKAGE

_METADATA: Final = "Metadata-Version: 2.1\nName: pantau\nVersion: {}\nRequires-Python: >=3.11\n"
_STEP: Final = '''"""What the next release adds, and the one before does not know."""

import sqlalchemy as sa
from alembic import op

revision = "{step}"
down_revision = "{before}"
oldest_release = "{before}"


def upgrade() -> None:
    """Add them."""
    op.create_table("planted", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("areas", sa.Column("planted", sa.Integer, nullable=True))
'''


def real_wheel(folder: Path) -> Path:
    """Build the wheel as for a release; fetches its build back end over the network."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), "."],
        cwd=CHECKOUT,
        check=True,
        timeout=600,
    )
    return next(folder.glob("pantau-*.whl"))


def plain_wheel(folder: Path, *, version: str = "0.1.0", leave_out: str = "\0") -> Path:
    """Zip the package as a wheel has it, without a build back end.

    Third-party files of the pages stand in where `make vendor` has not been.
    """
    files = {
        f"pantau/{name}": read()
        for name, read in package_contents(PACKAGE).items()
        if not name.startswith(leave_out)
    }
    if leave_out == "\0":
        files.setdefault("pantau/ui/static/vendor/stand-in.txt", b"")
    return _zipped(folder, version, files)


def next_wheel(wheel: Path, folder: Path, *, version: str) -> Path:
    """Return the same with another version, and one step of the database that only adds."""
    with zipfile.ZipFile(wheel) as old:
        files = {
            name: old.read(name)
            for name in old.namelist()
            if ".dist-info/" not in name and not name.endswith("/")
        }
    start = files["pantau/__init__.py"].decode()
    before = known_revisions()[-1]
    step = f"{int(before) + 1:04}"
    files["pantau/__init__.py"] = start.replace('"0.1.0"', f'"{version}"').encode()
    added = _STEP.format(step=step, before=before)
    files[f"pantau/migrations/versions/{step}_planted.py"] = added.encode()
    return _zipped(folder, version, files)


def lock_file() -> Path:
    """Return the packages that a release is installed with."""
    return CHECKOUT / LOCK_NAME


def _zipped(folder: Path, version: str, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"pantau-{version}-py3-none-any.whl"
    about = f"pantau-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
        out.writestr(f"{about}/METADATA", _METADATA.format(version))
        out.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        out.writestr(f"{about}/RECORD", "")
    return wheel
