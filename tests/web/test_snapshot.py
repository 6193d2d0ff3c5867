import gzip

import brotli
import pytest

from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import HotRequest
from pantau.web.snapshot import Encoded

BODY = b'{"success":true,"data":[' + b'"camera",' * 200 + b"0]}"


def ask(**headers: str) -> HotRequest:
    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": fields}
    return HotRequest(scope, request_id=b"1", look_up_client=ClientAddresses().of)


def test_each_encoding_holds_the_same_value_under_its_own_tag() -> None:
    value = Encoded(BODY)
    plain = value.reply(ask())
    packed = value.reply(ask(accept_encoding="gzip"))
    smallest = value.reply(ask(accept_encoding="gzip, br"))
    assert plain.body == gzip.decompress(packed.body) == brotli.decompress(smallest.body) == BODY
    tags = [dict(reply.headers)[b"etag"] for reply in (plain, packed, smallest)]
    assert len(set(tags)) == 3
    assert all(dict(r.headers)[b"vary"] == b"Accept-Encoding" for r in (plain, packed, smallest))


def test_the_same_value_has_the_same_tags_in_every_process() -> None:
    assert Encoded(BODY).etag == Encoded(bytes(BODY)).etag
    assert Encoded(BODY).etag != Encoded(BODY + b" ").etag


def test_readers_share_one_answer() -> None:
    value = Encoded(BODY)
    assert value.reply(ask()) is value.reply(ask())
    assert value.reply(ask(accept_encoding="br")) is value.reply(ask(accept_encoding="br, gzip"))


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
def test_who_holds_the_value_gets_no_body(accepted: str) -> None:
    value = Encoded(BODY)
    tag = dict(value.reply(ask(accept_encoding=accepted)).headers)[b"etag"].decode()
    again = value.reply(ask(accept_encoding=accepted, if_none_match=f'"x", W/{tag}'))
    assert (again.status, again.body) == (304, b"")
    assert dict(again.headers)[b"etag"].decode() == tag
    assert b"content-length" not in dict(again.headers)


def test_a_tag_of_another_encoding_is_another_version() -> None:
    value = Encoded(BODY)
    assert value.reply(ask(accept_encoding="gzip", if_none_match=value.etag.decode())).status == 200


def test_nothing_acceptable_is_said_and_not_guessed() -> None:
    assert Encoded(BODY).reply(ask(accept_encoding="identity;q=0")).status == 406
    assert Encoded(BODY).reply(ask(accept_encoding="gzip;q=0")).body == BODY


def test_small_values_are_not_compressed() -> None:
    assert Encoded(b"{}").reply(ask(accept_encoding="gzip, br")).body == b"{}"
