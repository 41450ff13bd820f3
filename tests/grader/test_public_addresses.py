"""Which addresses are public: `grader/public_addresses.py`."""

import pytest

from grader.public_addresses import is_public, is_this_machine


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.88.99.1", "198.18.0.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1",
        "::10.0.0.7", "::8.8.8.8", "::ffff:10.0.0.7", "::ffff:8.8.8.8", "::ffff:0:10.0.0.7",
        "64:ff9b::a00:7", "64:ff9b::808:808", "64:ff9b:1::a00:7", "2002:a00:7::1", "2002:808:808::1", "2001::a00:7",
        "", "localhost", "8.8.8.8 ", "8.8.8",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_not_public(address: str):
    """T98: an address that wraps another is refused whatever it wraps."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["140.82.112.3", "8.8.8.8", "2606:50c0:8000::153", "2a00:1450:4001:82b::200e"])
def test_a_public_address_is_public(address: str):
    assert is_public(address)
    assert not is_this_machine(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1"])
def test_this_machine_is_known(address: str):
    assert is_this_machine(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "localhost"])
def test_nothing_else_is_this_machine(address: str):
    assert not is_this_machine(address)
