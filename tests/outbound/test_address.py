import ipaddress

import pytest

from dialboard.errors import AddressRefused
from dialboard.outbound.address import check_url, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",  # the metadata service of most clouds
        "168.63.129.16",  # Azure's
        "192.0.0.192",  # Oracle's
        "100.64.0.1",  # behind a carrier's translation
        "100.100.100.200",  # Alibaba's metadata service
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # 127.0.0.1, compatible
        "::ffff:127.0.0.1",  # mapped
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",  # 10.0.0.1 through NAT64
        "2002:7f00:1::",  # 127.0.0.1 through 6to4
        "2002:c0a8:101::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",  # Amazon's metadata service
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_inside_is_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "142.250.74.46", "2a00:1450:4005:80b::200e", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/x", "use https"),
        ("https://user:password@example.com/", "user name or password"),
        ("https://user@example.com/", "user name or password"),
        ("ftp://example.com/", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("example.com", "not a web address"),
        ("https://", "not a web address"),
        ("https://example.com:99999/", "not a web address"),
        ("https://[::1/", "not a web address"),
        ("https://10.0.0.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[fe80::1%25eth0]/", "private network"),
    ],
)
def test_a_url_that_may_not_be_asked_is_refused_with_the_cure(url, words):
    with pytest.raises(AddressRefused, match=words):
        check_url(url)


def test_the_operator_may_allow_plain_http_and_private_addresses():
    assert check_url("http://127.0.0.1:8080/mp/collect", allow_private=True).port == 8080


def test_a_password_is_never_allowed_in_an_address_and_never_repeated():
    with pytest.raises(AddressRefused) as refused:
        check_url("http://alice:hunter2@127.0.0.1/", allow_private=True)
    assert "hunter2" not in str(refused.value)
