"""Where a request comes from: one network for each client, and nobody's word for it but a trusted proxy's."""

from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from camket.web.kit.requests import address_of, client_prefix, comes_from_proxy

PROXIES = ("127.0.0.1", "2001:db8::ffff")


def prefix(peer: str, forwarded: str = "") -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client_prefix(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)).decode()


class TestAnAddress:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7:5678 ", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"),
        ],
    )
    def test_is_known_however_it_is_written(self, text: str, found: str) -> None:
        assert str(address_of(text)) == found

    @pytest.mark.parametrize(
        "text", ["", "unknown", "203.0.113.7:", "203.0.113.7:x", "[203.0.113.7", "_hidden", "1.2.3.4, 5.6.7.8", "999.1.1.1:80", "[]"]
    )
    def test_is_none_where_there_is_none(self, text: str) -> None:
        assert address_of(text) is None

    @given(st.ip_addresses(v=4), st.integers(min_value=1, max_value=65535))
    def test_of_ipv4_is_one_in_every_dress(self, address: Any, port: int) -> None:
        assert {address_of(dress) for dress in (f"{address}", f"::ffff:{address}", f"{address}:{port}", f"[::ffff:{address}]:{port}")} == {address}


class TestANetwork:
    @pytest.mark.parametrize(
        ("one", "other"), [("::ffff:203.0.113.7", "::ffff:198.51.100.7"), ("203.0.113.7", "203.0.112.7"), ("2001:db8:1::1", "2001:db8:2::1")]
    )
    def test_of_two_strangers_is_not_one(self, one: str, other: str) -> None:
        assert prefix(one) != prefix(other)

    def test_is_the_same_for_neighbours(self) -> None:
        assert prefix("203.0.113.7") == prefix("203.0.113.250") == prefix("::ffff:203.0.113.9") == "203.0.113.0/24"
        assert prefix("2001:db8:1::1") == prefix("2001:db8:1:ffff::2") == "2001:db8:1::/48"
        assert prefix("::1") == "::/48"

    def test_is_one_for_what_is_no_address(self) -> None:
        assert prefix("") == prefix("a socket") == "no address"


class TestAForwardingHeader:
    @pytest.fixture(autouse=True)
    def proxies(self, settings: Any) -> None:
        settings.CAMKET_TRUSTED_PROXIES = PROXIES

    @pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1", "2001:0db8:0::FFFF"])
    def test_is_believed_of_a_proxy_however_its_address_is_written(self, peer: str) -> None:
        assert prefix(peer, "203.0.113.7") == "203.0.113.0/24"
        assert comes_from_proxy(RequestFactory().get("/", REMOTE_ADDR=peer))

    @pytest.mark.parametrize("peer", ["198.51.100.1", "::ffff:198.51.100.1", "127.0.0.2", ""])
    def test_is_not_believed_of_others(self, peer: str) -> None:
        assert prefix(peer, "203.0.113.7") != "203.0.113.0/24"
        assert not comes_from_proxy(RequestFactory().get("/", REMOTE_ADDR=peer))

    @pytest.mark.parametrize(
        "forwarded", ["203.0.113.7:5678", "1.1.1.1, 203.0.113.7", "203.0.113.7, [2001:db8::ffff]:1", "::ffff:203.0.113.7, ,127.0.0.1"]
    )
    def test_names_the_last_hop_that_is_no_proxy_of_ours(self, forwarded: str) -> None:
        assert prefix("127.0.0.1", forwarded) == "203.0.113.0/24"

    def test_that_names_proxies_alone_leaves_the_peer(self) -> None:
        assert prefix("127.0.0.1", "::ffff:127.0.0.1") == "127.0.0.0/24"

    def test_that_names_no_address_is_in_the_one_bucket_for_those(self) -> None:
        assert prefix("127.0.0.1", "203.0.113.7, unknown") == "no address"
