from pathlib import Path

import pytest

from pantau.core.errors import Invalid
from pantau.db.place import place_of


def test_nothing_said_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    place = place_of("", data_dir=tmp_path)
    assert place.is_sqlite
    assert place.file == tmp_path / "pantau.db"
    assert str(place) == str(tmp_path / "pantau.db")
    assert place.url.database == str(tmp_path / "pantau.db")


def test_a_postgresql_address_is_put_in_the_words_of_the_driver(tmp_path: Path) -> None:
    place = place_of("postgres://p:s%40crt@db/pantau?sslmode=require", data_dir=tmp_path)
    assert not place.is_sqlite
    assert place.url.drivername == "postgresql+asyncpg"
    assert place.url.password == "s@crt"
    assert place.url.query == {"ssl": "require"}


def test_a_place_does_not_show_its_password(tmp_path: Path) -> None:
    place = place_of("postgresql://p:hidden@db/pantau", data_dir=tmp_path)
    assert "hidden" not in f"{place} {place!r}"


def test_a_replica_that_is_the_same_server_is_none(tmp_path: Path) -> None:
    url = "postgresql://p@db/pantau"
    assert place_of(url, url, data_dir=tmp_path).read_url is None
    replica = place_of(url, "postgresql://p@db2/pantau", data_dir=tmp_path).read_url
    assert replica is not None
    assert replica.host == "db2"


@pytest.mark.parametrize(
    ("url", "read_url", "word"),
    [
        ("", "postgresql://p@db/pantau", "replica"),
        ("postgresql://p@db/pantau?pool_size=9", "", "pool_size"),
        ("postgresql://p@db:port/pantau", "", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(
    url: str, read_url: str, word: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=word):
        place_of(url, read_url, data_dir=tmp_path)
