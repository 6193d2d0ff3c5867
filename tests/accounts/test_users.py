"""Users and the rules that keep an installation in somebody's hands."""

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE, asker
from pantau.accounts.users.values import NewUser, UserChange, UserFilter
from pantau.areas.models import AreaRow
from pantau.core.errors import Invalid, NotFound
from pantau.db.database import Database
from tests.accounts.house import CLIENT, PASSWORD, House, house_on
from tests.audit.trails import rows

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(database: Database) -> House:
    return house_on(database)


async def test_user_is_found_as_added(house: House) -> None:
    added = await house.add("Budi", "operator")

    assert await house.users.one(added.id) == added
    assert await house.users.named("BUDI") == added
    assert list(await house.users.all()) == [added]
    assert (added.username, added.role, added.area_ids) == ("Budi", "operator", None)
    with pytest.raises(NotFound):
        await house.users.one(added.id + 1)


async def test_two_spellings_of_one_name_are_one_name(house: House) -> None:
    await house.add("budi")
    siti = await house.add("siti")

    for attempt in (house.add("Budi"), _rename(house, siti.id, "BUDI")):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.field == "username"
    assert [user.username for user in await house.users.all()] == ["budi", "siti"]


async def test_name_can_change_its_capitals(house: House) -> None:
    budi = await house.add("budi")

    await _rename(house, budi.id, "Budi")

    assert (await house.users.one(budi.id)).username == "Budi"


async def test_operator_is_limited_to_areas_that_exist(house: House) -> None:
    north, south = await house.area("North"), await house.area("South")
    new = NewUser(
        username="budi", password=PASSWORD, role="operator", area_ids=frozenset({north, south})
    )
    budi = await house.users.add(new, by=AT_THE_CONSOLE)
    principal = await house.sign_in("budi")

    assert budi.area_ids == principal.area_ids == frozenset({north, south})
    with pytest.raises(Invalid) as refused:
        await _set_areas(house, budi.id, frozenset({north, 999_999}))
    assert refused.value.field == "area_ids"
    assert (await house.users.one(budi.id)).area_ids == frozenset({north, south})


async def test_areas_of_an_operator_can_be_changed_emptied_and_lifted(house: House) -> None:
    north, south = await house.area("North"), await house.area("South")
    budi = await house.add("budi", "operator")
    seen = []

    for area_ids in (frozenset({north}), frozenset({south}), frozenset[int](), None):
        await _set_areas(house, budi.id, area_ids)
        seen.append((await house.users.one(budi.id)).area_ids)

    assert seen == [{north}, {south}, frozenset(), None]


async def test_operator_of_an_area_that_is_deleted_may_change_none_instead_of_all(
    house: House,
) -> None:
    north = await house.area("North")
    budi = await house.add("budi", "operator")
    await _set_areas(house, budi.id, frozenset({north}))

    async with house.database.write() as work:
        await work.session.delete(await work.session.get_one(AreaRow, north))

    assert (await house.users.one(budi.id)).area_ids == frozenset()
    assert (await house.sign_in("budi")).area_ids == frozenset()


async def test_only_operators_have_areas(house: House) -> None:
    north = await house.area("North")
    admin, budi = await house.add("admin", "admin"), await house.add("budi", "operator")
    await _set_areas(house, budi.id, frozenset({north}))

    with pytest.raises(Invalid):
        await _set_areas(house, admin.id, frozenset({north}))
    await house.users.change(budi.id, UserChange(role="admin"), by=AT_THE_CONSOLE)

    assert (await house.users.one(budi.id)).area_ids is None


