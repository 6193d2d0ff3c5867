"""Releases of an installation in which nothing runs: deployed, refused, gone back from."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psutil
import pytest

from pantau.app import release
from pantau.app.foundation import opened_foundation
from pantau.app.release_hub import meant_hub
from pantau.app.release_watching import roll_back_apart
from pantau.core.build import digest_of, package_contents
from pantau.core.clock import SystemClock
from pantau.core.errors import Conflict, Exhausted, Invalid, NotFound
from pantau.core.releases import PREVIOUS, current_environment
from pantau.operations.release.verdict import Action, Verdict, back, say
from pantau.operations.release_steps.renewing import look
from pantau.operations.release_steps.state import Deployment, Outcome, alone, read_state
from pantau.settings import Settings
from tests.support.planted_releases import make_release
from tests.support.small_disk import small_disk
from tests.support.waiting import until

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make two releases; nothing changes them."""
    folder = tmp_path_factory.mktemp("releases")
    return {
        version: make_release(folder / version, version=version) for version in ("0.1.1", "0.1.2")
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def deploy(settings: Settings, target: Path | str) -> Deployment | None:
    wishes = release.Wishes()
    return asyncio.run(
        release.deploy(settings, str(target), wishes, clock=CLOCK, tell=lambda _: None)
    )


def roll_back(settings: Settings, to: str = "") -> Deployment:
    return asyncio.run(release.roll_back(settings, clock=CLOCK, tell=lambda _: None, to=to))


def last_of(settings: Settings) -> Deployment:
    last = read_state(settings.releases_folder).last
    assert last is not None
    return last


def test_a_release_is_deployed_once_and_gone_back_from(
    settings: Settings, environments: dict[str, Path]
) -> None:
    first = deploy(settings, environments["0.1.1"])
    assert first is not None
    assert first.outcome is Outcome.DEPLOYED
    assert "nothing runs" in first.sentence
    assert current_environment(settings.releases_folder) == environments["0.1.1"].resolve()
    # Whoever deploys first has what ran before adopted: there is a way back from the beginning.
    assert first.before is not None
    assert (settings.releases_folder / PREVIOUS).resolve() == first.before.environment

    assert deploy(settings, environments["0.1.1"]) is None, "the same build again is harmless"
    assert len(read_state(settings.releases_folder).deployments) == 1

    back = roll_back(settings)
    assert back.outcome is Outcome.ROLLED_BACK
    assert current_environment(settings.releases_folder) == first.before.environment
    with pytest.raises(Conflict, match="nothing to go back from"):
        roll_back(settings)

    again = roll_back(settings, to="0.1.1")
    assert again.outcome is Outcome.ROLLED_BACK
    assert current_environment(settings.releases_folder) == environments["0.1.1"].resolve()
    with pytest.raises(NotFound, match=r"--to: 9\.9\.9 is not here"):
        roll_back(settings, to="9.9.9")


def test_what_init_linked_is_judged_by_its_build_and_kept_by_its_name(
    settings: Settings, environments: dict[str, Path]
) -> None:
    folder = settings.releases_folder
    folder.mkdir(parents=True)
    (folder / "current").symlink_to(environments["0.1.1"])
    build = digest_of(package_contents(next(environments["0.1.1"].glob("lib/*/*/pantau"))))
    assert meant_hub(settings).build == build

    done = deploy(settings, environments["0.1.2"])

    assert done is not None
    assert done.before is not None
    assert done.before.build == build
    assert meant_hub(settings).build == done.after.build
    assert roll_back(settings, "0.1.1").outcome is Outcome.ROLLED_BACK
    assert meant_hub(settings).build == build


def test_a_second_deployer_is_refused(settings: Settings, environments: dict[str, Path]) -> None:
    with alone(settings.releases_folder):
        with pytest.raises(Conflict, match="under way"):
            deploy(settings, environments["0.1.1"])
        with pytest.raises(Conflict, match="under way"):
            roll_back(settings)
    assert current_environment(settings.releases_folder) is None


@pytest.mark.long  # tests/operations/release_steps cuts off every step
def test_who_was_interrupted_decides_before_the_next_deploy(
    settings: Settings, environments: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCutError(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    release.adopted(settings, CLOCK)
    with monkeypatch.context() as patch:
        patch.setattr("pantau.app.release_work.environments.turn_to", cut)
        with pytest.raises(PowerCutError):
            deploy(settings, environments["0.1.2"])
    with pytest.raises(Conflict, match="--resume"):
        deploy(settings, environments["0.1.1"])
    done = asyncio.run(release.resume(settings, clock=CLOCK, tell=lambda _: None))
    assert done.outcome is Outcome.DEPLOYED
    assert current_environment(settings.releases_folder) == environments["0.1.2"].resolve()
    with pytest.raises(NotFound, match="interrupted"):
        asyncio.run(release.resume(settings, clock=CLOCK, tell=lambda _: None))


@pytest.mark.parametrize("target", ["nonsense", "/nowhere/pantau-1-py3-none-any.whl", "", "1..2"])
def test_what_cannot_be_deployed_is_refused_by_name(settings: Settings, target: str) -> None:
    with pytest.raises(Invalid, match="TARGET"):
        deploy(settings, target)
    assert not (settings.releases_folder / "current").exists()


def test_a_file_that_is_no_whole_wheel_is_refused(settings: Settings, tmp_path: Path) -> None:
    wheel = tmp_path / "pantau-0.2.0-py3-none-any.whl"
    wheel.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(Invalid, match="no whole wheel"):
        deploy(settings, wheel)


def test_a_wheel_that_was_damaged_on_its_way_is_refused(settings: Settings, tmp_path: Path) -> None:
    """Damage in what is packed is no bad zip file to Python, but an error of its own."""
    wheel = tmp_path / "pantau-0.2.0-py3-none-any.whl"
    with ZipFile(wheel, "w", compression=ZIP_DEFLATED) as out:
        out.writestr("pantau/__init__.py", bytes(range(256)) * 64)
    data = bytearray(wheel.read_bytes())
    start = data.index(b"__init__.py") + len("__init__.py")
    data[start : start + 40] = b"\xff" * 40
    wheel.write_bytes(data)
    with pytest.raises(Invalid, match="no whole wheel"):
        deploy(settings, wheel)


def test_a_full_disk_refuses_before_anything_is_changed(
    tmp_path: Path, environments: dict[str, Path]
) -> None:
    with small_disk(tmp_path / "disk", size_bytes=8 * 2**20) as disk:
        settings = Settings(data_dir=disk.folder)
        with pytest.raises(Exhausted, match="Make room; nothing was changed"):
            deploy(settings, environments["0.1.1"])
        assert current_environment(settings.releases_folder) is None
        assert read_state(settings.releases_folder).deployments == ()


def test_the_worker_takes_a_release_back_and_says_why(
    settings: Settings, environments: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, which outlives the worker."""
    deploy(settings, environments["0.1.1"])
    asyncio.run(_lay_database(settings))
    monkeypatch.setenv("PANTAU_DATA_DIR", str(settings.data_dir))
    monkeypatch.chdir(settings.data_dir)
    crashed = say("stable.ended", count=1, told="web (exit code 3)")
    row = back("stable", say("stable.target", seconds=5), crashed)
    verdict = Verdict(
        at=CLOCK.now(),
        version="0.1.1",
        build="a",
        running_s=9,
        action=Action.ROLL_BACK,
        rows=(row,),
    )

    async def taken_back() -> None:
        await roll_back_apart(settings)(verdict)
        await until(lambda: last_of(settings).outcome is Outcome.ROLLED_BACK)
        # Else it would outlive the loop that started it.
        await until(lambda: not _rolling_back(), what="the end of the rollback")

    asyncio.run(taken_back())
    told = last_of(settings).sentence
    assert told.startswith("Nothing crashes: ")
    assert "web (exit code 3)" in told
    with contextlib.closing(sqlite3.connect(settings.data_dir / "pantau.db")) as database:
        entries = database.execute("SELECT name, username FROM audit_entries").fetchall()
    assert entries == [("ROLL_BACK_RELEASE", "automatic")]


async def _lay_database(settings: Settings) -> None:
    async with opened_foundation(settings):
        pass


def _rolling_back() -> list[int]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "rollback" in child.cmdline():
                found.append(child.pid)
    return found


def test_nobody_is_seen_where_nothing_runs(settings: Settings) -> None:
    assert look(settings.sockets_dir, now=CLOCK.now()).processes == ()
    known = release.status(settings, clock=CLOCK)
    assert (known["current"], known["manner"], known["last"]) == (None, "nothing_runs", None)
