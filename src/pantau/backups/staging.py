"""The folder in which a restore is made ready, and what its phases tell each other through it.

One process looks at an archive, perhaps another one puts it in place, and a third, after a power
cut, ends what the second had begun: whatever they know stands in files.  Everything here blocks.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from pantau.backups.manifest import Manifest
from pantau.backups.models import People, ProtectionKind
from pantau.core.errors import Conflict
from pantau.core.shapes import Shape

FOLDER: Final = "restore"
RESULT: Final = "restore-result.json"
_DATABASE: Final = "pantau.db"
_FILES: Final = "files"
_PREPARED: Final = "prepared.json"
_WANTED: Final = "wanted.json"
_COMMITTED: Final = "committed"
_LOCK: Final = "restore.lock"


class _Told(Shape):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Prepared(_Told):
    """An archive that was looked at and lies ready."""

    token: str
    manifest: Manifest
    protection: ProtectionKind
    prepared_at: AwareDatetime
    source: Annotated[str, Field(max_length=500)]
    """What the file was called."""


class WantedStep(_Told):
    """A snapshot whose tables shall be those of the hub again."""

    snapshot: str
    step: str


class Wanted(_Told):
    """What somebody decided, and who."""

    token: str
    people: People
    actor: dict[str, Any]
    roll_back: WantedStep | None = None
    """None: what lies ready shall be restored."""


class Result(_Told):
    """What came of the last restore."""

    token: str
    ok: bool
    sentence: str
    finished_at: AwareDatetime
    safety: str = ""
    """The file with what was here before."""


_Model = TypeVar("_Model", bound=_Told)


class Staging:
    """The folder `restore` in a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir: Final = data_dir
        self.folder: Final = data_dir / FOLDER

    @property
    def database(self) -> Path:
        """The database that is built aside."""
        return self.folder / _DATABASE

    @property
    def files(self) -> Path:
        """Files that go to the data folder."""
        return self.folder / _FILES

    @property
    def is_committed(self) -> bool:
        """Tell whether it must be carried to its end, whatever happens."""
        return (self.folder / _COMMITTED).exists()

    def clear(self) -> None:
        """Begin anew."""
        if self.is_committed:
            raise Conflict("backup.restoring", "A restore is under way. Wait for its end.")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.files.mkdir(mode=0o700, parents=True)
        self.folder.chmod(0o700)

    def drop(self) -> None:
        """Forget everything."""
        (self.folder / _COMMITTED).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def commit(self) -> None:
        """From here on it is carried to its end."""
        write_whole(self.folder / _COMMITTED, "{}")

    def take_back(self) -> None:
        """Let it be as if nobody had begun."""
        (self.folder / _COMMITTED).unlink(missing_ok=True)

    def prepared(self) -> Prepared | None:
        """Return what lies ready."""
        return _read(self.folder / _PREPARED, Prepared)

    def put_prepared(self, prepared: Prepared) -> None:
        """Say that it lies ready."""
        write_whole(self.folder / _PREPARED, prepared.model_dump_json())

    def wanted(self) -> Wanted | None:
        """Return what was decided."""
        return _read(self.folder / _WANTED, Wanted)

    def put_wanted(self, wanted: Wanted) -> None:
        """Say what was decided; a hub that runs begins at once."""
        write_whole(self.folder / _WANTED, wanted.model_dump_json())

    def result(self) -> Result | None:
        """Return what came of the last one."""
        return _read(self.data_dir / RESULT, Result)

    def put_result(self, result: Result) -> None:
        """Say what came of it."""
        write_whole(self.data_dir / RESULT, result.model_dump_json())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other restores out; raises Conflict when there is one."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.data_dir / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    "backup.restoring", "Another restore is being looked at or carried out."
                ) from error
            yield


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there as a whole or not at all, also after a power cut."""
    opened, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(path: Path, model: type[_Model]) -> _Model | None:
    try:
        return model.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None
