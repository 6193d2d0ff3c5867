"""What may be replayed: every visitor by every mode by every state, and what is never so."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.cameras.access import CacheClass
from pantau.core.ids import AreaId
from pantau.recordings.models import FOREVER, PlaybackMode, Reach, Span
from pantau.recordings.rights.reach import (
    EVERYTHING,
    NOTHING,
    policy_of,
    reach_of,
    window_minutes,
)
from pantau.recordings.rights.values import (
    Dark,
    PlaybackRule,
    PlaybackToken,
    Shadow,
    TokenScope,
)
from tests.recordings.rights.asking import (
    DECISIONS,
    HOUR_MS,
    MINUTE_MS,
    NOW,
    NOW_MS,
    PREVIEW,
    asking,
    dark,
    minutes,
    policy,
    shown,
    token,
)

STATES = (*DECISIONS, "disabled", "maintenance")
MODES = (
    PlaybackMode.PREVIEW,
    PlaybackMode.TOKEN,
    PlaybackMode.OPERATORS,
    PlaybackMode.NOBODY,
)
OPEN_NOW = {"public", "delayed", "maintenance"}
"""States in which everybody sees the camera live."""


def far(reach: Reach) -> float | None:
    """Return how many minutes back a reach goes; None: nothing."""
    return (NOW_MS - reach.spans[0].from_ms) / MINUTE_MS if reach.spans else None


def open_shadow(state: str) -> list[Shadow]:
    """Return what the worker noted of a state that holds since ten minutes."""
    if state in {"cut off", "still", "hidden by schedule", "disabled"}:
        return [dark(10, None)]
    if state in {"partner", "private"}:
        return [dark(10, None, Dark.PUBLIC if state == "partner" else Dark.PARTNERS)]
    return []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", STATES)
def test_the_public_replays_a_preview_of_what_it_sees_live(state: str, mode: PlaybackMode) -> None:
    reach = reach_of(shown(state), policy(mode), asking(), open_shadow(state))
    is_seen = state in OPEN_NOW and mode is PlaybackMode.PREVIEW
    assert far(reach) == (60 if is_seen else None)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", STATES)
def test_who_signed_in_replays_as_the_public_does_and_of_partner_cameras_too(
    state: str, mode: PlaybackMode
) -> None:
    reach = reach_of(shown(state), policy(mode), asking("partner"), open_shadow(state))
    is_seen = state in OPEN_NOW | {"partner"} and mode is PlaybackMode.PREVIEW
    assert far(reach) == (60 if is_seen else None)


@pytest.mark.parametrize("mode", [*MODES, PlaybackMode.INHERIT])
@pytest.mark.parametrize("state", STATES)
def test_operators_replay_everything(state: str, mode: PlaybackMode) -> None:
    assert reach_of(shown(state), policy(mode), asking("operator"), [dark(90, None)]) == EVERYTHING


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scope", [*TokenScope, None])
def test_tokens_by_scope_state_and_mode(
    scope: TokenScope | None, state: str, mode: PlaybackMode
) -> None:
    reach = reach_of(shown(state), policy(mode), asking(held=token(scope)), open_shadow(state))
    # As the rules are written down in docs/design/replay-rights.md.
    named = scope is TokenScope.SELECTED
    is_open = {
        PlaybackMode.PREVIEW: scope is not None,
        PlaybackMode.TOKEN: scope is not None,
        PlaybackMode.OPERATORS: named,
        PlaybackMode.NOBODY: False,
    }[mode] and {"private": named, "cut off": False, "disabled": False}.get(state, True)
    by_rule = 60 if state in OPEN_NOW and mode is PlaybackMode.PREVIEW else None
    assert far(reach) == (24 * 60 if is_open else by_rule)


def test_what_a_private_camera_recorded_is_for_tokens_that_name_it_even_where_it_was_dark() -> None:
    night = [dark(600, None, Dark.PARTNERS)]
    named = reach_of(shown("private"), PREVIEW, asking(held=token(TokenScope.SELECTED)), night)
    assert minutes(named.spans) == [(24 * 60, 0)]


def test_a_camera_that_was_private_stays_dark_for_whoever_was_not_named() -> None:
    was_private = [dark(50, 20, Dark.PARTNERS)]
    for asker in (asking(), asking("partner"), asking(held=token())):
        reach = reach_of(shown(), PREVIEW, asker, was_private)
        assert (20, 0) in minutes(reach.spans)
        assert not reach.touches(was_private[0].span)


def test_what_was_for_partners_is_for_them_and_for_tokens() -> None:
    was_partner = [dark(50, 20, Dark.PUBLIC)]
    assert minutes(reach_of(shown(), PREVIEW, asking(), was_partner).spans) == [(60, 50), (20, 0)]
    assert minutes(reach_of(shown(), PREVIEW, asking("partner"), was_partner).spans) == [(60, 0)]
    held = asking(held=token())
    assert minutes(reach_of(shown(), PREVIEW, held, was_partner).spans) == [(24 * 60, 0)]


def test_what_was_cut_off_is_cut_out_for_everybody_but_operators() -> None:
    was_off = [dark(30, 10)]
    for visitor, held in (
        ("public", None),
        ("partner", None),
        ("public", token(TokenScope.SELECTED)),
        ("public", token(TokenScope.AREA)),
    ):
        reach = reach_of(shown(), PREVIEW, asking(visitor, held), was_off)
        assert reach.spans
        assert not reach.touches(was_off[0].span)
    assert reach_of(shown(), PREVIEW, asking("operator"), was_off).touches(was_off[0].span)


def test_a_delayed_camera_ends_as_late_as_it_is_shown() -> None:
    for asker in (asking(), asking(held=token())):
        spans = reach_of(shown("delayed"), PREVIEW, asker, []).spans
        assert spans[-1].to_ms == NOW_MS - 120_000


def test_where_it_is_dark_and_nobody_noted_since_when_a_token_opens_nothing() -> None:
    held = asking(held=token(TokenScope.SELECTED))
    assert reach_of(shown("hidden by schedule"), PREVIEW, held, []) == NOTHING
    assert reach_of(shown("still"), PREVIEW, held, [dark(90, 80)]) == NOTHING
    by_worker = [dark(30, None)]
    reach = reach_of(shown("hidden by schedule"), PREVIEW, held, by_worker)
    assert minutes(reach.spans) == [(24 * 60, 30)]


@pytest.mark.parametrize(
    "over",
    [
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(seconds=1)},
        {"revoked_at": NOW - timedelta(seconds=1)},
        {"revoked_at": NOW + timedelta(hours=1)},
        {"scope": None},
    ],
)
def test_a_token_that_is_over_opens_no_more_than_none(over: dict[str, Any]) -> None:
    for mode in MODES:
        with_token = reach_of(shown(), policy(mode), asking(held=token(**over)), [])
        assert with_token.spans == reach_of(shown(), policy(mode), asking(), []).spans


def test_a_token_of_an_area_opens_what_stands_there_now() -> None:
    held = asking(held=token(TokenScope.AREA))
    only_token = policy(PlaybackMode.TOKEN)
    assert far(reach_of(shown(), only_token, held, [])) == 24 * 60
    elsewhere = replace(shown(), area_id=AreaId(8))
    assert reach_of(elsewhere, only_token, held, []) == NOTHING
    nowhere = replace(shown(), area_id=None)
    assert reach_of(nowhere, only_token, held, []) == NOTHING


def test_a_token_that_names_others_opens_nothing_here() -> None:
    held = asking(held=token(TokenScope.SELECTED, camera_ids=frozenset({2, 3})))
    assert reach_of(shown(), policy(PlaybackMode.TOKEN), held, []) == NOTHING


def test_a_camera_that_was_removed_is_for_operators() -> None:
    assert reach_of(None, PREVIEW, asking(held=token()), []) == NOTHING
    assert reach_of(None, PREVIEW, asking("operator"), []) == EVERYTHING


def test_token_and_preview_add_up() -> None:
    long_preview = policy(PlaybackMode.PREVIEW, 48 * 60)
    reach = reach_of(shown(), long_preview, asking(held=token(window_hours=1)), [])
    assert minutes(reach.spans) == [(48 * 60, 0)]


def test_only_what_everybody_sees_alike_may_be_kept_by_others() -> None:
    assert reach_of(shown(), PREVIEW, asking(), []).cache is CacheClass.SHARED
    for asker in (asking("partner"), asking("operator"), asking(held=token())):
        assert reach_of(shown(), PREVIEW, asker, []).cache is CacheClass.PRIVATE
    partner = shown("partner")
    assert reach_of(partner, PREVIEW, asking("partner"), []).cache is CacheClass.PRIVATE


def test_a_file_across_the_far_end_may_be_whole_as_far_as_nothing_was_dark() -> None:
    assert reach_of(shown(), PREVIEW, asking(), []).lead_from_ms == 0
    lead = reach_of(shown(), PREVIEW, asking(), [dark(70, 65)]).lead_from_ms
    assert lead == NOW_MS - 65 * MINUTE_MS
    across = reach_of(shown(), PREVIEW, asking(), [dark(70, 55)])
    assert across.lead_from_ms == across.spans[0].from_ms == NOW_MS - 55 * MINUTE_MS
    # What is dark for the public alone does not hold a token back.
    held = asking(held=token())
    assert reach_of(shown(), PREVIEW, held, [dark(1500, 1450, Dark.PUBLIC)]).lead_from_ms == 0


def test_what_is_not_decided_is_inherited_and_what_stays_open_denies() -> None:
    hub = policy(PlaybackMode.TOKEN, 30)
    assert policy_of(PlaybackRule(), hub) == hub
    assert policy_of(PlaybackRule(mode=PlaybackMode.PREVIEW), hub) == policy(
        PlaybackMode.PREVIEW, 30
    )
    assert policy_of(PlaybackRule(preview_minutes=5), hub).preview_minutes == 5
    undecided = policy(PlaybackMode.INHERIT)
    assert reach_of(shown(), undecided, asking(held=token()), []) == NOTHING


def test_how_far_back_somebody_may_look_says_nothing_of_what_there_is() -> None:
    assert window_minutes(shown(), PREVIEW, asking()) == 60
    assert window_minutes(shown(), PREVIEW, asking(held=token())) == 24 * 60
    assert window_minutes(shown("private"), PREVIEW, asking()) == 0


visitors = st.sampled_from(["public", "partner"])
spans = st.tuples(st.integers(-600, 3_000), st.integers(1, 900)).map(
    lambda pair: Span(
        NOW_MS - pair[0] * MINUTE_MS, NOW_MS - pair[0] * MINUTE_MS + pair[1] * MINUTE_MS
    )
)
shadow_lists = st.lists(st.builds(Shadow, spans, st.sampled_from(list(Dark))), max_size=8)
tokens = st.none() | st.builds(
    token,
    st.sampled_from([*TokenScope, None]),
    window_hours=st.integers(1, 48),
)


@settings(max_examples=150)
@given(
    state=st.sampled_from(STATES),
    mode=st.sampled_from(MODES),
    preview=st.integers(1, 3_000),
    visitor=visitors,
    held=tokens,
    shadows=shadow_lists,
)
def test_no_reach_holds_a_shadow_the_future_or_more_than_its_window(
    state: str,
    mode: PlaybackMode,
    preview: int,
    visitor: str,
    held: PlaybackToken | None,
    shadows: list[Shadow],
) -> None:
    camera = shown(state)
    reach = reach_of(camera, policy(mode, preview), asking(visitor, held), shadows)
    assert list(reach.spans) == sorted(reach.spans)
    assert all(one.to_ms < two.from_ms for one, two in pairwise(reach.spans))
    for shadow in shadows:
        if shadow.dark is Dark.ALL:
            assert not reach.touches(shadow.span)
    if not reach.spans:
        return
    assert reach.spans[-1].to_ms <= NOW_MS - camera.decision.delay_s * 1000
    window_ms = max(preview * MINUTE_MS, held.window_hours * HOUR_MS if held else 0)
    assert reach.spans[0].from_ms >= NOW_MS - window_ms
    assert mode is not PlaybackMode.NOBODY
    assert not reach.is_operator
    assert reach.lead_from_ms is not None
    lead = Span(reach.lead_from_ms, reach.spans[0].from_ms)
    assert not any(shadow.dark is Dark.ALL and shadow.span.overlap(lead) for shadow in shadows)
    assert FOREVER not in reach.spans
