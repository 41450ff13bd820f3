import pytest
from thermostat import Thermostat


def test_celsius():
    assert Thermostat(20).celsius == 20


def test_fahrenheit_is_computed():
    assert Thermostat(100).fahrenheit == pytest.approx(212.0)


def test_fahrenheit_can_be_set():
    device = Thermostat(0)
    device.fahrenheit = 50
    assert device.celsius == pytest.approx(10)


def test_limits():
    device = Thermostat(20)
    with pytest.raises(ValueError):
        device.celsius = -300
    assert device.celsius == 20


def test_class_method():
    assert Thermostat.from_fahrenheit(32).celsius == pytest.approx(0)


def test_static_method():
    assert Thermostat.is_valid(-273)
    assert not Thermostat.is_valid(-274)


def test_counts_devices():
    before = Thermostat.made
    Thermostat(1)
    Thermostat(2)
    assert Thermostat.made == before + 2


def test_no_other_attributes():
    with pytest.raises(AttributeError):
        Thermostat(1).kelvin
