"""Path configurations: what the hub writes, reads back and removes."""

from typing import Any

import pytest

from tests.contract.server import MediaServer

SOURCE = "rtsp://127.0.0.1:9/nobody"
IDLE = {"source": SOURCE, "sourceOnDemand": True}


def refused(answer: Any, status: int, text: str = "") -> None:
    """Check the form of an error: `error`, and since 1.17 `status` beside it."""
    assert answer.status == status, answer.body
    assert answer.json.get("status", "error") == "error"
    assert text in answer.json["error"]


def test_server_tells_its_version_or_is_too_old_to(server: MediaServer) -> None:
    answer = server.call("GET", "info")
    if answer.status != 404:
        assert answer.status == 200
        assert answer.json["version"]
        assert answer.json["started"]


def test_defaults_of_a_path_are_told(server: MediaServer) -> None:
    defaults = server.call("GET", "config/pathdefaults/get").json
    assert defaults["source"] == "publisher"
    assert defaults["sourceOnDemand"] is False
    assert defaults["rtspTransport"] == "automatic"
    assert defaults["sourceOnDemandStartTimeout"] == "10s"


def test_global_configuration_is_told(server: MediaServer) -> None:
    conf = server.call("GET", "config/global/get").json
    assert conf["api"] is True
    assert conf["hls"] is True


def test_added_path_reads_back_with_every_default(server: MediaServer) -> None:
    name = server.new_name()
    server.change("POST", "add", name, {**IDLE, "sourceOnDemandCloseAfter": "90s"})
    conf = server.conf(name)
    assert conf["name"] == name
    assert conf["source"] == SOURCE
    assert conf["sourceOnDemand"] is True
    assert conf["sourceOnDemandStartTimeout"] == "10s"
    assert conf["sourceOnDemandCloseAfter"] == "1m30s"
    assert conf["rtspTransport"] == "automatic"
    assert conf["maxReaders"] == 0
    assert conf["record"] is False


@pytest.mark.parametrize(
    ("given", "echo"), [("10s", "10s"), ("1m30s", "1m30s"), ("500ms", "500ms"), ("1.5s", "1.5s")]
)
def test_durations_are_echoed_as_go_writes_them(server: MediaServer, given: str, echo: str) -> None:
    name = server.new_name()
    server.change("POST", "add", name, {**IDLE, "sourceOnDemandStartTimeout": given})
    assert server.conf(name)["sourceOnDemandStartTimeout"] == echo


def test_path_is_added_once(server: MediaServer) -> None:
    name = server.new_name()
    server.change("POST", "add", name, IDLE)
    refused(server.call("POST", f"config/paths/add/{name}", IDLE), 400, "path already exists")


def test_patch_merges(server: MediaServer) -> None:
    name = server.new_name()
    server.change("POST", "add", name, {**IDLE, "maxReaders": 7})
    server.change("PATCH", "patch", name, {"rtspTransport": "tcp"})
    conf = server.conf(name)
    assert (conf["rtspTransport"], conf["maxReaders"], conf["source"]) == ("tcp", 7, SOURCE)


def test_replace_overwrites_and_also_creates(server: MediaServer) -> None:
    name = server.new_name()
    server.change("POST", "replace", name, {**IDLE, "maxReaders": 7})
    assert server.conf(name)["maxReaders"] == 7
    server.change("POST", "replace", name, IDLE)
    assert server.conf(name)["maxReaders"] == 0


def test_deleted_path_is_gone(server: MediaServer) -> None:
    name = server.new_name()
    server.change("POST", "add", name, IDLE)
    server.change("DELETE", "delete", name)
    refused(server.call("GET", f"config/paths/get/{name}"), 404)
    refused(server.call("GET", f"paths/get/{name}"), 404, "path not found")


@pytest.mark.parametrize(
    ("method", "call", "text"),
    [
        ("GET", "get", "path configuration not found"),
        ("PATCH", "patch", "path not found"),
        ("DELETE", "delete", "path not found"),
    ],
)
def test_path_that_is_not_there_cannot_be_used(
    server: MediaServer, method: str, call: str, text: str
) -> None:
    body: object = {} if method == "PATCH" else None
    refused(server.call(method, f"config/paths/{call}/{server.new_name()}", body), 404, text)


def test_unknown_field_is_refused_by_name(server: MediaServer) -> None:
    answer = server.call("POST", f"config/paths/add/{server.new_name()}", {**IDLE, "test": 1})
    refused(answer, 400, 'unknown field "test"')


@pytest.mark.parametrize(
    "conf",
    [
        {"source": "nonsense"},
        {"source": 5},
        {**IDLE, "sourceOnDemand": "yes"},
        {**IDLE, "maxReaders": "many"},
        {**IDLE, "sourceOnDemandStartTimeout": "soon"},
        {**IDLE, "sourceOnDemandStartTimeout": "10"},
        {**IDLE, "rtspTransport": "pigeon"},
        {"source": "publisher", "sourceOnDemand": True},
        b"{",
        b"[]",
        b"",
    ],
)
def test_configuration_without_sense_is_refused(server: MediaServer, conf: object) -> None:
    name = server.new_name()
    refused(server.call("POST", f"config/paths/add/{name}", conf), 400)
    assert server.call("GET", f"config/paths/get/{name}").status == 404


@pytest.mark.parametrize("name", ["a%20b", "gate%3F", "g%C3%A4te", "gate/"])
def test_name_that_cannot_be_one_is_refused(server: MediaServer, name: str) -> None:
    refused(server.call("POST", f"config/paths/add/{name}", IDLE), 400, "path name")


def test_lists_are_paged_to_the_end_and_configurations_sorted(server: MediaServer) -> None:
    names = [server.new_name(f"p{number:03d}") for number in range(250)]
    for name in reversed(names):
        server.change("POST", "add", name, IDLE)
    configured = [item["name"] for item in server.all_items("config/paths/list", per_page=100)]
    assert configured == sorted(configured)
    assert set(names) <= set(configured)
    running = [item["name"] for item in server.all_items("paths/list", per_page=77)]
    assert set(names) <= set(running)
    first = server.call("GET", "config/paths/list").json
    assert len(first["items"]) == 100
    beyond = server.call("GET", "config/paths/list?page=1000").json
    assert beyond["items"] == []
    assert beyond["itemCount"] == first["itemCount"]


@pytest.mark.parametrize("query", ["page=x", "page=-1", "itemsPerPage=0", "itemsPerPage=1.5"])
@pytest.mark.parametrize("route", ["config/paths/list", "paths/list", "hlsmuxers/list"])
def test_page_that_is_no_number_is_refused(server: MediaServer, route: str, query: str) -> None:
    server.change("POST", "add", server.new_name(), IDLE)
    refused(server.call("GET", f"{route}?{query}"), 400)


def test_unknown_call_is_not_found(server: MediaServer) -> None:
    assert server.call("GET", "nothing/here").status == 404
