"""Settings are read from file and environment, and every mistake is named with its place."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from pantau.core.shapes import meanings
from pantau.settings import CameraSettings, Settings, SettingsError, load_settings
from tests.architecture.tree import modules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "pantau.toml").write_text(text, encoding="utf-8")


def mistakes(folder: Path, text: str) -> str:
    write(folder, text)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


def test_without_a_file_the_defaults_hold(folder: Path) -> None:
    assert load_settings() == Settings()
    assert load_settings().port == 3000


def test_environment_wins_over_the_file_in_nested_tables_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        folder, 'port = 4000\nhost = "0.0.0.0"\n[media]\nshard_size = 10\nclose_after_s = "1 min"'
    )
    monkeypatch.setenv("PANTAU_PORT", "5000")
    monkeypatch.setenv("PANTAU_MEDIA__SHARD_SIZE", "20")
    settings = load_settings()
    assert (settings.port, settings.host) == (5000, "0.0.0.0")
    assert (settings.media.shard_size, settings.media.close_after_s) == (20, 60.0)


def test_the_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text("port = 4001", encoding="utf-8")
    monkeypatch.setenv("PANTAU_CONFIG", str(other))
    assert load_settings().port == 4001


def test_a_named_file_that_is_missing_is_a_mistake(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_CONFIG", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "pantau.toml: `prot` is not a setting; did you mean `port`?"),
        ("[media]\nshrd_size = 1", "`shrd_size` is not a setting; did you mean `shard_size`?"),
        (
            '[[cameras]]\nname = "Gate"\nsource = "rtsp://10.0.0.1/"\nlattitude = 1',
            "cameras[1] (Gate): `lattitude` is not a setting; did you mean `latitude`?",
        ),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_name(folder: Path, text: str, said: str) -> None:
    assert said in mistakes(folder, text)


def test_unknown_variable_is_refused_with_the_nearest_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_PROT", "1")
    assert "`PANTAU_PROT` is not a setting; did you mean `PANTAU_PORT`?" in mistakes(folder, "")


def test_every_mistake_is_told_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_PORT", "abc")
    told = mistakes(folder, 'prot = 1\ndrain_s = "soon"').splitlines()
    assert len(told) == 3
    assert any(line.startswith("PANTAU_PORT: ") for line in told)
    assert any(line.startswith("pantau.toml: drain_s: ") for line in told)


def test_a_wrong_choice_names_what_is_allowed(folder: Path) -> None:
    text = '[[cameras]]\nname = "A"\nsource = "rtsp://10.0.0.1/"\ntransport = "tpc"'
    assert "'automatic', 'tcp' or 'udp'" in mistakes(folder, text)


def test_broken_toml_is_told_with_its_line(folder: Path) -> None:
    assert "not valid TOML" in mistakes(folder, "port = ")


def test_no_mistake_shows_the_password_of_a_camera(folder: Path) -> None:
    text = '[[cameras]]\nname = "A"\nsource = "ftp://admin:geheim@10.0.0.1/"\nstatus = 1'
    assert "geheim" not in mistakes(folder, text)
    camera = CameraSettings(name="A", source="rtsp://admin:geheim@10.0.0.1/")
    assert "geheim" not in repr(camera)
    assert "geheim" not in repr(Settings(cameras=(camera,)))


@pytest.mark.parametrize("field", ["name", "id", "stream_key"])
def test_two_cameras_may_not_be_the_same(folder: Path, field: str) -> None:
    values = {"name": ['"A"', '"a"'], "id": ["3", "3"]}
    key = '"6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f01"'
    first, second = values.get(field, [key, key])
    tables = ""
    for number, value in enumerate((first, second)):
        name = value if field == "name" else f'"camera {number}"'
        tables += f'[[cameras]]\nname = {name}\nsource = "rtsp://10.0.0.{number}/"\n'
        tables += "" if field == "name" else f"{field} = {value}\n"
    assert f"two cameras have the same {field}" in mistakes(folder, tables)


def test_half_a_foreign_media_server_is_refused(folder: Path) -> None:
    assert "together" in mistakes(folder, '[media]\napi_url = "http://127.0.0.1:9997"')


def test_the_control_api_listens_on_loopback_only(folder: Path) -> None:
    assert "loopback" in mistakes(folder, '[media]\napi_listen = "0.0.0.0:9997"')


def test_sockets_move_where_their_path_is_short_enough() -> None:
    short, long = Settings(data_dir=Path("/d")), Settings(data_dir=Path("/" + "d" * 120))
    assert short.sockets_dir == Path("/d/run")
    assert len(str(long.sockets_dir)) < 60
    assert long.sockets_dir != Settings(data_dir=Path("/" + "e" * 120)).sockets_dir


def tables(model: type[BaseModel], path: str = "settings") -> Iterator[tuple[str, str]]:
    told = meanings(model)
    for name, field in model.model_fields.items():
        inner = [
            candidate
            for candidate in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(candidate, type) and issubclass(candidate, BaseModel)
        ]
        yield f"{path}.{name}", told.get(name, "")
        for table in inner:
            yield from tables(table, "table" if name == "cameras" else f"{path}.{name}")


def test_every_setting_is_explained() -> None:
    assert [path for path, meaning in tables(Settings) if not meaning] == []


def test_every_setting_has_a_reader() -> None:
    """A setting that nothing reads is a promise that nobody keeps (lesson D15)."""
    text = "\n".join(module.text for module in modules(folder="src"))
    for own in ("runtime_dir", "releases_dir"):
        text = text.replace(f"self.{own}", f"settings.{own}")
    unread = [path for path, _ in tables(Settings) if not re.search(read_as(path), text)]
    assert unread == []


HANDED_ON_WHOLE: Final = {
    "settings.database": "chosen",
    "settings.accounts": "settings|self._settings",
    "settings.limits": "limits|self._limits",
    "settings.release": "rules|self._rules",
    "settings.cache": "limits",
    "settings.recordings": "settings|recordings|wanted",
    "settings.recordings.archive": "settings",
}
"""Tables that services get as a whole, and what those call them."""


def read_as(path: str) -> str:
    """Return the pattern of a place that reads the setting at `path`."""
    table, _, field = path.rpartition(".")
    names = HANDED_ON_WHOLE.get(table)
    return rf"\b{path}\b" + (rf"|\b(?:{names})\.{field}\b" if names else "")
