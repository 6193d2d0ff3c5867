"""Every endpoint that takes a body: what it says of input that cannot be used."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from pantau.app.description import describe
from pantau.db.place import Place
from tests.safety.fuzzed_house import FORGETFUL, FORGOTTEN_AFTER_S
from tests.safety.house import House, open_house
from tests.support.database import above_sql

pytestmark = pytest.mark.anyio

JSON: Final = "application/json"
DEEP: Final = 20_000
SEARCHES: Final = "/api/admin/camera-imports/discover"
"""What begins like this listens to the network for seconds (tests/cameras/importing)."""
NO_BODIES: Final = {"array": b"[]", "text": b'"x"', "number": b"1", "null": b"null"}
UNREADABLE: Final = {
    "nothing but a brace": b"{",
    "no JSON at all": b"username=siti",
    "two values": b"{} {}",
    "not UTF-8": b'{"username": "\xff\xfe"}',
    "deep": b"[" * DEEP,
    "deep and whole": b'{"username":' * DEEP + b"1" + b"}" * DEEP,
    "a number of 5000 digits": b'{"username": ' + b"9" * 5000 + b"}",
}
ODD: Final = {
    "NUL": b'"a\\u0000b"',
    "half a surrogate": b'"a\\ud800b"',
    "half a surrogate, raw": b'"\xed\xa0\x80"',
    "the other half": b'"\\udfff"',
    "only spaces": b'"   "',
    "long": b'"' + b"x" * 100_000 + b'"',
    "emoji": '"\U0001f4f7"'.encode(),
    "right to left": '"\u202eabc"'.encode(),
    "huge number": b"9" * 400,
    "just above 64 bits": str(2**63).encode(),
    "negative": b"-1",
    "huge fraction": b"1e400",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "true": b"true",
    "null": b"null",
    "array": b"[1, [2]]",
    "array of odd texts": b'["\\u0000", "\\ud800", null, 1]',
    "deep, but not too deep": b"[" * 500 + b"]" * 500,
    "object": b'{"a": {"b": 1}}',
    "empty": b'""',
}

STRANGE_TO_POSTGRESQL: Final = ("NUL", "half a surrogate", "just above 64 bits", "NaN")
"""What it takes differently from SQLite; of all others the models speak, before any SQL."""


@dataclass(frozen=True)
class Taker:
    """An operation with a body."""

    method: str
    path: str
    model: str
    fields: tuple[str, ...]
    objects: frozenset[str]
    """Fields that take an object."""
    required: tuple[str, ...]
    is_optional: bool

    @property
    def url(self) -> str:
        return re.sub(r"\{\w+\}", "999999", self.path.replace("{package}", "gold"))

    def valid(self) -> dict[str, Any]:
        """Return something of the right shape."""
        return dict.fromkeys(self.required, "123456-Kettle")


def takers() -> Iterator[Taker]:
    document = describe()
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "requestBody" not in operation:
                continue
            content = operation["requestBody"]["content"]
            if JSON not in content:
                # A file: what is in it is judged row by row (tests/cameras/importing).
                continue
            schema = content[JSON]["schema"]
            alternatives = schema.get("anyOf", [schema])
            (name,) = (each["$ref"] for each in alternatives if "$ref" in each)
            model = schemas[name.rpartition("/")[2]]
            yield Taker(
                method.upper(),
                path,
                name,
                tuple(model["properties"]),
                frozenset(
                    name
                    for name, field in model["properties"].items()
                    if re.search(r'"\$ref"|"object"', json.dumps(field))
                ),
                tuple(model.get("required", ())),
                not operation["requestBody"].get("required", False),
            )


TAKERS: Final = tuple(takers())


@dataclass
class Asker:
    """An admin with a token, which survives what is asked."""

    house: House
    name: str = "ask-er"
    token: str = ""

    async def send(
        self, taker: Taker, body: bytes | None, content_type: str = JSON
    ) -> tuple[int, Any]:
        if not self.token:
            await self.house.add_user(self.name, "admin")
            self.token = (await self.house.sign_in(self.name)).access_token
        self.house.clock.ahead_s += FORGOTTEN_AFTER_S
        headers = {"authorization": f"Bearer {self.token}"}
        if content_type:
            headers["content-type"] = content_type
        url = f"http://127.0.0.1:{self.house.port}{taker.url}"
        async with self.house.http.request(taker.method, url, data=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def asker(anyio_backend: str, tmp_path: Path, database_place: Place) -> AsyncIterator[Asker]:
    async with open_house(tmp_path / "data", database_place, **FORGETFUL) as house:
        yield Asker(house)


def fields_of(told: Any) -> set[str]:
    assert set(told) >= {"success", "message", "code", "request_id"}, told
    assert told["success"] is False
    return {error["field"] for error in told.get("errors", ()) if error["message"]}


def test_there_are_endpoints_with_bodies() -> None:
    assert {taker.path for taker in TAKERS} >= {
        "/api/auth/login",
        "/api/users",
        "/api/auth/refresh",
    }


@above_sql
async def test_unknown_fields_are_refused_by_name(asker: Asker) -> None:
    for taker in TAKERS:
        body = json.dumps({**taker.valid(), "surprise": 1}).encode()
        status, told = await asker.send(taker, body)
        assert (status, fields_of(told) & {"surprise"}) == (400, {"surprise"}), (taker, told)


@above_sql
async def test_missing_fields_are_asked_for_by_name(asker: Asker) -> None:
    for taker in TAKERS:
        if taker.required:
            status, told = await asker.send(taker, b"{}")
            assert (status, fields_of(told)) == (400, set(taker.required)), (taker, told)


@above_sql
async def test_what_cannot_be_read_is_refused_as_a_body(asker: Asker) -> None:
    for taker in TAKERS:
        for name, body in {**UNREADABLE, **NO_BODIES}.items():
            if name == "null" and taker.is_optional:
                continue
            status, told = await asker.send(taker, body)
            assert (status, fields_of(told)) == (400, {"body"}), (name, taker, told)


@above_sql
async def test_other_kinds_of_bodies_are_not_taken(asker: Asker) -> None:
    for taker in TAKERS:
        for kind in ("text/plain", "application/xml", ""):
            status, told = await asker.send(taker, b"{}", kind)
            assert (status, fields_of(told)) == (415, set()), (kind, taker, told)


@above_sql
async def test_no_body_at_all(asker: Asker) -> None:
    for taker in TAKERS:
        status, told = await asker.send(taker, None, "")
        if taker.is_optional:
            assert status != 400 or "body" not in fields_of(told), (taker, told)
        else:
            assert (status, fields_of(told)) == (400, {"body"}), (taker, told)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("database_place", "names"),
    [
        ("sqlite", tuple(ODD)),
        ("postgresql", STRANGE_TO_POSTGRESQL),
        pytest.param("postgresql", tuple(ODD), marks=pytest.mark.long, id="postgresql-whole"),
    ],
    indirect=["database_place"],
)
async def test_odd_values_break_nothing(asker: Asker, names: tuple[str, ...]) -> None:
    tried: set[tuple[str, str]] = set()
    for taker in [each for each in TAKERS if not each.path.startswith(SEARCHES)]:
        # What several methods take is read by the same model.
        for field in [each for each in taker.fields if (taker.model, each) not in tried]:
            tried.add((taker.model, field))
            for name in names:
                rest = json.dumps({**taker.valid(), field: 0})
                body = rest.encode().replace(
                    f'"{field}": 0'.encode(), f'"{field}": '.encode() + ODD[name]
                )
                status, told = await asker.send(taker, body)
                is_excused = isinstance(told, dict) and told.get("code") == "worker.silent"
                assert status < 500 or is_excused, (taker, field, name, told)


@above_sql
async def test_the_last_of_two_equal_keys_counts_and_nothing_breaks(asker: Asker) -> None:
    for taker in TAKERS:
        for field in set(taker.fields) - taker.objects:
            body = b'{"%s": "x", "%s": {}}' % (field.encode(), field.encode())
            status, told = await asker.send(taker, body)
            assert status == 400, (taker, told)
            assert field in fields_of(told)
