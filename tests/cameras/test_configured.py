"""Cameras of the settings get lasting numbers, slugs and stream keys."""

from pathlib import Path
from uuid import UUID

from pantau.cameras.configured import cameras_from, slug_of
from pantau.cameras.models import Camera
from pantau.settings import CameraSettings

SECRET = b"s" * 32


def table(name: str, **values: object) -> CameraSettings:
    return CameraSettings.model_validate(
        {"name": name, "source": "rtsp://admin:geheim@10.0.0.1/", **values}
    )


def made(tmp_path: Path, *tables: CameraSettings, secret: bytes = SECRET) -> dict[str, Camera]:
    cameras = cameras_from(tables, data_dir=tmp_path, secret=secret)
    return {camera.name: camera for camera in cameras}


def test_number_and_key_survive_restart_and_reordering(tmp_path: Path) -> None:
    before = made(tmp_path, table("Gate"), table("Yard"))
    after = made(tmp_path, table("New"), table("Yard"), table("Gate"))
    for name in ("Gate", "Yard"):
        assert after[name].id == before[name].id
        assert after[name].stream_key == before[name].stream_key
    assert UUID(after["Gate"].stream_key).version == 4


def test_another_address_changes_neither_number_nor_key(tmp_path: Path) -> None:
    before = made(tmp_path, table("Gate"))["Gate"]
    after = made(tmp_path, table("Gate", source="rtsp://10.0.0.9/"))["Gate"]
    assert (before.id, before.stream_key) == (after.id, after.stream_key)
    assert before.source != after.source


def test_keys_of_two_installations_differ(tmp_path: Path) -> None:
    one = made(tmp_path, table("Gate"))["Gate"]
    other = made(tmp_path, table("Gate"), secret=b"t" * 32)["Gate"]
    assert one.stream_key != other.stream_key


def test_chosen_number_and_key_are_taken(tmp_path: Path) -> None:
    key = UUID("6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f01")
    gate = made(tmp_path, table("Gate", id=70, stream_key=str(key)))["Gate"]
    assert (gate.id, gate.stream_key) == (70, str(key))


def test_areas_get_numbers_of_their_own(tmp_path: Path) -> None:
    cameras = made(tmp_path, table("A", area="Kalitidu"), table("B"), table("C", area="Kalitidu"))
    assert cameras["A"].area_id == cameras["C"].area_id == 1
    assert cameras["B"].area_id is None


def test_slugs_are_plain_and_distinct(tmp_path: Path) -> None:
    cameras = made(tmp_path, table("Alun-Alun Barat"), table("alun alun, barat"), table("門"))
    assert {camera.slug for camera in cameras.values()} == {
        "alun-alun-barat",
        "alun-alun-barat-2",
        "camera-3",
    }
    assert slug_of("Élan & Vital!") == "elan-vital"


def test_representation_of_a_camera_holds_no_password(tmp_path: Path) -> None:
    assert "geheim" not in repr(made(tmp_path, table("Gate"))["Gate"])
