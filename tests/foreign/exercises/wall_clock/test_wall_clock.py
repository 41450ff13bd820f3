from wall_clock import Clock


def test_shows():
    assert str(Clock(8, 0)) == "08:00"


def test_rolls_over():
    assert str(Clock(25, 160)) == "03:40"


def test_negative():
    assert str(Clock(-1, -15)) == "22:45"


def test_add():
    assert str(Clock(10, 0) + 61) == "11:01"


def test_subtract():
    assert str(Clock(0, 3) - 4) == "23:59"


def test_equal():
    assert Clock(15, 37) == Clock(15, 37)
    assert Clock(24, 0) == Clock(0, 0)


def test_different():
    assert Clock(15, 36) != Clock(15, 37)


def test_repr():
    assert repr(Clock(12, 0)) == "Clock(12, 0)"


def test_format():
    assert f"it is {Clock(1, 2)}" == "it is 01:02"
