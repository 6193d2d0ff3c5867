"""Backups in the admin: who may, what is asked again, and what a restore is told first."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pantau.admin.backup_contents import content_words, contents
from pantau.admin.wording import Wording
from pantau.audit.actors import CONSOLE
from pantau.backups.models import Plan
from pantau.backups.protection import Lock
from pantau.backups.service import PlanChange
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.tables import metadata
from pantau.ui.files import read_assets
from pantau.ui.i18n import Texts
from pantau.ui.render import Pages
from pantau.ui.site import Site
from tests.accounts.house import PASSWORD
from tests.admin.backups import backup_pages, backups_on
from tests.admin.house import AdminHouse, admin_house
from tests.admin.person import Person
from tests.backups.hubs import FullHub
from tests.support.clock import START

pytestmark = pytest.mark.anyio

PAGE = "/admin/backups"
PASSPHRASE = "kuda-benar-baterai-staples"
NAME = "pantau-backup-20260301T020000Z.tar"
PLAN: dict[str, object] = {
    "enabled": "1",
    "every_hours": "24",
    "keep_daily": "7",
    "keep_weekly": "4",
    "keep_monthly": "6",
    "protection": "passphrase",
    "passphrase": PASSPHRASE,
    "directory": "",
}


@pytest.fixture
def hub(sqlite_place: Place, sqlite_template: Path, tmp_path: Path) -> FullHub:
    return FullHub(sqlite_place, tmp_path, sqlite_template)


@pytest.fixture
async def house(sqlite_database: Database, hub: FullHub) -> AsyncIterator[AdminHouse]:
    pages = backup_pages(hub.data_dir, lambda: hub.hub)
    async with admin_house(sqlite_database, more=pages) as house:
        await house.add("rini", "admin")
        yield house


@pytest.fixture
async def made(house: AdminHouse, hub: FullHub) -> Path:
    """A backup that is not locked, on record as number 1."""
    file = hub.data_dir / "backups" / NAME
    one = await hub.back_up(file, Lock())
    await backups_on(house, hub.data_dir).note_made(
        CONSOLE, file=file, size_bytes=one.size_bytes, sha256=one.sha256
    )
    return file


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_only_admins_have_backups(role: str, house: AdminHouse, made: Path) -> None:
    await house.add("budi", role)  # type: ignore[arg-type]  # roles of the list above
    budi = Person(house, "192.0.2.8")
    await budi.sign_in("budi")
    for page in ("", "/1", "/restore", "/restore/ready"):
        assert (await budi.get(f"{PAGE}{page}")).status == 403, page
    await budi.get("/admin/account")
    assert 'name="csrf_token"' in budi.page
    for page in ("/make", "/plan", "/test", "/1/download", "/1/delete", "/1/restore", "/1/check"):
        assert (await budi.post(f"{PAGE}{page}")).status == 403, page
    assert await asyncio.to_thread(made.exists)


async def test_nothing_happens_without_the_token_of_a_form(rini: Person, made: Path) -> None:
    await rini.get(f"{PAGE}/1")
    for page in ("/make", "/plan", "/1/delete", "/1/restore", "/restore/ready"):
        assert (await rini.post(f"{PAGE}{page}", token="x")).status == 403, page
    assert await asyncio.to_thread(made.exists)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("every_hours", "0", "Give a number from 1 to 744."),
        ("keep_daily", "9" * 8, "Give a number from 1 to 400."),
        ("keep_weekly", "x", "Give a number from 0 to 400."),
        ("passphrase", "short", "The passphrase needs 12 to 1024 characters."),
        ("directory", "../etc", "Give the whole path of a folder, from /."),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_saved(
    field: str, value: str, said: str, rini: Person, house: AdminHouse, hub: FullHub
) -> None:
    await rini.get(PAGE)
    answer = await rini.send(f"{PAGE}/plan", {**PLAN, field: value})
    assert answer.status == 400
    assert said in rini.text
    assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', rini.page)
    assert not (await backups_on(house, hub.data_dir).plan()).enabled


async def test_a_plan_is_saved_and_its_secret_is_never_shown(
    rini: Person, house: AdminHouse, hub: FullHub
) -> None:
    await rini.get(PAGE)
    assert "No backup yet" in rini.text
    await rini.send(f"{PAGE}/plan", PLAN)
    assert "The plan was saved." in rini.text
    assert PASSPHRASE not in rini.page
    plan = await backups_on(house, hub.data_dir).plan()
    assert plan == replace(
        Plan(enabled=True, every_hours=24, keep_daily=7, keep_weekly=4, keep_monthly=6),
        has_passphrase=True,
    )
    await rini.send(f"{PAGE}/make")
    assert "A backup is being made." in rini.text
    await rini.send(f"{PAGE}/make")
    assert "A backup is being made already." in rini.text


async def test_a_backup_leaves_the_house_only_with_a_password(rini: Person, made: Path) -> None:
    await rini.get(f"{PAGE}/1")
    refused = await rini.send(f"{PAGE}/1/download", {"password": "wrong"})
    assert refused.status == 400
    given = await rini.post(f"{PAGE}/1/download", {"password": PASSWORD})
    assert given.status == 200
    assert given.body == await asyncio.to_thread(made.read_bytes)


async def test_a_restore_is_shown_first_and_asks_for_a_word_and_a_password(
    rini: Person, house: AdminHouse, hub: FullHub, made: Path
) -> None:
    await house.add("sari", "operator")
    await rini.get(f"{PAGE}/1")
    await rini.send(f"{PAGE}/1/restore")
    assert rini.path == f"{PAGE}/restore/ready"
    assert "Only here: sari" in rini.text
    token = rini.page.split('name="token" value="')[1].split('"')[0]
    fields: dict[str, object] = {"token": token, "people": "keep", "password": PASSWORD}
    for wrong in ({"typed": "restore"}, {"typed": "RESTORE", "password": "wrong"}):
        answer = await rini.send(f"{PAGE}/restore/ready", {**fields, **wrong})
        assert answer.status == 400
        assert hub.staging.wanted() is None
    await rini.send(f"{PAGE}/restore/ready", {**fields, "typed": "RESTORE"})
    assert "The hub restarts" in rini.text
    wanted = hub.staging.wanted()
    assert wanted is not None
    assert (wanted.token, wanted.people) == (token, "keep")
    assert wanted.actor["name"] == "rini"


async def test_a_restore_tells_what_would_change_in_words_and_takes_the_word_of_the_page(
    rini: Person, house: AdminHouse, hub: FullHub, made: Path
) -> None:
    await house.add("sari", "operator")
    rini.cookies["pantau_language"] = "id"
    await rini.get(f"{PAGE}/1")
    await rini.send(f"{PAGE}/1/restore")
    assert re.search(r"Pengguna \d+ \d+", rini.text)
    assert not {f"<code>{name}</code>" for name in metadata.tables} & set(
        re.findall(r"<code>\w+</code>", rini.page)
    )
    assert "Ketik PULIHKAN untuk melanjutkan" in rini.text
    token = rini.page.split('name="token" value="')[1].split('"')[0]
    fields: dict[str, object] = {"token": token, "people": "keep", "password": PASSWORD}
    assert (await rini.send(f"{PAGE}/restore/ready", {**fields, "typed": "pulih"})).status == 400
    await rini.send(f"{PAGE}/restore/ready", {**fields, "typed": "PULIHKAN"})
    assert hub.staging.wanted() is not None


async def test_the_english_word_restores_from_an_indonesian_page_too(
    rini: Person, hub: FullHub, made: Path
) -> None:
    rini.cookies["pantau_language"] = "id"
    await rini.get(f"{PAGE}/1")
    await rini.send(f"{PAGE}/1/restore")
    token = rini.page.split('name="token" value="')[1].split('"')[0]
    fields: dict[str, object] = {"token": token, "people": "keep", "password": PASSWORD}
    await rini.send(f"{PAGE}/restore/ready", {**fields, "typed": "RESTORE"})
    assert hub.staging.wanted() is not None


async def test_a_backup_that_was_checked_tells_in_words_what_is_in_it(
    rini: Person, made: Path
) -> None:
    await rini.get(f"{PAGE}/1")
    await rini.send(f"{PAGE}/1/check")
    assert re.search(r"It is whole: every check sum fits\. \d+ entries", rini.text)
    assert re.search(r"What Entries .*Users \d+", rini.text)
    assert "<code>users</code>" not in rini.page


def test_every_table_is_told_of_in_words_and_once() -> None:
    told = [name for _, names in content_words(str) for name in names]
    assert sorted(told) == sorted(metadata.tables)


def test_small_tables_are_counted_together_and_an_unknown_one_keeps_its_name() -> None:
    found = contents([("unheard_of", 0, 3), ("view_history", 2, 5), ("open_views", 1, 0)], str)
    assert [(each.name, each.here, each.there) for each in found] == [
        ("Views", 3, 5),
        ("unheard_of", 0, 3),
    ]


async def test_what_is_no_backup_is_told_and_changes_nothing(
    rini: Person, hub: FullHub, made: Path
) -> None:
    await asyncio.to_thread(made.write_bytes, b"no backup" * 200)
    await rini.get(f"{PAGE}/1")
    answer = await rini.send(f"{PAGE}/1/restore")
    assert answer.status == 400
    assert "This is no backup of Pantau" in rini.text
    assert not hub.staging.folder.exists()


async def test_the_plan_stays_sealed_when_somebody_looks(
    rini: Person, house: AdminHouse, hub: FullHub
) -> None:
    change = PlanChange(Plan(enabled=True), PASSPHRASE)
    await backups_on(house, hub.data_dir).change_plan(change, CONSOLE)
    await rini.get(PAGE)
    assert "One is stored." in rini.text
    assert PASSPHRASE not in rini.page


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("This backup is damaged: its end is missing.", "Cadangan ini rusak: bagian akhirnya"),
        ("Give a number from 1 to 744.", "Isi angka dari 1 sampai 744."),
        ("Row 3 of areas: name is no text.", "Baris 3 dari areas"),
        ("This backup lacks a table: areas.", "Cadangan ini kekurangan tabel: areas."),
    ],
)
def test_sentences_of_backups_are_said_in_indonesian(english: str, said: str) -> None:
    site = Site(place="Kota", zone=ZoneInfo("Asia/Jakarta"))
    pages = Pages(assets=read_assets(), site=lambda: site, now=lambda: START)
    assert Wording(Texts("id"), pages).sentence(english).startswith(said)
