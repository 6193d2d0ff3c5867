"""Releases made in a second for tests: environments with a copy of this checkout's package.

A plant is Python that runs in the web process of that release before it serves; it patches what
a bad release would have wrong.
"""

import shutil
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

from pantau.core.build import LOCK_NAME

CHECKOUT: Final = Path(__file__).parents[2]
PACKAGE: Final = CHECKOUT / "src" / "pantau"
_VERSION: Final = '__version__ = "0.1.0"'
_HOOK: Final = """

from pantau import planted as _planted

run_web = _planted.planted(run_web)
"""
_PLANT: Final = '''"""What is wrong with this release."""

from collections.abc import Awaitable, Callable
from typing import Any


def planted(run: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def run_planted(running: Any, **more: Any) -> None:
{body}
        await run(running, **more)

    return run_planted
'''

SLOW_ENDPOINT: Final = """
import time
from pantau.web.fast_lane import FastLane
begin = FastLane.begin
def slow(self, scope):
    started = begin(self, scope)
    if scope["path"] == "/api/cameras/active":
        time.sleep(0.15)
    return started
FastLane.begin = slow
"""
ERROR_BURST: Final = """
import itertools
from pantau.web.fast_lane import FastLane
find, turn = FastLane._find, itertools.count()
def failing(self, request):
    if request.path == "/api/cameras/active" and next(turn) % 3 == 0:
        raise RuntimeError("planted")
    return find(self, request)
FastLane._find = failing
"""
COLD_CACHE: Final = """
from pantau.web.kept_answers import KeptAnswers
KeptAnswers.use = lambda self, key: None
"""
POOL_STARVATION: Final = """
import asyncio, time
from pantau.db.pool import Pool
take, since_mono = Pool.take, time.monotonic()
async def starved(self, *, within_s=None):
    if self.size > 1 and time.monotonic() - since_mono > 3:
        self._free, within_s = asyncio.Semaphore(0), 0.05
    return await take(self, within_s=within_s)
Pool.take = starved
"""
CRASH_AFTER_START: Final = """
import os, threading
timer = threading.Timer({after_s}, os._exit, (3,))
timer.daemon = True
timer.start()
"""
WRONG_BUILD: Final = """
import pantau.app.vitals, pantau.core.build
pantau.core.build.build_id = lambda: "f" * 12
for module in list(__import__("sys").modules.values()):
    if getattr(module, "build_id", None) is not None:
        module.build_id = pantau.core.build.build_id
"""
NEVER_READY: Final = """
raise RuntimeError("planted")
"""
LATER: Final = """
import os
from pantau.web.fast_lane import FastLane
find = FastLane._find
def failing(self, request):
    if request.path == "/api/cameras/active" and os.path.exists({sign!r}):
        {harm}
    return find(self, request)
FastLane._find = failing
"""
"""Well until there is a file, the sign."""
ERRORS: Final = 'raise RuntimeError("planted")'
CRASH: Final = "os._exit(3)"


def make_release(
    folder: Path, *, version: str = "0.1.0", plant: str = "", step: tuple[str, str] | None = None
) -> Path:
    """Make an environment with Pantau in it, and with one more step (name and text) if need be.

    Return its folder.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    version_of_python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    site = folder / "lib" / version_of_python / "site-packages"
    # The packages are those of the tests; a path file of theirs is not read again from here.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    package = site / "pantau"
    shutil.copytree(PACKAGE, package)
    (package / LOCK_NAME).parent.mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / LOCK_NAME, package / LOCK_NAME)
    start = package / "__init__.py"
    _rewrite(
        start,
        start.read_text(encoding="utf-8").replace(_VERSION, _VERSION.replace("0.1.0", version)),
    )
    if step is not None:
        name, text = step
        (package / "migrations" / "versions" / f"{name}.py").write_text(text, encoding="utf-8")
    if plant:
        body = "\n".join(f"        {line}" for line in plant.strip().splitlines())
        (package / "planted.py").write_text(_PLANT.format(body=body), encoding="utf-8")
        web = package / "app" / "web.py"
        _rewrite(web, web.read_text(encoding="utf-8") + _HOOK)
    command = folder / "bin" / "pantau"
    python = folder / "bin" / "python"
    command.write_text(f"#!{python}\nfrom pantau.cli import main\n\nmain()\n", encoding="utf-8")
    command.chmod(0o755)
    return folder


def _rewrite(file: Path, text: str) -> None:
    """Write a file anew; bytecode of before has its time and perhaps its size."""
    file.write_text(text, encoding="utf-8")
    for stale in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        stale.unlink()
