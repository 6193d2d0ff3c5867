"""The API against its own description: whatever is sent, an answer that is described."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeAlias, get_args

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, CheckContext, GenerationMode, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi import checks
from sqlalchemy import URL

from pantau.app.description import describe
from tests.safety.fuzzed_house import FuzzedHouse, Kind, Visitor, fuzzed_house
from tests.support.database import KINDS, fresh_postgresql

AnyCase: TypeAlias = Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

KINDS_OF_VISITORS: Final = get_args(Kind)
SHORT: Final = [("sqlite", kind) for kind in KINDS_OF_VISITORS]
WHATEVER: Final = tuple(GenerationMode)
ASKED_IN_SHORT: Final[Mapping[Kind, Collection[GenerationMode]]] = {
    "anonymous": WHATEVER,
    "admin": WHATEVER,
    # Past the door the same code takes their input as takes an admin's.
    "viewer": (GenerationMode.POSITIVE,),
    "key": (GenerationMode.POSITIVE,),
}
MANY: Final = 100
FEW: Final = 1
"""Examples where the visitor gets no further than the door."""
MAY_BE_AWAY: Final = {"/health", "/api/health", "/health/ready", "/hls/{stream_key}/index.m3u8"}
NEEDS_WORKER: Final = {
    "/api/admin/mediamtx/sync",
    "/api/admin/debug/mediamtx-paths",
    "/api/admin/debug/mediamtx-readers",
}
SEARCHES: Final = "/api/admin/camera-imports/discover"
"""What begins like this listens to the network for seconds."""
NEVER_DONE: Final = {
    # Answers only while the doctor has laid a file; see tests/operations/doctor.
    "GET /health/heard",
    # Imports begin with a file that nobody generates; see tests/cameras/importing/test_over_http.
    "POST /api/admin/camera-imports",
    "POST /api/admin/camera-imports/discovered",
    "GET /api/admin/camera-imports/{import_id}",
    "DELETE /api/admin/camera-imports/{import_id}",
    "GET /api/admin/camera-imports/{import_id}/rows",
    "PUT /api/admin/camera-imports/{import_id}/options",
    "POST /api/admin/camera-imports/{import_id}/verify",
    "POST /api/admin/camera-imports/{import_id}/apply",
    "POST /api/admin/camera-imports/{import_id}/undo",
    # What needs a sweep (tests/health).
    "POST /api/health/alarms/{alarm_id}/acknowledge",
    "POST /api/health/cameras/{camera_id}/check",
    # What needs a code of an authenticator, and what needs a media server.
    "POST /api/admin/mediamtx/sync",
    # What sends messages, or needs one that was sent: see tests/notifications.
    "POST /api/admin/alerts/drill",
    "POST /api/admin/alerts/outbox/{message_id}/retry",
    "POST /api/admin/alerts/targets",
    "PATCH /api/admin/alerts/targets/{target_id}",
    "DELETE /api/admin/alerts/targets/{target_id}",
    "POST /api/admin/telegram/test",
    # Every field with its own rules at once: see tests/sponsors and tests/feedback.
    "PATCH /api/feedback/{feedback_id}/status",
    "PUT /api/sponsors/{sponsor_id}",
    "POST /api/auth/second-factor",
    "POST /api/auth/second-factor/confirm",
    "POST /api/auth/second-factor/disable",
    "POST /api/auth/second-factor/recovery-codes",
    "GET /api/thumbnails/{id}.jpg",
    "GET /api/thumbnails/{id}.webp",
    *(f"GET {path}" for path in (*MAY_BE_AWAY, *NEEDS_WORKER) if not path.endswith("/sync")),
}
NOTHING_RECORDED: Final = ("/api/recordings/", "/api/clips/", "/api/playback/")
"""What begins like this needs footage, clips and tokens, which this house has none of; see
tests/recordings."""
REFUSED: Final = [400, 401, 403, 404, 409, 413, 414, 415, 429, 503]
BUGS: Final = (FailureGroup, AssertionError, requests.RequestException)


def fails_as_described(_: CheckContext, response: Response, case: AnyCase) -> None:
    """No media server runs beside the tests; nothing else has an excuse."""
    excused = {503} if case.operation.path in MAY_BE_AWAY | NEEDS_WORKER else set()
    assert response.status_code < 500 or response.status_code in excused, response.text


def refuses_what_is_wrong(context: CheckContext, response: Response, case: AnyCase) -> None:
    """Everywhere but where footage is asked for: a number or a moment in an address is text, and
    what the generator calls a text for a number is mostly the same letters (tests/recordings).
    """
    if not case.operation.path.startswith(NOTHING_RECORDED):
        checks.negative_data_rejection(context, response, case)


CHECKS: Final = [
    fails_as_described,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    refuses_what_is_wrong,
    checks.ignored_auth,
]


@pytest.fixture(scope="module", params=KINDS)
def fuzzed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FuzzedHouse]:
    folder = tmp_path_factory.mktemp("described") / "data"
    if request.param == "sqlite":
        with fuzzed_house(folder) as house:
            yield house
        return
    template: URL = request.getfixturevalue("postgresql_template")
    for place in fresh_postgresql(template):
        with fuzzed_house(folder, place) as house:
            yield house


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe()


def test_a_running_hub_serves_the_same_description(
    fuzzed: FuzzedHouse, document: dict[str, Any]
) -> None:
    assert fuzzed.do(fuzzed.house.ask("GET", "/api/openapi.json")).json == document


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("fuzzed", "kind"), SHORT, indirect=["fuzzed"])
def test_every_answer_is_described(
    fuzzed: FuzzedHouse, document: dict[str, Any], kind: Kind
) -> None:
    # Others than admins get in where admins do; whether they do is seen with an example or two.
    examination = Examination(Visitor(kind, fuzzed), examples=6 if kind == "admin" else 1)
    examination.of(operations_of(document, kind), ASKED_IN_SHORT[kind])
    assert examination.found == []
    if kind == "admin":
        # Whoever is refused everywhere proves nothing.
        done = {label for label, statuses in examination.told.items() if statuses & {200, 201}}
        never = {
            label
            for label in set(examination.told) - done
            if not label.partition(" ")[2].startswith(NOTHING_RECORDED)
        }
        assert (never - NEVER_DONE, NEVER_DONE - never) == (set(), set())


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS_OF_VISITORS)
def test_every_answer_is_described_whatever_is_sent(
    fuzzed: FuzzedHouse, document: dict[str, Any], kind: Kind
) -> None:
    examination = Examination(Visitor(kind, fuzzed), examples=MANY)
    examination.of(operations_of(document, kind))
    assert examination.found == []


def operations_of(document: dict[str, Any], kind: Kind) -> list[Operation]:
    config = SchemathesisConfig.from_dict(
        {
            # Beside a credential that is good, generated ones would be all that counts.
            "generation": {"with-security-parameters": kind == "anonymous"},
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
        }
    )
    found = from_dict(document, config=config).get_all_operations()
    return [operation.ok() for operation in found if isinstance(operation, Ok)]


@dataclass
class Examination:
    """What a visitor was told, and what of it was not as described."""

    visitor: Visitor
    examples: int
    told: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    found: list[str] = field(default_factory=list)

    def of(self, operations: list[Operation], modes: Collection[GenerationMode] = WHATEVER) -> None:
        for operation in operations:
            for mode in modes:
                try:
                    self._try(operation, mode)
                except BUGS as error:
                    reasons = getattr(error, "exceptions", (error,))
                    self.found += [f"{operation.label}: {reason}" for reason in reasons]
                except Unsatisfiable:
                    # Without inputs there are no wrong ones.
                    assert mode.is_negative, operation.label

    def _try(self, operation: Operation, mode: GenerationMode) -> None:
        examples = self.examples if self._gets_in(operation) else FEW
        if operation.path.startswith((SEARCHES, *NOTHING_RECORDED)):
            examples = min(examples, FEW)

        number = count()
        if operation.path.startswith("/api/auth/"):
            # The one before may have ended the session, and some are asked only once.
            self.visitor.was_refused()

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: AnyCase) -> None:
            # By turns: left to the dice, none of a few may name what is there.
            if next(number) % 2 == 0:
                self._make_apt(case, mode)
            self._ask(case)

        ask()

    def _ask(self, case: AnyCase) -> None:
        fuzzed = self.visitor.fuzzed
        fuzzed.pass_time()
        headers = self.visitor.headers()
        response = case.call(base_url=fuzzed.address, headers=headers)
        self.told[case.operation.label].add(response.status_code)
        if response.status_code == 401 or (response.status_code == 403 and self._is_admin):
            self.visitor.was_refused()
        elif response.status_code < 300 and case.method != "GET":
            fuzzed.was_changed()
        case.validate_response(response, checks=CHECKS, headers=headers)

    @property
    def _is_admin(self) -> bool:
        return self.visitor.kind == "admin"

    def _make_apt(self, case: AnyCase, mode: GenerationMode) -> None:
        """Name what is there: nobody guesses passwords and numbers of rows."""
        there_is = self.visitor.fuzzed.there_is()
        path = case.operation.path
        if path.startswith("/api/auth/"):
            there_is = {**there_is, "session_id": self.visitor.session_id}
        brand = {"key": "hero_title"} if path.startswith("/api/branding/") else {}
        _fill_in(case.path_parameters, {**there_is, **brand})
        if mode.is_positive and path in there_is:
            case.body = there_is[path]
        elif mode.is_positive and isinstance(case.body, dict):
            if path in {"/api/users", "/api/users/profile"}:
                there_is = {**there_is, "username": ""}
            _fill_in(case.body, there_is)

    def _gets_in(self, operation: Operation) -> bool:
        ways = operation.definition.raw.get("security", [])
        match self.visitor.kind:
            case "anonymous":
                return not ways
            case "key":
                return not ways or any("apiKey" in way for way in ways)
            case "viewer":
                return not any(way.get("bearer") for way in ways)
        return True


def _fill_in(inputs: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    for name in inputs:
        inputs[name] = values.get(name) or inputs[name]
