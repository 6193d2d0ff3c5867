"""Sealed secrets open with the right key, for their purpose, in their row, and only then."""

import base64
import json
import multiprocessing
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.core.key_file import KeyFileError, KeyRing, add_key, read_keys, remove_keys
from pantau.core.sealing import Sealer, SealingError, is_sealed, key_of, keyring
from tests.support.clock import START

PASSWORD = "rtsp://admin:geheim@10.0.0.7/1"
PURPOSE = "camera.source"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sealing.keys"


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    return Sealer(keyring(tmp_path_factory.mktemp("keys") / "sealing.keys"))


@given(st.text(max_size=500), st.text(max_size=20), st.text(max_size=20) | st.integers())
def test_what_is_sealed_opens_again(
    sealer: Sealer, text: str, purpose: str, row: str | int
) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    sealed = sealer.seal(text, purpose, row)
    assert is_sealed(sealed)
    assert key_of(sealed) == sealer.newest_key
    assert sealer.open(sealed, purpose, row) == text


def test_sealed_text_shows_nothing_and_is_never_the_same_twice(sealer: Sealer) -> None:
    one, two = (sealer.seal(PASSWORD, PURPOSE) for _ in range(2))
    assert one != two
    assert "geheim" not in base64.urlsafe_b64decode(one.split(".")[2] + "==").decode("latin-1")


@pytest.mark.parametrize(
    ("purpose", "row"),
    [("account.totp", ""), (PURPOSE, 2), (PURPOSE, "x"), ("", ""), ("camera", ".source")],
)
def test_value_that_was_moved_elsewhere_does_not_open(
    sealer: Sealer, purpose: str, row: str | int
) -> None:
    sealed = sealer.seal(PASSWORD, PURPOSE)
    with pytest.raises(SealingError, match="belongs elsewhere") as refused:
        sealer.open(sealed, purpose, row)
    assert refused.value.code == "secrets.damaged"


def test_value_of_another_row_does_not_open(sealer: Sealer) -> None:
    sealed = sealer.seal("JBSWY3DPEHPK3PXP", "account.totp", 1)
    assert sealer.open(sealed, "account.totp", "1") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(SealingError):
        sealer.open(sealed, "account.totp", 11)


@given(st.data())
def test_value_with_any_character_changed_does_not_open(
    sealer: Sealer, data: st.DataObject
) -> None:
    sealed = sealer.seal("geheim" * 5, PURPOSE)
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.sampled_from("Aa0_-.v"))
    changed = sealed[:place] + other + sealed[place + 1 :]
    # The last character of base64 may carry bits that mean nothing.
    if changed == sealed or place == len(sealed) - 1:
        return
    with pytest.raises(SealingError):
        sealer.open(changed, PURPOSE)


@pytest.mark.parametrize(
    "text", ["", PASSWORD, "v1.", "v1.01234567.short", "v2.01234567." + "A" * 50]
)
def test_what_is_not_sealed_is_refused_without_being_told(sealer: Sealer, text: str) -> None:
    with pytest.raises(SealingError, match=r"camera\.source.*not sealed") as refused:
        sealer.open(text, PURPOSE)
    assert refused.value.code == "secrets.not_sealed"
    assert "geheim" not in str(refused.value)


def test_value_of_an_unknown_key_says_which_file_is_missing(path: Path, tmp_path: Path) -> None:
    foreign = Sealer(keyring(tmp_path / "other.keys")).seal(PASSWORD, PURPOSE)
    with pytest.raises(SealingError, match=rf"key {key_of(foreign)}.*sealing\.keys.*backup"):
        Sealer(keyring(path)).open(foreign, PURPOSE)


def test_newest_key_seals_and_older_ones_open(path: Path) -> None:
    before = Sealer(keyring(path))
    old = before.seal(PASSWORD, PURPOSE)
    ring = add_key(path, now=START)
    after = Sealer(ring)
    new = after.seal(PASSWORD, PURPOSE)
    assert key_of(old) != key_of(new) == ring.newest.id
    assert after.open(old, PURPOSE) == after.open(new, PURPOSE) == PASSWORD


def test_running_process_follows_a_rotation_without_a_restart(path: Path) -> None:
    running = Sealer(keyring(path))
    running.seal(PASSWORD, PURPOSE)
    ring = add_key(path, now=START)
    sealed_elsewhere = Sealer(ring).seal(PASSWORD, PURPOSE)
    assert running.open(sealed_elsewhere, PURPOSE) == PASSWORD
    assert key_of(running.seal(PASSWORD, PURPOSE)) == ring.newest.id


def test_running_process_lives_on_when_the_file_is_away_for_a_moment(path: Path) -> None:
    running = Sealer(keyring(path))
    sealed = running.seal(PASSWORD, PURPOSE)
    path.unlink()
    assert running.open(running.seal(PASSWORD, PURPOSE), PURPOSE) == PASSWORD
    assert running.open(sealed, PURPOSE) == PASSWORD


def test_running_process_lives_on_when_the_file_is_spoilt(path: Path) -> None:
    running = Sealer(keyring(path))
    sealed = running.seal(PASSWORD, PURPOSE)
    path.write_text("spoilt")
    assert running.open(running.seal(PASSWORD, PURPOSE), PURPOSE) == PASSWORD
    assert running.open(sealed, PURPOSE) == PASSWORD


def test_removed_key_opens_nothing_and_the_newest_cannot_be_removed(path: Path) -> None:
    old = Sealer(keyring(path)).seal(PASSWORD, PURPOSE)
    ring = add_key(path, now=START)
    ring = remove_keys(path, [key.id for key in ring.keys])
    assert [key.made_at for key in ring.keys] == [START]
    with pytest.raises(SealingError, match="not in"):
        Sealer(ring).open(old, PURPOSE)


def test_key_file_is_private_and_nothing_else_is_left_behind(path: Path) -> None:
    keyring(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["sealing.keys"]
    add_key(path, now=START)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "geheim" not in repr(keyring(path))
    assert json.loads(path.read_text())["keys"][0]["key"] not in repr(keyring(path))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644])
def test_key_file_that_others_may_read_is_refused_with_the_repair(path: Path, mode: int) -> None:
    keyring(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"chmod 600 {path}"):
        keyring(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:40],
        lambda text: "[]",
        lambda text: "null",
        lambda text: '{"format": 1, "keys": []}',
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"key": "', '"key": "AAAA'),
        lambda text: text.replace('"id"', '"name"'),
    ],
)
def test_damaged_key_file_is_told_and_never_replaced(
    path: Path, damage: Callable[[str], str]
) -> None:
    keyring(path)
    damaged = damage(path.read_text())
    path.write_text(damaged)
    with pytest.raises(KeyFileError, match="damaged"):
        keyring(path)
    assert path.read_text() == damaged


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"cannot be"):
        keyring(tmp_path / "nowhere" / "sealing.keys")


def test_threads_that_start_together_get_the_same_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        rings = list(together.map(lambda _: keyring(path), range(16)))
    assert len({ring.newest.id for ring in rings}) == 1


def _newest(path: Path) -> str:
    return keyring(path).newest.id


def test_processes_that_start_together_get_the_same_key(path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(_newest, [path] * 6))) == 1


def test_rotations_side_by_side_lose_no_key(path: Path) -> None:
    keyring(path)

    def rotate(_: int) -> KeyRing:
        return add_key(path, now=START)

    with ThreadPoolExecutor(8) as together:
        made = {ring.newest.id for ring in together.map(rotate, range(16))}
    assert {key.id for key in read_keys(path).keys} >= made
    assert len(read_keys(path).keys) == 17
