"""A hub with something of everything in it, made once per run and copied."""

import shutil
from pathlib import Path

import pytest

from pantau.backups.protection import Lock
from pantau.db.place import FILE_NAME, sqlite_place
from tests.backups.hubs import FullHub
from tests.support.database import in_thread


@pytest.fixture(scope="session")
def full_folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a full hub, with a backup of it that is not locked: `one.tar`."""
    folder = tmp_path_factory.mktemp("full")
    shutil.copy(sqlite_template, folder / FILE_NAME)

    async def fill() -> None:
        hub = FullHub(sqlite_place(folder / FILE_NAME), folder, sqlite_template)
        await hub.fill()
        await hub.back_up(folder / "one.tar", Lock())

    in_thread(fill)
    return folder


@pytest.fixture
def full_hub(full_folder: Path, sqlite_template: Path, tmp_path: Path) -> FullHub:
    """A hub that is full, and of which `one.tar` in its folder is a backup."""
    shutil.copytree(full_folder, tmp_path, dirs_exist_ok=True)
    return FullHub(sqlite_place(tmp_path / FILE_NAME), tmp_path, sqlite_template)
