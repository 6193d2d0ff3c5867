"""The build id: equal for equal files, different for any difference, deaf to bytecode."""

import sys
from pathlib import Path

import pytest

from pantau.core.build import (
    LOCK_NAME,
    build_id,
    digest_of,
    engine_digest_of,
    lock_text,
    package_contents,
)
from pantau.core.releases import CURRENT, current_environment, current_python, passed_over


def package(folder: Path, **others: bytes) -> Path:
    files = {"__init__.py": b"one", "media/engine.py": b"two", "web/page.py": b"three"}
    for name, data in {**files, **others}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def build_of(folder: Path) -> str:
    return digest_of(package_contents(folder))


def test_equal_files_are_one_build_wherever_they_are(tmp_path: Path) -> None:
    one, other = package(tmp_path / "one"), package(tmp_path / "other")
    assert build_of(one) == build_of(other)
    assert len(build_of(one)) == 12


def test_bytecode_makes_no_other_build(tmp_path: Path) -> None:
    plain = build_of(package(tmp_path / "a"))
    assert plain == build_of(package(tmp_path / "b", **{"__pycache__/x.pyc": b"x", "y.pyc": b"y"}))


@pytest.mark.parametrize(
    "others",
    [
        {"web/page.py": b"four"},
        {"web/more.py": b""},
        {"ui/style.css": b"a{}"},
        {LOCK_NAME: b"aiohttp==1"},
        # What moves from one file to the next makes another build as well.
        {"media/engine.py": b"twot", "web/page.py": b"hree"},
    ],
)
def test_any_other_file_is_another_build(tmp_path: Path, others: dict[str, bytes]) -> None:
    plain = build_of(package(tmp_path / "a"))
    assert plain != build_of(package(tmp_path / "b", **others))


def test_a_checkout_and_its_wheel_are_one_build(tmp_path: Path) -> None:
    checkout = package(tmp_path / "checkout" / "src" / "pantau")
    (tmp_path / "checkout" / "requirements").mkdir()
    (tmp_path / "checkout" / LOCK_NAME).write_bytes(b"aiohttp==1")
    wheel = package(tmp_path / "wheel", **{LOCK_NAME: b"aiohttp==1"})
    assert build_of(checkout) == build_of(wheel)


def test_only_the_engine_decides_about_the_engine(tmp_path: Path) -> None:
    plain = package_contents(package(tmp_path / "a"))
    page = package_contents(package(tmp_path / "b", **{"web/page.py": b"four"}))
    engine = package_contents(package(tmp_path / "c", **{"media/engine.py": b"four"}))
    assert engine_digest_of(plain) == engine_digest_of(page)
    assert engine_digest_of(plain) != engine_digest_of(engine)


def test_this_build_knows_itself_and_its_lock() -> None:
    assert len(build_id()) == 12
    assert "aiohttp==" in (lock_text() or "")


def test_current_is_the_environment_behind_the_link(tmp_path: Path) -> None:
    assert current_environment(tmp_path) is None
    environment = tmp_path / "0.1.0-abc"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    (tmp_path / CURRENT).symlink_to("0.1.0-abc")
    assert current_environment(tmp_path) == environment
    assert current_python(tmp_path) == environment / "bin" / "python"


def test_a_link_to_nothing_is_no_current_release(tmp_path: Path) -> None:
    (tmp_path / CURRENT).symlink_to("gone")
    assert current_environment(tmp_path) is None
    assert current_python(tmp_path) is None


def test_who_runs_from_another_environment_than_the_current_one_is_told(tmp_path: Path) -> None:
    assert passed_over(tmp_path) is None
    (tmp_path / CURRENT).symlink_to(sys.prefix)
    assert passed_over(tmp_path) is None
    other = tmp_path / "0.1.0-abc"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").touch()
    (tmp_path / CURRENT).unlink()
    (tmp_path / CURRENT).symlink_to(other.name)
    assert passed_over(tmp_path) == other
