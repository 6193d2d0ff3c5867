"""How addresses of the fast lane are described beside those of the framework."""

from typing import Any

import pytest
from pydantic import BaseModel

from pantau.web.described import completed
from pantau.web.hot_paths import HotPath, add_to


class Gate(BaseModel):
    name: str


class Opened(BaseModel):
    success: bool


def described(*paths: HotPath, **schemas: Any) -> dict[str, Any]:
    return completed(add_to({"components": {"schemas": schemas}}, paths))


def test_a_write_is_described_like_an_endpoint() -> None:
    path = HotPath("/api/gate/open", "Open", "gates", Opened, body=Gate, refusals=(404,))
    document = described(path)
    operation = document["paths"]["/api/gate/open"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Gate"}
    assert operation["operationId"] == "open_api_gate_open_post"
    assert operation["x-pantau-access"] == "public"
    assert "security" not in operation
    statuses = ["200", "400", "403", "404", "413", "415", "429"]
    assert list(operation["responses"]) == statuses
    assert "X-RateLimit-Remaining" in operation["responses"]["200"]["headers"]
    assert {"Gate", "Opened"} <= document["components"]["schemas"].keys()


def test_two_models_of_one_name_are_not_described_as_one() -> None:
    path = HotPath("/api/gate", "The gate", "gates", Gate)
    same = described(path)["components"]["schemas"]["Gate"]
    assert described(path, Gate=same)["components"]["schemas"]["Gate"] == same
    with pytest.raises(RuntimeError, match="Gate"):
        described(path, Gate={"type": "string"})
