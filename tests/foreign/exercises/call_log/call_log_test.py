import pytest

from call_log import checked, logged, repeat


def test_counts_calls():
    @logged
    def add(a, b):
        """Add."""
        return a + b

    assert add(1, 2) == 3
    assert add(3, b=4) == 7
    assert add.calls == 2


def test_keeps_name_and_docstring():
    @logged
    def add(a, b):
        """Add."""
        return a + b

    assert add.__name__ == "add"
    assert add.__doc__ == "Add."


def test_repeat_with_an_argument():
    told = []

    @repeat(3)
    def tell():
        told.append("x")

    tell()
    assert told == ["x", "x", "x"]


def test_checked():
    @checked(int)
    def half(number):
        return number / 2

    assert half(4) == 2
    with pytest.raises(TypeError, match="int"):
        half("4")
