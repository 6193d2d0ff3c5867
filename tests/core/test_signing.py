"""The installation's secret is made once, kept private, and never replaced silently."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pantau.core.signing import derive_uuid, installation_secret


def test_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    first = installation_secret(file)
    assert len(first) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert installation_secret(file) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_processes_that_start_together_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        secrets = list(
            together.map(lambda _: installation_secret(tmp_path / "secret.key"), range(8))
        )
    assert len(set(secrets)) == 1


def test_damaged_secret_is_told(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match="damaged"):
        installation_secret(file)
    assert file.read_bytes() == b"short"


def test_derived_uuid_depends_on_secret_and_purpose_alone() -> None:
    one = derive_uuid(b"a" * 32, "stream-key/camera/1")
    assert one == derive_uuid(b"a" * 32, "stream-key/camera/1")
    assert one != derive_uuid(b"a" * 32, "stream-key/camera/2")
    assert one != derive_uuid(b"b" * 32, "stream-key/camera/1")
    assert one.version == 4