async def test_defect_20_last_admin_is_neither_demoted_nor_disabled_nor_deleted(
    house: House,
) -> None:
    admin = await house.add("admin", "admin")
    await house.add("viewer")

    for attempt in (
        house.users.change(admin.id, UserChange(role="viewer"), by=AT_THE_CONSOLE),
        house.users.change(admin.id, UserChange(is_disabled=True), by=AT_THE_CONSOLE),
        house.users.remove(admin.id, by=AT_THE_CONSOLE),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.code == "users.last_admin"
    assert await house.users.one(admin.id) == admin


async def test_defect_20_viewer_is_deleted_while_there_is_one_admin(house: House) -> None:
    await house.add("admin", "admin")
    viewer = await house.add("viewer")

    await house.users.remove(viewer.id, by=await house.asker("admin"))

    assert [user.username for user in await house.users.all()] == ["admin"]


async def test_admin_who_is_disabled_does_not_count_as_left(house: House) -> None:
    first, second = await house.add("first", "admin"), await house.add("second", "admin")
    await house.users.change(second.id, UserChange(is_disabled=True), by=AT_THE_CONSOLE)

    with pytest.raises(Invalid):
        await house.users.remove(first.id, by=AT_THE_CONSOLE)
    await house.users.remove(second.id, by=AT_THE_CONSOLE)


async def test_nobody_deletes_or_disables_themselves(house: House) -> None:
    await house.add("first", "admin")
    second = await house.add("second", "admin")
    by = await house.asker("second")

    for attempt in (
        house.users.remove(second.id, by=by),
        house.users.change(second.id, UserChange(is_disabled=True), by=by),
    ):
        with pytest.raises(Invalid) as refused:
            await attempt
        assert refused.value.code == "users.self"


@pytest.mark.parametrize(
    "change",
    [UserChange(role="operator"), UserChange(username="tono"), UserChange(is_disabled=True)],
)
async def test_defect_84_sessions_end_with_the_name_the_role_and_the_permission_to_sign_in(
    house: House, change: UserChange
) -> None:
    budi = await house.add("budi")
    tokens = await house.tokens("budi")

    await house.users.change(budi.id, change, by=AT_THE_CONSOLE)

    assert not (await house.principal(tokens)).is_known


async def test_defect_84_sessions_end_with_the_account(house: House) -> None:
    budi = await house.add("budi")
    tokens = await house.tokens("budi")

    await house.users.remove(budi.id, by=AT_THE_CONSOLE)

    assert not (await house.principal(tokens)).is_known


async def test_session_stays_when_the_areas_change_and_knows_them_at_once(house: House) -> None:
    north = await house.area("North")
    budi = await house.add("budi", "operator")
    tokens = await house.tokens("budi")

    await _set_areas(house, budi.id, frozenset({north}))

    assert (await house.principal(tokens)).area_ids == frozenset({north})


async def test_whoever_renames_themselves_stays_signed_in_here_only(house: House) -> None:
    budi = await house.add("budi")
    elsewhere, here = await house.tokens("budi"), await house.tokens("budi")
    by = asker(await house.principal(here), CLIENT)

    await house.users.change(budi.id, UserChange(username="tono"), by=by)

    assert (await house.principal(here)).username == "tono"
    assert not (await house.principal(elsewhere)).is_known


async def test_admin_who_demotes_themselves_signs_in_again(house: House) -> None:
    await house.add("first", "admin")
    second = await house.add("second", "admin")
    tokens = await house.tokens("second")
    by = asker(await house.principal(tokens), CLIENT)

    await house.users.change(second.id, UserChange(role="viewer"), by=by)

    assert not (await house.principal(tokens)).is_known


async def test_whoever_is_enabled_again_may_sign_in(house: House) -> None:
    budi = await house.add("budi")
    for is_disabled in (True, False):
        change = UserChange(is_disabled=is_disabled)
        await house.users.change(budi.id, change, by=AT_THE_CONSOLE)

    assert (await house.sign_in("budi")).is_known


async def test_list_is_filtered_and_paged(house: House) -> None:
    for name in ("admin", "budi_satu", "budi-dua", "siti"):
        await house.add(name, "admin" if name == "admin" else "viewer")

    searched = await house.users.all(UserFilter(search="BUDI"))
    wild = await house.users.all(UserFilter(search="budi_"))
    first = await house.users.page(UserFilter(role="viewer"), limit=2)
    second = await house.users.page(
        UserFilter(role="viewer"), limit=2, cursor=first.next_cursor or ""
    )

    assert [user.username for user in searched] == ["budi_satu", "budi-dua"]
    assert [user.username for user in wild] == ["budi_satu"]
    assert [user.username for user in first.rows + second.rows] == ["budi_satu", "budi-dua", "siti"]
    assert second.next_cursor is None


async def test_record_tells_before_and_after_without_any_hash(house: House) -> None:
    await house.add("admin", "admin")
    budi = await house.add("budi")
    by = await house.asker("admin")
    await house.users.change(budi.id, UserChange(username="tono", role="operator"), by=by)
    await house.users.remove(budi.id, by=by)

    entries = await rows(house.database)

    assert [entry["name"] for entry in entries] == [
        "CREATE_USER",
        "CREATE_USER",
        "LOGIN",
        "UPDATE_USER",
        "DELETE_USER",
    ]
    changed = entries[3]
    assert changed["username"] == "admin"
    assert changed["target"] == f"user {budi.id} (budi)"
    assert '"tono"' in changed["details"]
    assert '"viewer"' in changed["details"]
    assert "argon2" not in repr(entries)
    assert PASSWORD not in repr(entries)


async def test_change_of_nothing_is_not_recorded_and_ends_no_session(house: House) -> None:
    budi = await house.add("budi")
    tokens = await house.tokens("budi")

    await house.users.change(budi.id, UserChange(username="budi"), by=AT_THE_CONSOLE)

    assert (await house.principal(tokens)).is_known
    assert "UPDATE_USER" not in [entry["name"] for entry in await rows(house.database)]


async def _rename(house: House, user_id: int, name: str) -> None:
    await house.users.change(user_id, UserChange(username=name), by=AT_THE_CONSOLE)


async def _set_areas(house: House, user_id: int, area_ids: frozenset[int] | None) -> None:
    await house.users.change(user_id, UserChange(area_ids=area_ids), by=AT_THE_CONSOLE)
