"""Playback tokens: who may make which, what is kept of them, and what others of them see."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from pantau.audit.models import AuditEntryRow
from pantau.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from pantau.db.database import Database
from pantau.recordings.models import PlaybackMode
from pantau.recordings.rights.token_texts import TokenTexts, checked_code
from pantau.recordings.rights.tokens import TokenDraft
from pantau.recordings.rights.values import TokenScope
from pantau.web.principal import Principal
from tests.recordings.rights.asking import NOW
from tests.recordings.rights.house import ADMIN, OPERATOR, Rights, by, decide_mode, rights

pytestmark = pytest.mark.anyio
SELECTED: dict[str, Any] = {"scope": TokenScope.SELECTED, "camera_ids": frozenset({1, 2})}


@pytest.fixture
async def held(database: Database) -> AsyncIterator[Rights]:
    async with rights(database) as one:
        yield one


@pytest.fixture
async def light(sqlite_database: Database) -> AsyncIterator[Rights]:
    """The same where the database makes no difference."""
    async with rights(sqlite_database) as one:
        yield one


async def test_a_token_is_shown_once_and_kept_as_a_hash(held: Rights) -> None:
    token, secret = await held.make(note="the mayor asked")
    assert len(secret) >= 22
    assert secret.isalnum()
    assert token.prefix == secret[:6]
    async with held.database.read() as work:
        row = (await work.session.execute(text("SELECT * FROM playback_tokens"))).mappings().one()
        trail = (await work.session.scalars(select(AuditEntryRow))).all()
    assert secret not in str(dict(row))
    assert [entry.name for entry in trail] == ["CREATE_PLAYBACK_TOKEN"]
    assert secret not in str([vars(entry) for entry in trail])
    (listed,) = await held.tokens.all(ADMIN)
    assert listed.token == token
    assert (await held.make())[1] != secret


IMPOSSIBLE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"label": " "}, "label"),
    ({"window_hours": 0}, "window_hours"),
    ({"window_hours": 8_761}, "window_hours"),
    ({"max_devices": -1}, "max_devices"),
    ({"max_devices": 1_001}, "max_devices"),
    ({"expires_at": NOW}, "expires_at"),
    ({"expires_at": NOW + timedelta(days=3_651)}, "expires_at"),
    ({"camera_ids": frozenset({1})}, "camera_ids"),
    ({"area_ids": frozenset({7})}, "area_ids"),
    ({"scope": TokenScope.SELECTED}, "camera_ids"),
    ({"scope": TokenScope.SELECTED, "camera_ids": frozenset({1, 99})}, "camera_ids"),
    ({**SELECTED, "area_ids": frozenset({7})}, "area_ids"),
    ({"scope": TokenScope.AREA}, "area_ids"),
    ({"scope": TokenScope.AREA, "area_ids": frozenset({9})}, "area_ids"),
    ({"code": "short"}, "code"),
    ({"code": "kodenya!!"}, "code"),
)
SCOPES: tuple[tuple[dict[str, Any], bool], ...] = (
    ({"scope": TokenScope.ALL}, False),
    ({"scope": TokenScope.AREA, "area_ids": frozenset({7})}, True),
    ({"scope": TokenScope.AREA, "area_ids": frozenset({7, 8})}, False),
    ({"scope": TokenScope.SELECTED, "camera_ids": frozenset({1, 2})}, True),
    ({"scope": TokenScope.SELECTED, "camera_ids": frozenset({1, 3})}, False),
    ({"scope": TokenScope.SELECTED, "camera_ids": frozenset({4})}, False),
)


async def test_what_cannot_be_is_refused_with_its_field(light: Rights) -> None:
    for changes, field in IMPOSSIBLE:
        with pytest.raises(Invalid) as refused:
            await light.make(**changes)
        assert refused.value.field == field, changes
    assert await light.tokens.all(ADMIN) == []


async def test_operators_keep_tokens_of_their_areas(light: Rights) -> None:
    for scope, is_allowed in SCOPES:
        token, _ = await light.make(**scope)
        seen = {each.token.id for each in await light.tokens.all(OPERATOR)}
        assert (token.id in seen) == is_allowed, scope
        if is_allowed:
            await light.make(who=OPERATOR, **scope)
            await light.tokens.revoke(token.id, by=by(OPERATOR))
            continue
        with pytest.raises(Forbidden):
            await light.make(who=OPERATOR, **scope)
        draft = TokenDraft(label="x", scope=TokenScope.AREA, area_ids=frozenset({7}))
        for refused in (
            light.tokens.one(token.id, OPERATOR),
            light.tokens.devices(token.id, OPERATOR),
            light.tokens.revoke(token.id, by=by(OPERATOR)),
            light.tokens.change(token.id, draft, by=by(OPERATOR)),
            light.tokens.end_device(token.id, 1, by=by(OPERATOR)),
        ):
            with pytest.raises(NotFound):
                await refused
        assert (await light.tokens.one(token.id, ADMIN)).token == token


async def test_an_operator_cannot_widen_a_token_beyond_their_areas(light: Rights) -> None:
    token, _ = await light.make(who=OPERATOR, scope=TokenScope.AREA, area_ids=frozenset({7}))
    wide = TokenDraft(label="Office", scope=TokenScope.ALL)
    with pytest.raises(Forbidden):
        await light.tokens.change(token.id, wide, by=by(OPERATOR))
    assert (await light.tokens.one(token.id, OPERATOR)).token == token


async def test_programs_with_a_key_keep_all_tokens(light: Rights) -> None:
    key = Principal(kind="api_key", key_id=3, scopes=frozenset({"recordings:write"}))
    token, _ = await light.make(who=key)
    assert [each.token.id for each in await light.tokens.all(key)] == [token.id]


async def test_a_changed_token_says_what_changed(held: Rights) -> None:
    token, _ = await held.make(**SELECTED)
    draft = TokenDraft(
        label="Police", scope=TokenScope.AREA, area_ids=frozenset({8}), window_hours=72,
        expires_at=NOW + timedelta(days=3), max_devices=1, note="case 12",
    )  # fmt: skip
    changed = await held.tokens.change(token.id, draft, by=by())
    again = (await held.tokens.one(token.id, ADMIN)).token
    assert again == changed
    assert (again.label, again.scope, again.camera_ids) == ("Police", TokenScope.AREA, frozenset())
    assert (again.prefix, again.created_at) == (token.prefix, token.created_at)
    assert await held.tokens.change(token.id, draft, by=by()) == changed
    async with held.database.read() as work:
        entries = (
            await work.session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))
        ).all()
    assert [entry.name for entry in entries] == ["CREATE_PLAYBACK_TOKEN", "UPDATE_PLAYBACK_TOKEN"]
    assert entries[1].target == f"playback token {token.id} (Police)"


async def test_an_end_that_has_come_may_stay_while_the_rest_changes(light: Rights) -> None:
    ends_at = NOW + timedelta(hours=1)
    token, _ = await light.make(expires_at=ends_at)
    await light.clock.advance(7_200)
    draft = TokenDraft(label="Renamed", scope=TokenScope.ALL, expires_at=ends_at)
    assert (await light.tokens.change(token.id, draft, by=by())).label == "Renamed"
    early = TokenDraft(label="Renamed", scope=TokenScope.ALL, expires_at=NOW)
    with pytest.raises(Invalid):
        await light.tokens.change(token.id, early, by=by())


async def test_a_revoked_token_stays_revoked(held: Rights) -> None:
    token, _ = await held.make()
    await held.tokens.revoke(token.id, by=by())
    await held.tokens.revoke(token.id, by=by())
    again = (await held.tokens.one(token.id, ADMIN)).token
    assert (again.revoked_at, again.revoked_by) == (NOW, "nenek")
    with pytest.raises(Conflict):
        await held.tokens.change(token.id, TokenDraft(label="x", scope=TokenScope.ALL), by=by())
    for unknown in (held.tokens.revoke(99, by=by()), held.tokens.one(99, ADMIN)):
        with pytest.raises(NotFound):
            await unknown


async def test_a_camera_that_nobody_replays_cannot_be_named(light: Rights) -> None:
    await decide_mode(light.database, 2, PlaybackMode.NOBODY)
    await light.book.refresh()
    with pytest.raises(Invalid) as refused:
        await light.make(**SELECTED)
    assert refused.value.field == "camera_ids"


async def test_a_code_that_somebody_chose_works_however_it_is_typed(light: Rights) -> None:
    for code in ("nasi-goreng-412-kuda", "Kolam Ikan 88 Biru", "x7Kq-92mW-pL4t"):
        token, shown = await light.make(code=code, max_devices=0)
        assert shown == code
        assert token.prefix == code[:2]
        ways = (code.upper(), code.replace("-", " "), f"  {code}  ", code.replace(" ", ""))
        for typed in (code, *ways):
            assert (await light.let_in(typed)).token.id == token.id
        with pytest.raises(Conflict):
            await light.make(code=code.lower())


@pytest.mark.parametrize(
    "code",
    ["password", "12345678", "aaaaaaaaaa", "qwertyuiop", "abcdefgh", "20252026", "admin123"],
)
def test_codes_that_others_guess_are_refused(code: str) -> None:
    with pytest.raises(Problem):
        checked_code(code)


def test_hashes_need_the_key_of_the_installation() -> None:
    one, other = TokenTexts(b"1" * 32), TokenTexts(b"2" * 32)
    assert one.hash_of("abc") != other.hash_of("abc")
    assert one.hash_of("abcdefgh1") != one.hash_of_code("abcdefgh1")
    for junk in ("", " ", "a" * 65, "töken", "a\x00b", "../etc"):
        assert one.hashes_of(junk) == ()
