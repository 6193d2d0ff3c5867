import pytest

from pantau.core.errors import Invalid
from pantau.web.client_address import ClientAddresses, _canonical_of, limit_key
from pantau.web.exchange import Scope


def scope(peer: str | None, **headers: str) -> Scope:
    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {
        "client": (peer, 4711) if peer else None,
        "headers": fields,
        "scheme": "http",
    }


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # a stranger may claim what it likes
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # only the right end is vouched for
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:5060", "198.51.100.1"),
        ("10.0.0.1", '"[2001:db8::7]:443"', "2001:db8::7"),
        ("10.0.0.1", "2001:DB8:0:0::7", "2001:db8::7"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("fd01::1", "198.51.100.1", "fd01::1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_as_far_as_trusted_proxies_vouch_for_it(
    peer: str, forwarded: str, expected: str
) -> None:
    clients = ClientAddresses(["10.0.0.0/8", "fd00::/16"])
    assert clients.of(scope(peer, x_forwarded_for=forwarded)) == expected


def test_repeated_forwarding_headers_are_one_list() -> None:
    asked = scope("10.0.0.1")
    asked["headers"] = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]
    assert ClientAddresses(["10.0.0.1"]).of(asked) == "198.51.100.1"


def test_real_ip_counts_from_a_proxy_that_sends_no_list() -> None:
    clients = ClientAddresses(["10.0.0.1"])
    assert clients.of(scope("10.0.0.1", x_real_ip="198.51.100.1")) == "198.51.100.1"
    assert clients.of(scope("10.0.0.2", x_real_ip="198.51.100.1")) == "10.0.0.2"


CDN = {"cf_connecting_ip": "198.51.100.1"}


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        # The content network speaks to us itself.
        ("10.9.0.1", CDN, "198.51.100.1"),
        ("10.9.0.1", {**CDN, "x_forwarded_for": "198.51.100.1"}, "198.51.100.1"),
        # Through our own proxy, which says that the network spoke to it.
        ("10.0.0.1", {**CDN, "x_forwarded_for": "10.9.0.1"}, "198.51.100.1"),
        ("10.0.0.1", {**CDN, "x_forwarded_for": "198.51.100.1, 10.9.0.1"}, "198.51.100.1"),
        # Somebody found our proxy's own address and claims to be the network.
        ("10.0.0.1", {**CDN, "x_forwarded_for": "203.0.113.66"}, "203.0.113.66"),
        ("10.0.0.1", {**CDN, "x_forwarded_for": "198.51.100.1, 203.0.113.66"}, "203.0.113.66"),
        # Or ours.
        ("203.0.113.66", CDN, "203.0.113.66"),
        ("10.9.0.1", {"cf_connecting_ip": "nonsense"}, "10.9.0.1"),
        ("10.9.0.1", {"cf_connecting_ip": "2001:DB8::7"}, "2001:db8::7"),
        ("10.9.0.1", {"true_client_ip": "198.51.100.1"}, "10.9.0.1"),
    ],
)
def test_the_header_of_a_content_network_counts_where_it_spoke_last(
    peer: str, headers: dict[str, str], expected: str
) -> None:
    clients = ClientAddresses(["10.0.0.0/8"], header="CF-Connecting-IP")
    assert clients.of(scope(peer, **headers)) == expected


def test_headers_of_content_networks_are_not_believed_unless_configured() -> None:
    clients = ClientAddresses(["10.0.0.1"])
    assert clients.of(scope("10.0.0.1", **CDN)) == "10.0.0.1"


def test_a_proxy_that_does_not_tell_who_asks_is_known_as_such() -> None:
    clients = ClientAddresses(["10.0.0.1"])
    assert clients.named(scope("10.0.0.1")) is None
    assert clients.named(scope("10.0.0.1", x_forwarded_for="nonsense")) is None
    before = _canonical_of.cache_info().currsize
    for _ in range(2):
        assert clients.named(scope("10.0.0.1", x_forwarded_for="9" * 30_000)) is None
    assert _canonical_of.cache_info().currsize == before, "nonsense fills the memory"
    assert clients.named(scope("10.0.0.1", x_forwarded_for="198.51.100.1")) == "198.51.100.1"
    assert clients.named(scope("203.0.113.9")) == "203.0.113.9"
    assert clients.named(scope(None)) is None
    assert ClientAddresses(["unix"]).named(scope(None)) is None


def test_limits_count_a_line_of_the_new_internet_as_one() -> None:
    assert limit_key("198.51.100.1") == "198.51.100.1"
    assert limit_key("2001:db8:1:2::3") == limit_key("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert limit_key("2001:db8:1:3::3") != limit_key("2001:db8:1:2::3")
    assert limit_key("unknown") == "unknown"


def test_a_proxy_on_a_unix_socket_is_trusted_only_when_said_so() -> None:
    asked = scope(None, x_forwarded_for="198.51.100.1")
    assert ClientAddresses(["unix"]).of(asked) == "198.51.100.1"
    assert ClientAddresses(["10.0.0.1"]).of(asked) == "unknown"


def test_encryption_is_believed_from_trusted_proxies_only() -> None:
    clients = ClientAddresses(["10.0.0.1"])
    assert clients.scheme(scope("10.0.0.1", x_forwarded_proto="https")) == "https"
    assert clients.scheme(scope("10.0.0.1", x_forwarded_proto="https, http")) == "http"
    assert clients.scheme(scope("10.0.0.1", x_forwarded_proto="gopher")) == "http"
    assert clients.scheme(scope("10.0.0.9", x_forwarded_proto="https")) == "http"


def test_a_setting_that_is_no_network_names_itself() -> None:
    with pytest.raises(Invalid, match=r"cloudflare"):
        ClientAddresses(["cloudflare"])


def test_many_strangers_do_not_fill_the_memory() -> None:
    clients = ClientAddresses(["10.0.0.1"])
    for number in range(10_000):
        clients.of(scope(f"198.51.{number // 256}.{number % 256}"))
    assert len(clients._verdicts) <= 4096
